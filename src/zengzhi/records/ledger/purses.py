"""Purses (零钱): the money of members, one row each, moved by the legs of entries; and what of it
pays a debt (待抵扣), which a member owes after money was taken back that had been spent.

The row of a member is locked before it is read for a decision; rows are locked in the order of
members, everywhere. The database refuses a negative balance.

Money that comes in pays a debt first, the rest is available; money taken back comes from what is
available, the rest becomes debt, never dropped. Both happen inside the entry that moves the money,
so that nobody ever has something available and owes at once. What is pending is left alone: it
meets the debt when it becomes available.

One entry: :meth:`Purses.give` and :meth:`Purses.take`. A batch: :meth:`Purses.divide` says which
part of each change falls to the debt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.models import Purse
from zengzhi.records.store.bulk import Array, Columns

if TYPE_CHECKING:
    from zengzhi.records.ledger.journal import Entry

PURSE_KINDS = {
    Kind.MEMBER_PENDING: "pending_fen",
    Kind.MEMBER_AVAILABLE: "available_fen",
    Kind.MEMBER_RESERVED: "reserved_fen",
    Kind.MEMBER_DEBT: "owed_fen",
    Kind.COINS: "coins_fen",
}
"""Kind of account → its column; a debt leg is negative where the member owes more."""
COLUMNS = tuple(PURSE_KINDS.values())
PLACES = {
    int(kind): (place, -1 if kind is Kind.MEMBER_DEBT else 1)
    for place, kind in enumerate(PURSE_KINDS)
}
"""Kind of account → the place of its column, and the sign of its legs there."""
SIGNS = np.array([sign for _place, sign in PLACES.values()], np.int64)
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
    with connection.cursor() as cursor:
        _open(cursor, wanted)
    return _read(wanted, lock=True)


def _read(members: Iterable[int], *, lock: bool) -> dict[int, PurseView]:
    found: dict[int, PurseView] = {}
    wanted = sorted(set(members))
    rows = Purse.objects.select_for_update() if lock else Purse.objects.all()
    for start in range(0, len(wanted), CHUNK):
        part = rows.filter(pk__in=wanted[start : start + CHUNK]).order_by("pk")
        found.update((row[0], PurseView(*row[1:])) for row in part.values_list("pk", *COLUMNS))
    return found


@dataclass(slots=True)
class Purses:
    """Locked purses of some members, followed while their entries are drawn up. Money in fen."""

    available_fen: dict[int, int] = field(default_factory=dict)
    owed_fen: dict[int, int] = field(default_factory=dict)
    """Only of those who owe."""

    @classmethod
    def lock(cls, members: Iterable[int]) -> "Purses":
        """Lock and read the purses of these members, in the one order of locks."""
        held = lock_purses(members)
        return cls(
            {member: purse.available_fen for member, purse in held.items()},
            {member: purse.owed_fen for member, purse in held.items() if purse.owed_fen},
        )

    def part(self, member: int, fen: int) -> int:
        """The part of a change (in: positive, out: negative) that falls to the member's debt.

        >>> purses = Purses({7: 0}, {7: 30})
        >>> [purses.part(7, fen) for fen in (20, 50, -45)]
        [20, 10, -5]
        """
        available_fen, owed_fen = self.available_fen.get(member, 0), self.owed_fen.get(member, 0)
        debt_fen = min(fen, owed_fen) if fen > 0 else min(0, fen + available_fen)
        self.available_fen[member] = available_fen + fen - debt_fen
        self.owed_fen[member] = owed_fen - debt_fen
        return debt_fen

    def give(self, entry: "Entry", member: int, fen: int) -> "Entry":
        """Add the member's legs to an entry that brings ``fen``: a debt first, then available."""
        return self._move(entry, member, fen)

    def take(self, entry: "Entry", member: int, fen: int) -> "Entry":
        """Add the member's legs to an entry that takes ``fen`` back: available first, the rest
        becomes debt."""
        return self._move(entry, member, -fen)

    def _move(self, entry: "Entry", member: int, fen: int) -> "Entry":
        debt_fen = self.part(member, fen)
        entry.money(Account(Kind.MEMBER_DEBT, member), debt_fen)
        return entry.money(Account(Kind.MEMBER_AVAILABLE, member), fen - debt_fen)

    def divide(self, members: Array, fen: Array) -> Array:
        """The parts of many changes that fall to debts, in the order given: :meth:`part` of each.

        Whoever owes nothing and only receives is passed over at once.
        """
        parts = np.zeros(len(fen), np.int64)
        takers = set(members[fen < 0].tolist())
        owing = [member for member, owed_fen in self.owed_fen.items() if owed_fen]
        followed = np.isin(members, sorted(takers.union(owing)))
        for place in np.flatnonzero(followed).tolist():
            parts[place] = self.part(int(members[place]), int(fen[place]))
        return parts


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
    with connection.cursor() as cursor:
        _move(cursor, members.tolist(), moves.tolist())


