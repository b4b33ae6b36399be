"""Post to the journal: the only place that writes transactions, legs and balances.

Called inside the caller's database transaction; commits nothing itself. Balances are changed in
the order of (kind, owner), so that two postings never wait for each other crosswise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.db import IntegrityError, connection, transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.models import Balance, Number
from zengzhi.records.store import clock
from zengzhi.records.store.bulk import (
    Array,
    Columns,
    Table,
    Texts,
    execute_many,
    microseconds,
    nullable,
    statement,
)

BALANCE_KINDS = frozenset(
    {
        Kind.MEMBER_PENDING,
        Kind.MEMBER_AVAILABLE,
        Kind.MEMBER_RESERVED,
        Kind.MEMBER_DEBT,
        Kind.COINS,
        Kind.CLAIM,
    }
)
TRANSACTIONS = Table(
    "ledger_transaction",
    (
        ("id", "int8"),
        ("kind", "text"),
        ("reference", "text"),
        ("happened_at", "time"),
        ("recorded_at", "time"),
        ("version", "text"),
        ("corrects", "int8"),
        ("leg_count", "int4"),
    ),
)
LEGS = Table(
    "ledger_leg",
    (
        ("transaction_id", "int8"),
        ("position", "int4"),
        ("kind", "int2"),
        ("owner", "int8"),
        ("unit", "int2"),
        ("amount", "int8"),
    ),
)


class Unbalanced(ZengzhiError):
    """The legs of an entry do not sum to zero: a defect, never a user's mistake."""

    code = "unbalanced"


class InsufficientBalance(ZengzhiError):
    """A member's balance is smaller than what would be taken from it."""

    code = "insufficient_balance"


@dataclass(slots=True)
class Entry:
    """A journal entry to be posted. Legs are (account, unit, amount)."""

    kind: str
    reference: str
    happened_at: datetime
    legs: list[tuple[Account, Unit, int]] = field(default_factory=list)
    version: str = ""
    id: int | None = None
    """Given for settled events; else the next number of the journal."""
    corrects: int | None = None

    def money(self, account: Account, fen: int) -> "Entry":
        """Add a leg in fen; a zero leg is left out."""
        if fen:
            self.legs.append((account, Unit.CNY, fen))
        return self

    def points(self, account: Account, units: int) -> "Entry":
        """Add a leg in point units; a zero leg is left out."""
        if units:
            self.legs.append((account, Unit.POINT, units))
        return self


def _check(entry: Entry) -> None:
    sums = dict.fromkeys(Unit, 0)
    for _account, unit, amount in entry.legs:
        sums[unit] += amount
    if any(sums.values()):
        raise Unbalanced(f"{entry.kind} {entry.reference}: {sums}")


def _next_number() -> int:
    return int(Number.objects.create().pk)


def post(entries: Iterable[Entry]) -> list[int]:
    """Write entries and move the members' balances; returns the ids of those with legs.

    Errors: ``unbalanced``; ``insufficient_balance`` when a balance would go negative.
    """
    entries = [entry for entry in entries if entry.legs]
    if not entries:
        return []
    for entry in entries:
        _check(entry)
        entry.id = _next_number() if entry.id is None else entry.id
    ids = [int(entry.id or 0) for entry in entries]
    corrects = [entry.corrects for entry in entries]
    heads = {
        "id": np.array(ids, np.int64),
        "kind": Texts([entry.kind for entry in entries]),
        "reference": Texts([entry.reference for entry in entries]),
        "happened_at": np.array([microseconds(entry.happened_at) for entry in entries]),
        "recorded_at": microseconds(clock.now()),
        "version": Texts([entry.version for entry in entries]),
        "corrects": nullable(corrects),
        "leg_count": np.array([len(entry.legs) for entry in entries]),
    }
    legs = [
        (entry_id, position, int(account.kind), account.owner, int(unit), amount)
        for entry_id, entry in zip(ids, entries, strict=True)
        for position, (account, unit, amount) in enumerate(entry.legs)
    ]
    table = np.array(legs, np.int64)
    columns = {name: table[:, place] for place, (name, _kind) in enumerate(LEGS.columns)}
    post_columns(heads, columns)
    return ids


def post_columns(heads: Columns, legs: Columns) -> None:
    """Write heads and legs given as columns, and move the balances of their members.

    The order is what the database's guards want: on SQLite the head seals its legs.
    Errors: ``insufficient_balance``.
    """
    tables = [(TRANSACTIONS, heads, len(heads["id"])), (LEGS, legs, len(legs["amount"]))]
    for table, columns, count in tables if connection.vendor == "postgresql" else tables[::-1]:
        table.insert(columns, count)
    move_balances(*balance_moves(legs))


