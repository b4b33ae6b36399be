"""Purses (零钱): the money of members, one row each, moved by the legs of entries.

The row of a member is locked before it is read for a decision; rows are locked in the order of
members, everywhere. The database refuses a negative balance.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db import IntegrityError, connection

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Purse
from zengzhi.records.store.bulk import Array, Columns, execute_many, statement

PURSE_KINDS = {
    Kind.MEMBER_PENDING: "pending_fen",
    Kind.MEMBER_AVAILABLE: "available_fen",
    Kind.MEMBER_RESERVED: "reserved_fen",
    Kind.MEMBER_DEBT: "owed_fen",
    Kind.COINS: "coins_fen",
}
"""Kind of account → its column; a debt leg is negative where the member owes more."""
COLUMNS = tuple(PURSE_KINDS.values())
SIGNS = np.array([-1 if kind is Kind.MEMBER_DEBT else 1 for kind in PURSE_KINDS], np.int64)
CHUNK = 5_000


class InsufficientBalance(ZengzhiError):
    """A member's balance is smaller than what would be taken from it."""

    code = "insufficient_balance"


@dataclass(frozen=True, slots=True)
class PurseView:
    """What a member's purse holds, in fen."""

    pending_fen: int = 0
    available_fen: int = 0
    reserved_fen: int = 0
    owed_fen: int = 0
    coins_fen: int = 0


EMPTY = PurseView()


def purse(member: int) -> PurseView:
    """What a member's purse holds."""
    row = Purse.objects.filter(pk=member).values_list(*COLUMNS).first()
    return PurseView(*row) if row else EMPTY


def purses(members: Iterable[int]) -> dict[int, PurseView]:
    """The purses of members that have one."""
    return _read(members, lock=False)


def lock_purses(members: Iterable[int]) -> dict[int, PurseView]:
    """Lock purses in the order of members for the rest of the transaction, and read them. A member
    without a row gets an empty one first, so that the lock holds for everybody."""
    wanted = sorted(set(members))
    Purse.objects.bulk_create(
        (Purse(member=member) for member in wanted), ignore_conflicts=True, batch_size=CHUNK
    )
    return _read(wanted, lock=True)


def _read(members: Iterable[int], *, lock: bool) -> dict[int, PurseView]:
    found: dict[int, PurseView] = {}
    wanted = sorted(set(members))
    rows = Purse.objects.select_for_update() if lock else Purse.objects.all()
    for start in range(0, len(wanted), CHUNK):
        part = rows.filter(pk__in=wanted[start : start + CHUNK]).order_by("pk")
        found.update((row[0], PurseView(*row[1:])) for row in part.values_list("pk", *COLUMNS))
    return found


def owing(members: Iterable[int]) -> list[int]:
    """Those of the members who owe, in order; not locked."""
    wanted = sorted(set(members))
    found: list[int] = []
    for start in range(0, len(wanted), CHUNK):
        part = Purse.objects.filter(pk__in=wanted[start : start + CHUNK], owed_fen__gt=0)
        found += part.order_by("pk").values_list("pk", flat=True)
    return found


def purse_moves(legs: Columns) -> tuple[Array, Array]:
    """What legs change of purses: members in order, and a row of COLUMNS for each."""
    kind = np.asarray(legs["kind"])
    chosen = np.isin(kind, [int(each) for each in PURSE_KINDS])
    kind, owner, amount = (np.asarray(legs[name])[chosen] for name in ("kind", "owner", "amount"))
    members, places = np.unique(owner, return_inverse=True)
    moves = np.zeros((len(members), len(COLUMNS)), np.int64)
    order = np.array([int(each) for each in PURSE_KINDS])
    np.add.at(moves, (places, np.searchsorted(order, kind)), amount)
    moves *= SIGNS
    moved = moves.any(axis=1)
    return members[moved], moves[moved]


def move_purses(legs: Columns) -> None:
    """Add what the legs say to the members' purses, locked in the order of members.

    Errors: ``insufficient_balance``: a balance would go below zero.
    """
    members, moves = purse_moves(legs)
    if len(members) == 0:
        return
    statement("UPDATE ledger_purse")
    try:
        if connection.vendor == "postgresql":
            _move_on_postgresql(members, moves)
        else:
            _move_on_sqlite(members, moves)
    except IntegrityError as error:
        if "purse_never_negative" not in str(error):
            raise
        raise InsufficientBalance("the balance is smaller than what would be taken") from error


def _move_on_sqlite(members: Array, moves: Array) -> None:
    names = ", ".join(COLUMNS)
    zeros = ", ".join("0" * len(COLUMNS))
    execute_many(
        f"INSERT INTO ledger_purse (member, {names}) VALUES (?, {zeros}) "  # noqa: S608 (own names)
        "ON CONFLICT (member) DO NOTHING",
        [(member,) for member in members.tolist()],
    )
    sums = ", ".join(f"{name} = {name} + ?" for name in COLUMNS)
    execute_many(
        f"UPDATE ledger_purse SET {sums} WHERE member = ?",  # noqa: S608 (own names)
        [(*row, member) for row, member in zip(moves.tolist(), members.tolist(), strict=True)],
    )


def _move_on_postgresql(members: Array, moves: Array) -> None:
    """All rows are locked in the order of members before any is changed."""
    columns = [members.tolist(), *(moves[:, place].tolist() for place in range(len(COLUMNS)))]
    names = ", ".join(COLUMNS)
    arrays = ", ".join(["%s::bigint[]"] * (1 + len(COLUMNS)))
    moved = f"unnest({arrays}) AS moved(member, {names})"
    with connection.cursor() as cursor:
        if moves.min() >= 0:
            sums = ", ".join(f"{name} = purse.{name} + excluded.{name}" for name in COLUMNS)
            cursor.execute(
                f"INSERT INTO ledger_purse AS purse (member, {names}) SELECT * FROM {moved} "  # noqa: S608
                f"ORDER BY member ON CONFLICT (member) DO UPDATE SET {sums}",
                columns,
            )
            return
        zeros = ", ".join("0" * len(COLUMNS))
        cursor.execute(
            f"INSERT INTO ledger_purse (member, {names}) "  # noqa: S608 (own names)
            f"SELECT member, {zeros} FROM unnest(%s::bigint[]) AS moved(member) ORDER BY member "
            "ON CONFLICT (member) DO NOTHING",
            columns[:1],
        )
        cursor.execute(
            "SELECT 1 FROM ledger_purse WHERE member = ANY(%s) ORDER BY member FOR UPDATE",
            columns[:1],
        )
        sums = ", ".join(f"{name} = purse.{name} + moved.{name}" for name in COLUMNS)
        cursor.execute(
            f"UPDATE ledger_purse AS purse SET {sums} FROM {moved} "  # noqa: S608 (own names)
            "WHERE purse.member = moved.member",
            columns,
        )
