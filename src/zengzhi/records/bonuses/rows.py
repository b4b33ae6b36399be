"""Many rows in one statement, with ids reserved beforehand so that rows can name each other."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from zengzhi.records import bulk
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Number


def _announce(statement: str) -> None:
    if bulk.before_statement is not None:
        bulk.before_statement(statement)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids for rows to be inserted in this transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                (table, count),
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", (table,))
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return list(range(first, first + count))


def insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows given as tuples in the order of ``columns``."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    _announce(f"INSERT INTO {table}")
    if connection.vendor == "postgresql":
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as out,
        ):
            for row in rows:
                out.write_row(row)
    else:
        holes = ", ".join("?" * len(columns))
        execute_many(f"INSERT INTO {table} ({names}) VALUES ({holes})", rows)  # noqa: S608


def execute_many(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """A statement with ``?`` for many rows; on SQLite past Django, which would convert nothing."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s"), list(rows))
        return
    with connection.wrap_database_errors:
        connection.ensure_connection()
        connection.connection.executemany(statement, rows)


def post_many(entries: Sequence[Entry]) -> None:
    """Post many entries whose numbers are taken in one go."""
    entries = [entry for entry in entries if entry.legs]
    if len(entries) > 1:
        numbers = reserve_ids(Number, len(entries))
        if connection.vendor != "postgresql":
            insert(Number, ("id",), ((number,) for number in numbers))
        for entry, number in zip(entries, numbers, strict=True):
            entry.id = number
    post(entries)
