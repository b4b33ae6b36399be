"""Money that becomes a member's own, or is taken back: the only place that knows of debt.

A debt (待抵扣) is set off first against whatever comes in; a reversal takes from the available
balance and lets the rest become debt. What is pending belongs to orders that have not settled and
is left alone: it meets the debt when it becomes available.

Purses are locked in the order of members before they are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry
from zengzhi.records.ledger.purses import lock_purses, owing
from zengzhi.records.wallet.income import record_incomes


@dataclass(slots=True)
class Purse:
    """Locked balances of some members, followed while entries are drawn up."""

    available_fen: dict[int, int] = field(default_factory=dict)
    owed_fen: dict[int, int] = field(default_factory=dict)

    def give(self, entry: Entry, member: int, fen: int) -> None:
        """Income: what is owed is set off first, the rest is available."""
        owed_fen = self.owed_fen.get(member, 0)
        if owed_fen:
            off_fen = min(fen, owed_fen)
            self.owed_fen[member] -= off_fen
            entry.money(Account(Kind.MEMBER_DEBT, member), off_fen)
            fen -= off_fen
        entry.money(Account(Kind.MEMBER_AVAILABLE, member), fen)

    def take(self, entry: Entry, member: int, fen: int) -> None:
        """A reversal: from what is available, the rest becomes debt; never dropped."""
        taken_fen = min(fen, self.available_fen.get(member, 0))
        if taken_fen:
            self.available_fen[member] -= taken_fen
            entry.money(Account(Kind.MEMBER_AVAILABLE, member), -taken_fen)
        if fen > taken_fen:
            self.owed_fen[member] = self.owed_fen.get(member, 0) + fen - taken_fen
            entry.money(Account(Kind.MEMBER_DEBT, member), taken_fen - fen)


def purse_of(members: Iterable[int], with_available: bool) -> Purse:
    """Lock and read the debts, and if asked the available balances, of these members.

    Without the available ones, only those who owe are locked.
    """
    held = lock_purses(members if with_available else owing(members))
    return Purse(
        {member: purse.available_fen for member, purse in held.items()} if with_available else {},
        {member: purse.owed_fen for member, purse in held.items() if purse.owed_fen},
    )


def note_income(amounts: Iterable[tuple[int, int, datetime]]) -> None:
    """Commissions (member, fen, when) became available, or were taken back (negative): they count
    to the taxable income of their month."""
    record_incomes(amounts)
