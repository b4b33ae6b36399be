"""Many rows in one statement: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models

before_statement: Callable[[str], None] | None = None
"""For crash tests: called before each bulk statement, which the usual wrappers do not see."""


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows given as tuples in the order of ``columns`` (column names, not fields)."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    if before_statement is not None:
        before_statement(f"INSERT INTO {table}")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            holes = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({holes})",  # noqa: S608 (own names)
                list(rows),
            )