def move_few(cursor: CursorWrapper, legs: Iterable[Sequence[int]]) -> None:
    """:func:`move_purses` for a few legs, rows that end in kind, owner, unit and amount."""
    moves: dict[int, list[int]] = {}
    for *_entry, kind, owner, _unit, amount in legs:
        if kind in PLACES:
            place, sign = PLACES[kind]
            moves.setdefault(owner, [0] * len(COLUMNS))[place] += sign * amount
    moved = sorted(member for member, move in moves.items() if any(move))
    if moved:
        _move(cursor, moved, [moves[member] for member in moved])


def _move(cursor: CursorWrapper, members: list[int], moves: list[list[int]]) -> None:
    move = _move_on_postgresql if connection.vendor == "postgresql" else _move_on_sqlite
    try:
        move(cursor, members, moves)
    except IntegrityError as error:
        if "purse_never_negative" not in str(error):
            raise
        raise InsufficientBalance("the balance is smaller than what would be taken") from error


_NAMES = ", ".join(COLUMNS)
_ZEROS = ", ".join("0" * len(COLUMNS))
_MOVED = f"unnest({', '.join(['%s::bigint[]'] * (1 + len(COLUMNS)))}) AS moved(member, {_NAMES})"
_OPEN_ON_SQLITE = (
    f"INSERT INTO ledger_purse (member, {_NAMES}) VALUES (%s, {_ZEROS}) "  # noqa: S608 (own names)
    "ON CONFLICT (member) DO NOTHING"
)
_MOVE_ON_SQLITE = (
    f"UPDATE ledger_purse SET {', '.join(f'{name} = {name} + %s' for name in COLUMNS)} "  # noqa: S608 (own names)
    "WHERE member = %s"
)
_ADD = (
    f"INSERT INTO ledger_purse AS purse (member, {_NAMES}) SELECT * FROM {_MOVED} "  # noqa: S608 (own names)
    "ORDER BY member ON CONFLICT (member) DO UPDATE SET "
    + ", ".join(f"{name} = purse.{name} + excluded.{name}" for name in COLUMNS)
)
_OPEN = (
    f"INSERT INTO ledger_purse (member, {_NAMES}) SELECT member, {_ZEROS} "  # noqa: S608 (own names)
    "FROM unnest(%s::bigint[]) AS moved(member) ORDER BY member ON CONFLICT (member) DO NOTHING"
)
_LOCK = "SELECT 1 FROM ledger_purse WHERE member = ANY(%s) ORDER BY member FOR UPDATE"
_MOVE = (
    "UPDATE ledger_purse AS purse SET "  # noqa: S608 (own names)
    + ", ".join(f"{name} = purse.{name} + moved.{name}" for name in COLUMNS)
    + f" FROM {_MOVED} WHERE purse.member = moved.member"
)


def _open(cursor: CursorWrapper, members: list[int]) -> None:
    """An empty purse for those of the members, in order, who have none."""
    if connection.vendor == "postgresql":
        cursor.execute(_OPEN, [members])
    else:
        cursor.executemany(_OPEN_ON_SQLITE, [(member,) for member in members])


def _move_on_sqlite(cursor: CursorWrapper, members: list[int], moves: list[list[int]]) -> None:
    _open(cursor, members)
    rows = [(*move, member) for member, move in zip(members, moves, strict=True)]
    cursor.executemany(_MOVE_ON_SQLITE, rows)


def _move_on_postgresql(cursor: CursorWrapper, members: list[int], moves: list[list[int]]) -> None:
    """All rows are locked in the order of members before any is changed."""
    columns = [members, *map(list, zip(*moves, strict=True))]
    if min(map(min, moves)) >= 0:
        cursor.execute(_ADD, columns)
        return
    _open(cursor, members)
    cursor.execute(_LOCK, [members])
    cursor.execute(_MOVE, columns)
