"""Money that becomes a member's own, or is taken back: the only place that knows of debt.

A debt (待抵扣) is set off first against whatever comes in; a reversal takes from the available
balance and lets the rest become debt. What is pending belongs to orders that have not settled and
is left alone: it meets the debt when it becomes available.

Balances are locked in the order of (kind, owner) before they are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry
from zengzhi.records.ledger.models import Balance
from zengzhi.records.wallet.income import record_incomes

PENDING, AVAILABLE, DEBT = (
    int(kind) for kind in (Kind.MEMBER_PENDING, Kind.MEMBER_AVAILABLE, Kind.MEMBER_DEBT)
)
CHUNK = 5_000
FEW = 200


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

    Without the available ones, only those who owe are locked, with every balance that the posting
    after it will move, in the order of (kind, owner).
    """
    purse = Purse()
    kinds = [AVAILABLE, DEBT] if with_available else [PENDING, AVAILABLE, DEBT]
    owners = sorted(set(members))
    if not with_available:
        owing = Balance.objects.filter(kind=DEBT, amount__lt=0).values_list("owner", flat=True)
        if len(owners) <= FEW:
            owing = owing.filter(owner__in=owners)
        owners = sorted(set(owners).intersection(owing.iterator(chunk_size=CHUNK)))
    for kind in kinds:
        for start in range(0, len(owners), CHUNK):
            rows = list(
                Balance.objects.select_for_update()
                .filter(kind=kind, owner__in=owners[start : start + CHUNK])
                .order_by("owner")
            )
            if kind == DEBT:
                purse.owed_fen.update({r.owner: -r.amount for r in rows if r.amount < 0})
            elif kind == AVAILABLE:
                purse.available_fen.update({r.owner: r.amount for r in rows})
    return purse


def note_income(amounts: Iterable[tuple[int, int, datetime]]) -> None:
    """Commissions (member, fen, when) became available, or were taken back (negative): they count
    to the taxable income of their month."""
    record_incomes(amounts)
