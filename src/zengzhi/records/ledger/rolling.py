"""Sums that grow with the journal: days of shared accounts and months of purses, added up batch by
batch by the sealer alone, so that nobody waits for a row of the platform's account.
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
from django.db import connection

from zengzhi.records.ledger.batches import ACTS, days_of
from zengzhi.records.ledger.models import AccountDay, Batch, Leg, Net, PurseMonth, Transaction
from zengzhi.records.ledger.packed import unpack
from zengzhi.records.ledger.purses import COLUMNS, PURSE_KINDS, purse_moves
from zengzhi.records.store.bulk import Array, microseconds

CHUNK = 5_000
LEG = ("transaction_id", "kind", "owner", "amount")


def roll_batch(batch: Batch) -> None:
    """Add a batch to the sums, in the caller's transaction."""
    nets = Net.objects.filter(stream=batch.stream, number=batch.number)
    _add_days(nets.values_list("kind", "owner", "unit", "day", "amount"))
    _add_months(month_moves(batch))


def month_moves(batch: Batch) -> dict[tuple[int, date], list[int]]:
    """(member, month) → what a batch moved of the purse's COLUMNS."""
    if batch.kind == "records":
        return {}
    entries, kind, owner, amount = _purse_legs(batch)
    if len(entries) == 0:
        return {}
    found: dict[tuple[int, date], list[int]] = {}
    months = _months_of(np.unique(entries))
    by_entry = np.array([months[entry].toordinal() for entry in entries.tolist()], np.int64)
    for ordinal in np.unique(by_entry).tolist():
        chosen = by_entry == ordinal
        legs = {"kind": kind[chosen], "owner": owner[chosen], "amount": amount[chosen]}
        members, moves = purse_moves(legs)
        month = date.fromordinal(ordinal)
        found.update(
            ((member, month), row)
            for member, row in zip(members.tolist(), moves.tolist(), strict=True)
        )
    return found


def _purse_legs(batch: Batch) -> tuple[Array, Array, Array, Array]:
    """(entry, kind, owner, amount) of a batch's legs of purses."""
    rows = Leg.objects.filter(kind__in=[int(kind) for kind in PURSE_KINDS])
    if batch.stream == ACTS:
        ids = unpack(bytes(batch.payload)).columns["id"].tolist()
        parts = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
        found = [
            row for part in parts for row in rows.filter(transaction_id__in=part).values_list(*LEG)
        ]
    else:
        inside = rows.filter(
            transaction_id__gte=batch.first, transaction_id__lt=batch.first + batch.count
        )
        found = list(inside.values_list(*LEG))
    table = np.array(found, np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def _months_of(entries: Array) -> dict[int, date]:
    found: dict[int, date] = {}
    ids = entries.tolist()
    for start in range(0, len(ids), CHUNK):
        rows = Transaction.objects.filter(pk__in=ids[start : start + CHUNK])
        pairs = list(rows.values_list("pk", "happened_at"))
        days = days_of(np.array([microseconds(at) for _pk, at in pairs], np.int64))
        found.update((pk, day.replace(day=1)) for (pk, _at), day in zip(pairs, days, strict=True))
    return found


def _add_days(rows: Iterable[tuple[int, int, int, date, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {AccountDay._meta.db_table} AS day (kind, owner, unit, day, amount) "  # noqa: S608
            "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (kind, owner, unit, day) "
            "DO UPDATE SET amount = day.amount + excluded.amount",
            [(kind, owner, unit, day.isoformat(), fen) for kind, owner, unit, day, fen in rows],
        )


def _add_months(moves: dict[tuple[int, date], list[int]]) -> None:
    names = ", ".join(COLUMNS)
    holes = ", ".join(["%s"] * (2 + len(COLUMNS)))
    sums = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {PurseMonth._meta.db_table} AS kept (member, month, {names}) "  # noqa: S608
            f"VALUES ({holes}) ON CONFLICT (member, month) DO UPDATE SET {sums}",
            [(member, month.isoformat(), *row) for (member, month), row in sorted(moves.items())],
        )
