"""Stored rows against derived columns, bit for bit.

On PostgreSQL both sides are the bytes of a binary COPY; only when they differ are rows looked at.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from zengzhi.records.store.bulk import COPY_END, COPY_HEAD, Columns, Table, python_values
from zengzhi.verify.problem import Problem

KEYS = {
    "settlement_event": ("id",),
    "settlement_lot": ("id",),
    "settlement_lotmovement": ("event_pk", "position"),
    "ledger_transaction": ("id",),
    "ledger_leg": ("transaction_id", "position"),
}
"""The primary key of each table; the first column bounds a batch's rows."""


def compare(table: Table, columns: Columns, count: int, first: int, last: int) -> Iterator[Problem]:
    """Problems of the rows whose key lies in ``first`` … ``last``, against ``columns``."""
    if connection.vendor == "postgresql":
        derived = COPY_HEAD + table.copy_rows(columns, slice(0, count)) + COPY_END
        if _copied(table, first, last) == derived:
            return
    lists = [python_values(kind, columns[name], count) for name, kind in table.columns]
    yield from _differences(table, list(zip(*lists, strict=True)), first, last)


def _where(table: Table, names: str, first: int, last: int) -> str:
    keys = KEYS[table.name]
    order = ", ".join(keys)
    return (
        f"SELECT {names} FROM {table.name} "  # noqa: S608 (own names and numbers)
        f"WHERE {keys[0]} BETWEEN {first:d} AND {last:d} ORDER BY {order}"
    )


def _copied(table: Table, first: int, last: int) -> bytes:
    names = ", ".join(f'"{name}"' for name, _kind in table.columns)
    query = _where(table, names, first, last)
    order = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(order) as copy:
        return b"".join(bytes(part) for part in copy)


def _stored(table: Table, first: int, last: int) -> list[tuple[Any, ...]]:
    """The rows as SQLite stores them, or as like that as PostgreSQL's can be."""
    postgresql = connection.vendor == "postgresql"
    raw = {
        "time": '(extract(epoch FROM "{0}") * 1000000)::bigint'
        if postgresql
        else 'CAST("{0}" AS TEXT)',
        "bool": '"{0}"::int' if postgresql else '"{0}" + 0',
    }
    names = ", ".join(raw.get(kind, '"{0}"').format(name) for name, kind in table.columns)
    with connection.cursor() as cursor:
        cursor.execute(_where(table, names, first, last))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if postgresql:
        places = [place for place, column in enumerate(table.columns) if column[1] == "time"]
        rows = [_with_moments(row, places) for row in rows]
    return rows


def _with_moments(row: tuple[Any, ...], places: list[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in places:
        values[place] = python_values("time", values[place], 1)[0]
    return tuple(values)


def _differences(
    table: Table, derived: list[tuple[Any, ...]], first: int, last: int
) -> Iterator[Problem]:
    stored = _stored(table, first, last)
    if stored == derived:
        return
    names = [name for name, _kind in table.columns]
    keys = [names.index(name) for name in KEYS[table.name]]
    ours = {tuple(row[place] for place in keys): row for row in derived}
    theirs = {tuple(row[place] for place in keys): row for row in stored}
    for key in sorted({*ours, *theirs}, key=str):
        named = "/".join(str(part) for part in key)
        if key not in theirs:
            yield Problem(table.name, named, "", "the row is missing; it follows from the batches")
        elif key not in ours:
            yield Problem(table.name, named, "", "does not follow from the sealed batches")
        else:
            for name, wanted, found in zip(names, ours[key], theirs[key], strict=True):
                if wanted != found:
                    message = f"is {found!r}, derived it is {wanted!r}"
                    yield Problem(table.name, named, name, message)
