"""What a member's wallet (零钱) holds and how it moved: read from the journal."""

from dataclasses import dataclass
from datetime import date, datetime

from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.ledger.purses import purse
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import CLOSED_UNPAID as CLOSED_UNPAID
from zengzhi.records.wallet.models import OPEN as OPEN
from zengzhi.records.wallet.models import State, Withdrawal

MOVEMENT_KINDS = {
    "points": ("sale", "exit"),
    "bonus": ("bonus", "bonus_reversed", "dividend"),
    "withdrawal": ("withdrawal", "withdrawal_back"),
}
"""Filter on the wallet page → kinds of journal entries."""


CLOSED = (State.PAID, *CLOSED_UNPAID)
"""States in which nothing more happens."""


@dataclass(frozen=True, slots=True)
class Balances:
    """A member's money, in fen."""

    available_fen: int = 0
    pending_fen: int = 0
    reserved_fen: int = 0
    debt_fen: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of the available balance."""

    at: datetime
    kind: str
    reference: str
    amount_fen: int
    withdrawal: Withdrawal | None = None

    @property
    def day(self) -> date:
        """The local day."""
        return clock.day_of(self.at)

    @property
    def is_today(self) -> bool:
        """Whether it happened today."""
        return self.day == clock.today()


def balances(member: Member) -> Balances:
    """All balances of a member."""
    held = purse(member.pk)
    return Balances(held.available_fen, held.pending_fen, held.reserved_fen, held.owed_fen)


def movements(member: Member, kind: str | None = None, limit: int = 50) -> list[Movement]:
    """Changes of the available balance, newest first; ``kind`` is a key of MOVEMENT_KINDS."""
    legs = Leg.objects.filter(kind=Kind.MEMBER_AVAILABLE, owner=member.pk)
    if kind in MOVEMENT_KINDS:
        ids = Transaction.objects.filter(kind__in=MOVEMENT_KINDS[kind]).values("id")
        legs = legs.filter(transaction_id__in=ids)
    latest = Transaction.objects.filter(id__in=legs.values("transaction_id"))
    heads = {row.pk: row for row in latest.order_by("-happened_at", "-id")[:limit]}
    amounts = list(
        legs.filter(transaction_id__in=list(heads))
        .order_by("-transaction_id")
        .values_list("transaction_id", "amount")
    )
    asked = _withdrawals_of(member, heads)
    found = [
        Movement(
            heads[n].happened_at,
            heads[n].kind,
            heads[n].reference,
            amount,
            asked.get(heads[n].reference),
        )
        for n, amount in amounts
    ]
    return sorted(found, key=lambda movement: movement.at, reverse=True)[:limit]


def _withdrawals_of(member: Member, heads: dict[int, Transaction]) -> dict[str, Withdrawal]:
    kinds = MOVEMENT_KINDS["withdrawal"]
    numbers = {head.reference for head in heads.values() if head.kind in kinds}
    if not numbers:
        return {}
    rows = Withdrawal.objects.filter(member=member, number__in=numbers).select_related("payee")
    return {row.number: row for row in rows}
