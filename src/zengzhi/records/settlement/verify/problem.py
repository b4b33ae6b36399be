"""What a check finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

PROBLEMS_MAX = 20
"""Of one check; more would only hide the first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken invariant: which check, which row, what is wrong with it."""

    check: str
    row: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.row}: {self.message}"


def select(sql: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of a query, at most :data:`PROBLEMS_MAX`."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {PROBLEMS_MAX}", list(parameters))
        yield from cursor.fetchall()
