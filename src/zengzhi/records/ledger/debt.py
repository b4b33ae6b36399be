"""待抵扣 debt: what a member owes after money was taken back that had been spent. The one rule.

Money that comes in pays a debt first, the rest is available; money taken back comes from what is
available, the rest becomes debt, never dropped. Both happen inside the entry that moves the money,
so that nobody ever has something available and owes at once. What is pending is left alone: it
meets the debt when it becomes available.

One entry: :meth:`Purses.give` and :meth:`Purses.take`. A batch: :meth:`Purses.divide` says which
part of each change falls to the debt.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry
from zengzhi.records.ledger.purses import lock_purses
from zengzhi.records.store.bulk import Array


@dataclass(slots=True)
class Purses:
    """Locked purses of some members, followed while their entries are drawn up. Money in fen."""

    available_fen: dict[int, int] = field(default_factory=dict)
    owed_fen: dict[int, int] = field(default_factory=dict)
    """Only of those who owe."""

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

    def give(self, entry: Entry, member: int, fen: int) -> Entry:
        """Add the member's legs to an entry that brings ``fen``: a debt first, then available."""
        return self._move(entry, member, fen)

    def take(self, entry: Entry, member: int, fen: int) -> Entry:
        """Add the member's legs to an entry that takes ``fen`` back: available first, the rest
        becomes debt."""
        return self._move(entry, member, -fen)

    def _move(self, entry: Entry, member: int, fen: int) -> Entry:
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


def lock(members: Iterable[int]) -> Purses:
    """Lock and read the purses of these members, in the one order of locks."""
    held = lock_purses(members)
    return Purses(
        {member: purse.available_fen for member, purse in held.items()},
        {member: purse.owed_fen for member, purse in held.items() if purse.owed_fen},
    )
