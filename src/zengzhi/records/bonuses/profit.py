"""平台利润 platform profit of a period (spec 3.4): platform parts + unallocated distribution −
refund shortfalls − subsidies that the platform paid. Each part opens into its entries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet, Sum

from zengzhi.core.distribution.plan import Plan
from zengzhi.records.bonuses.period import Bounds
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.journal import account_fen
from zengzhi.records.ledger.models import Leg, Transaction

DIVIDEND = "dividend_profit"
"""What flows into the dividend pool out of profit is no cost of the period."""
MOVED = "remainder"
"""The unallocated rest, moved to the platform or back for a refund: counted when it stayed
unallocated, and less when the refund takes it."""
SUBSIDIES = ("subsidise", "grant")
SHORTFALLS = ("bonus_reversed",)
"""What the dividend pool had paid out already and the platform gives back."""
PLATFORM, UNALLOCATED, REFUND_RESERVE = (
    Account(kind) for kind in (Kind.PLATFORM, Kind.UNALLOCATED_DISTRIBUTION, Kind.REFUND_RESERVE)
)


class PartEntry(NamedTuple):
    """An entry of the journal and what it gives to a part."""

    entry: int
    kind: str
    reference: str
    fen: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the profit; costs are negative."""

    name: str
    fen: int
    legs: tuple[QuerySet[Leg], ...]

    def entries(self) -> Iterator[PartEntry]:
        """The entries behind it, by their numbers: Σ fen is the part."""
        sums: dict[int, int] = {}
        for legs in self.legs:
            for entry, fen in legs.values_list("transaction_id", "amount").iterator():
                sums[entry] = sums.get(entry, 0) + fen
        heads = Transaction.objects.in_bulk(sorted(sums))
        for entry in sorted(sums):
            yield PartEntry(entry, heads[entry].kind, heads[entry].reference, sums[entry])


@dataclass(frozen=True, slots=True)
class Profit:
    """The statement of a period."""

    parts: tuple[Part, ...]

    @property
    def fen(self) -> int:
        """The profit, negative for a loss."""
        return sum(part.fen for part in self.parts)


def statement(within: Bounds, plan: Plan | None = None) -> Profit:
    """The profit of a period, under the plan of its end: where that moves the unallocated rest into
    the profit pool, the rest is not the platform's."""
    others = (DIVIDEND, MOVED, *SUBSIDIES, *SHORTFALLS)
    parts = [
        _part("platform_parts", within, (PLATFORM, others, False)),
        _part(
            "refund_shortfalls", within, (PLATFORM, SHORTFALLS, True), (REFUND_RESERVE, (), False)
        ),
        _part("subsidies_paid", within, (PLATFORM, SUBSIDIES, True)),
    ]
    if plan is None or plan.remainder == "platform":
        parts.insert(1, _part("unallocated_distribution", within, (UNALLOCATED, (MOVED,), False)))
    return Profit(tuple(parts))


def _part(name: str, within: Bounds, *sources: tuple[Account, tuple[str, ...], bool]) -> Part:
    """``sources``: accounts, with the kinds of entries that alone count (true) or do not (false).

    Only those few are summed up here; the rest is what the account grew by.
    """
    fen, found = 0, []
    for account, kinds, only in sources:
        few_fen: int = _legs(account, within, kinds, True).aggregate(fen=Sum("amount"))["fen"] or 0
        grown_fen = account_fen(account, within.end) - account_fen(account, within.start)
        fen += few_fen if only else grown_fen - few_fen
        found.append(_legs(account, within, kinds, only))
    return Part(name, fen, tuple(found))


def _legs(account: Account, within: Bounds, kinds: tuple[str, ...], only: bool) -> QuerySet[Leg]:
    heads = Transaction.objects.filter(happened_at__gte=within.start, happened_at__lt=within.end)
    heads = heads.filter(kind__in=kinds) if only else heads.exclude(kind__in=kinds)
    return Leg.objects.filter(
        kind=account.kind,
        owner=account.owner,
        unit=Unit.CNY,
        transaction_id__in=heads.values("id"),
    )
