"""What the bonuses are computed from and what they give: an order, lines, their traces."""

from collections.abc import Callable, Container
from typing import NamedTuple

from zengzhi.core.distribution.upline import Member
from zengzhi.core.economy.rules import Split
from zengzhi.core.economy.settle_order import split_order
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, Fen, Ppm

NOT_SUSPENDED: Container[Member] = frozenset()

TeamSales = Callable[[Member], Fen]
"""What everybody below a member paid in the month (团队业绩), in fen, this order not counted."""


def no_sales(_member: Member) -> Fen:
    """Nobody sold anything: where no plan has a target."""
    return Fen(0)


class PaidOrder(NamedTuple):
    """An order as the bonuses see it: money really paid, and two of its parts (订单拆分)."""

    buyer: Member
    paid_fen: Fen
    budget_fen: Fen
    """The distribution part: no more than this is ever paid out."""
    profit_fen: Fen
    """The platform part."""


def paid_order(buyer: Member, paid_fen: Fen, split: Split) -> PaidOrder:
    """An order with the parts of its split.

    >>> paid_order("m1", 100_000, Split())
    PaidOrder(buyer='m1', paid_fen=100000, budget_fen=30000, profit_fen=10000)
    """
    parts = split_order(paid_fen, split)
    return PaidOrder(buyer, paid_fen, parts.distribution_fen, parts.platform_fen)


def base_of(order: PaidOrder, base: str) -> Fen:
    """B in fen: the money paid, the distribution budget or the platform profit."""
    if base == "paid":
        return order.paid_fen
    return order.budget_fen if base == "budget" else order.profit_fen


def share(rate_ppm: Ppm, base_fen: Fen) -> Fen:
    """⌊rate × base⌋ in fen, rounded down; neither is ever negative.

    >>> share(125_000, 999)
    124
    """
    return Fen(mul_div(rate_ppm, base_fen, PPM, Rounding.DOWN))


class Trace(NamedTuple):
    """Why a line is what it is, in numbers; :mod:`why` puts them into words."""

    generation: int = 0
    """1 the sponsor, 2 the sponsor's sponsor, …; 0 where generations do not count."""
    compressed: bool = False
    """Members without a rank were skipped in the count."""
    name: str = ""
    """The rank, or the level of the agent."""
    own_ppm: Ppm = Ppm(0)
    """The full rate of that rank or agent."""
    taken_name: str = ""
    """The rank or level below that already took its share; empty: none."""
    taken_ppm: Ppm = Ppm(0)
    below: Member = ""
    """The member whose difference bonus a peer shares."""


class Line(NamedTuple):
    """One bonus: amount = min(due, what was left of the budget), due = ⌊rate × base⌋."""

    member: Member
    kind: str
    rate_ppm: Ppm
    base_fen: Fen
    due_fen: Fen
    amount_fen: Fen
    trace: Trace


class OrderBonuses(NamedTuple):
    """Σ lines + ``dividend_pool_fen`` + ``unallocated_fen`` = ``budget_fen``, always."""

    budget_fen: Fen
    base_fen: Fen
    lines: tuple[Line, ...]
    """What is paid, in the plan's priority order."""
    left_out: tuple[Line, ...]
    """What was due but cut to 0."""
    dividend_due_fen: Fen
    dividend_pool_fen: Fen
    unallocated_fen: Fen