def balance_moves(legs: Columns) -> tuple[Array, Array, Array]:
    """(kind, owner, amount) of every balance that the legs change, in the order of locks."""
    chosen = np.isin(legs["kind"], [int(kind) for kind in BALANCE_KINDS])
    kind, owner, amount = (legs[name][chosen] for name in ("kind", "owner", "amount"))
    return sum_by(kind.astype(np.int64), owner, amount)


def sum_by(kind: Array, owner: Array, amount: Array) -> tuple[Array, Array, Array]:
    """Sums by account, sorted by (kind, owner), without those that are 0."""
    order = np.lexsort((owner, kind))
    kind, owner, amount = kind[order], owner[order], amount[order]
    if len(kind) == 0:
        return kind, owner, amount
    first = np.flatnonzero(np.r_[True, (kind[1:] != kind[:-1]) | (owner[1:] != owner[:-1])])
    sums = np.add.reduceat(amount, first)
    kept = sums != 0
    return kind[first][kept], owner[first][kept], sums[kept]


def move_balances(kind: Array, owner: Array, amount: Array) -> None:
    """Add to members' balances, locked in the order of (kind, owner). The database refuses a
    negative one. Errors: ``insufficient_balance``."""
    if len(kind) == 0:
        return
    statement("UPDATE ledger_balance")
    try:
        if connection.vendor == "postgresql":
            _move_on_postgresql(kind, owner, amount)
        else:
            keys = list(zip(kind.tolist(), owner.tolist(), strict=True))
            execute_many(
                "INSERT INTO ledger_balance (kind, owner, amount) VALUES (?, ?, 0) "
                "ON CONFLICT (kind, owner) DO NOTHING",
                keys,
            )
            execute_many(
                "UPDATE ledger_balance SET amount = amount + ? WHERE kind = ? AND owner = ?",
                [(fen, *key) for fen, key in zip(amount.tolist(), keys, strict=True)],
            )
    except IntegrityError as error:
        raise InsufficientBalance("the balance is smaller than what would be taken") from error


def _move_on_postgresql(kind: Array, owner: Array, amount: Array) -> None:
    """All rows are locked in the order given before any is changed."""
    rows = [kind.tolist(), owner.tolist(), amount.tolist()]
    moved = "unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS moved(kind, owner, amount)"
    with connection.cursor() as cursor:
        if amount.min() >= 0:
            cursor.execute(
                "INSERT INTO ledger_balance AS balance (kind, owner, amount) "  # noqa: S608
                f"SELECT kind, owner, amount FROM {moved} ORDER BY kind, owner "
                "ON CONFLICT (kind, owner) DO UPDATE SET amount = balance.amount + excluded.amount",
                rows,
            )
            return
        cursor.execute(
            "INSERT INTO ledger_balance (kind, owner, amount) "  # noqa: S608
            f"SELECT kind, owner, 0 FROM {moved} ORDER BY kind, owner "
            "ON CONFLICT (kind, owner) DO NOTHING",
            rows,
        )
        cursor.execute(
            "SELECT 1 FROM ledger_balance AS balance "  # noqa: S608
            f"JOIN {moved} USING (kind, owner) ORDER BY kind, owner FOR UPDATE OF balance",
            rows,
        )
        cursor.execute(
            "UPDATE ledger_balance AS balance SET amount = balance.amount + moved.amount "  # noqa: S608
            f"FROM {moved} WHERE balance.kind = moved.kind AND balance.owner = moved.owner",
            rows,
        )


def balance(account: Account) -> int:
    """The running balance of a member's account, in fen."""
    row = Balance.objects.filter(kind=int(account.kind), owner=account.owner).first()
    return row.amount if row else 0


def account_fen(account: Account, until: datetime | None = None) -> int:
    """Σ legs of a shared account in fen, all of them or those that happened before a moment."""
    from zengzhi.records.ledger.models import Leg, Transaction

    legs = Leg.objects.filter(kind=account.kind, owner=account.owner, unit=Unit.CNY)
    if until is not None:
        before = Transaction.objects.filter(happened_at__lt=until)
        legs = legs.filter(transaction_id__in=before.values("id"))
    return sum(legs.values_list("amount", flat=True))


def record(entry: Entry) -> int:
    """Post one entry in a transaction of its own or in the caller's."""
    with transaction.atomic():
        return post([entry])[0]
