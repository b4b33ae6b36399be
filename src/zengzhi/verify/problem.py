"""What a check finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

PROBLEMS_MAX = 100
"""Of one check; more would only hide the first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken invariant: which row of which table, which column (empty: the whole row), what is
    wrong with it."""

    table: str
    id: str
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.table} {self.id}" + (f" {self.field}" if self.field else "")
        return f"{place}: {self.message}"

    def as_dict(self) -> dict[str, str]:
        """For ``--json`` (spec 4.4)."""
        return {
            "table": self.table,
            "id": self.id,
            "field": self.field,
            "message": self.message,
        }


def select(sql: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of a query, at most :data:`PROBLEMS_MAX`."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {PROBLEMS_MAX}", list(parameters))
        yield from cursor.fetchall()
