"""The rows of distributions, derived again from their sealed entries: what was dropped comes back,
bit for bit; what differs is named.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import transaction

from zengzhi.records.bonuses.models import BonusLine, OrderBonus
from zengzhi.records.bonuses.paid import HEADS, KIND, LINES, Sealed, insert, rows_of
from zengzhi.records.ledger.models import SETTLED_FROM, Transaction
from zengzhi.records.store.bulk import Table

CHUNK = 2_000
BOTH: tuple[tuple[type[OrderBonus | BonusLine], Table, str], ...] = (
    (OrderBonus, HEADS, "id"),
    (BonusLine, LINES, "order_id"),
)
"""Each table, and its column that names the entry."""


class Difference(NamedTuple):
    """A row that its entry does not say, or the other way round."""

    table: str
    key: int
    field: str
    """Empty: the row is missing, or has no entry."""


def derive() -> int:
    """Write the rows of entries that have none; how many entries."""
    written = 0
    for sealed in _entries():
        with transaction.atomic():
            there = OrderBonus.objects.filter(pk__in=[entry.entry for entry in sealed])
            known = set(there.values_list("pk", flat=True))
            missing = [entry for entry in sealed if entry.entry not in known]
            insert(rows_of(missing))
            written += len(missing)
    return written


def _entries() -> Iterator[list[Sealed]]:
    heads = Transaction.objects.filter(kind=KIND, pk__lt=SETTLED_FROM).order_by("pk")
    after = 0
    while True:
        columns = ("pk", "reference", "happened_at", "facts")
        rows = heads.filter(pk__gt=after).values_list(*columns)[:CHUNK]
        found = [Sealed(pk, order, at, json.loads(facts)) for pk, order, at, facts in rows]
        if not found:
            return
        yield found
        after = found[-1].entry


def differences() -> Iterator[Difference]:
    """What the rows say otherwise than their entries."""
    seen = {model: 0 for model, _table, _of in BOTH}
    for sealed in _entries():
        keys = [entry.entry for entry in sealed]
        for (model, table, of), rows in zip(BOTH, rows_of(sealed), strict=True):
            stored = _stored(model, table, of, keys)
            seen[model] += len(stored)
            yield from _compared(table, rows, stored)
    for model, table, of in BOTH:
        if model.objects.count() != seen[model]:
            known = Transaction.objects.filter(kind=KIND, pk__lt=SETTLED_FROM)
            strangers = model.objects.exclude(**{f"{of}__in": known.values("pk")})
            for key in strangers.order_by("pk").values_list("pk", flat=True):
                yield Difference(table.name, key, "")


def _stored(
    model: type[OrderBonus | BonusLine], table: Table, of: str, keys: list[int]
) -> dict[int, tuple[Any, ...]]:
    rows = model.objects.filter(**{f"{of}__in": keys})
    names = [name for name, _kind in table.columns]
    return {row[0]: row for row in rows.values_list(*names).iterator()}


def _compared(
    table: Table, rows: list[tuple[Any, ...]], stored: dict[int, tuple[Any, ...]]
) -> Iterator[Difference]:
    for row in rows:
        found = stored.pop(row[0], None)
        if found is None:
            yield Difference(table.name, row[0], "")
            continue
        for (name, _kind), wanted, said in zip(table.columns, row, found, strict=True):
            if wanted != said:
                yield Difference(table.name, row[0], name)
    for key in stored:
        yield Difference(table.name, key, "")
