"""Many rows in one statement, with ids reserved beforehand so that rows can name each other."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import connection, models

from zengzhi.records.ledger.chart import Kind, Unit
from zengzhi.records.ledger.journal import Unbalanced, post_columns
from zengzhi.records.ledger.models import Number
from zengzhi.records.store import bulk, clock
from zengzhi.records.store.bulk import Array, Texts, microseconds


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


class Legs:
    """Legs in fen of many entries, gathered as columns: (entry's place, kind, owner, amount)."""

    def __init__(self) -> None:
        self._parts: list[tuple[Array, Array, Array, Array]] = []

    def add(self, places: Array, kind: Kind, owners: Array | int, amounts: Array) -> None:
        """One leg for each place; zero legs are left out."""
        kept = amounts != 0
        count = int(kept.sum())
        if count:
            owner = np.broadcast_to(np.asarray(owners, np.int64), amounts.shape)[kept]
            kinds = np.full(count, int(kind), np.int64)
            self._parts.append((places[kept], kinds, owner, amounts[kept]))

    def post(
        self, kind: str, references: Sequence[str], at: Array, versions: Sequence[str]
    ) -> None:
        """Post them as one entry per place that has legs. Errors: ``unbalanced``, and
        ``insufficient_balance`` when a balance would go negative."""
        if not self._parts:
            return
        place, kinds, owner, amount = (
            np.concatenate(part) for part in zip(*self._parts, strict=True)
        )
        order = np.argsort(place, kind="stable")
        place, kinds, owner, amount = place[order], kinds[order], owner[order], amount[order]
        first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
        if np.add.reduceat(amount, first).any():
            raise Unbalanced(f"{kind}: the legs of {len(first)} entries")
        counts = np.diff(np.r_[first, len(place)])
        entries = place[first]
        numbers = np.array(_numbers(len(first)), np.int64)
        heads = {
            "id": numbers,
            "kind": kind,
            "reference": Texts([references[entry] for entry in entries.tolist()]),
            "happened_at": at[entries],
            "recorded_at": microseconds(clock.now()),
            "version": Texts([versions[entry] for entry in entries.tolist()]),
            "corrects": None,
            "leg_count": counts,
        }
        legs = {
            "transaction_id": np.repeat(numbers, counts),
            "position": np.arange(len(place)) - np.repeat(first, counts),
            "kind": kinds,
            "owner": owner,
            "unit": np.full(len(place), int(Unit.CNY), np.int64),
            "amount": amount,
        }
        post_columns(heads, legs)


def _numbers(count: int) -> list[int]:
    """Numbers of the journal, taken in one go."""
    numbers = reserve_ids(Number, count)
    if connection.vendor != "postgresql":
        insert(Number, ("id",), ((number,) for number in numbers))
    return numbers
