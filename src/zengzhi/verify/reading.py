"""Read rows that somebody may have written past every rule, so that each can be named."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import DatabaseError, models, transaction

UNREADABLE = "(unreadable)"


def rows_of(rows: "models.QuerySet[Any]", names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """(names …) of each row. Where a value cannot be read, rows are read one by one, and the
    value comes as :data:`UNREADABLE`."""
    try:
        with transaction.atomic():
            found = list(rows.values_list(*names))
    except (DatabaseError, ValueError, TypeError):
        found = [_one(rows, key, names) for key in rows.values_list("pk", flat=True)]
    yield from found


def _one(rows: "models.QuerySet[Any]", key: Any, names: Sequence[str]) -> tuple[Any, ...]:
    row = rows.model._base_manager.filter(pk=key)
    return tuple(_value(row, name) for name in names)


def _value(row: "models.QuerySet[Any]", name: str) -> Any:
    try:
        with transaction.atomic():
            return row.values_list(name, flat=True)[0]
    except (DatabaseError, ValueError, TypeError, IndexError):
        return UNREADABLE
