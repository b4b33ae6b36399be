"""The static worst case of a plan: the most that any order in any tree can be due.

A dividend out of profit takes nothing from an order; a target of the peers lowers nothing, since
every team may have reached it. Differences telescope to the top rate, each of their peers adds the
peer rate of them, area agents in ``difference`` mode telescope to the highest of their rates. Every
part is reached by one and the same tree, so the bound is the least one.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from zengzhi.core.distribution.lines import base_of, paid_order, share
from zengzhi.core.distribution.payout_ratio import payout_ratio
from zengzhi.core.distribution.plan import AREA_LEVELS, Plan
from zengzhi.core.economy.rules import Split
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import ORDER_FEN_MAX, PPM, Fen, Ppm

_NICE_FEN = 100_000
"""The order that is shown is at least 1000 yuan."""

ANY_RANK = "V1"
"""The rank of the worst upline where the plan has no table of ranks but compression."""


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The worst case of a plan under a split. Shares are exact parts of the paid amount."""

    parts: dict[str, Fraction]
    """Kind → what it can be due, before any cut."""
    ratio: Fraction
    """The payout ratio: the sum of the parts. No order in any tree is due more."""
    budget: Fraction
    """The distribution part of the split."""
    margin: Fraction
    """What the paid amount leaves above the cost of the goods."""
    rank: str
    """Everybody in the worst upline has this rank …"""
    members: int
    """… and this many members are needed in it."""
    target_fen: Fen
    """… with these team sales of the month, so that every peer is paid."""
    agents: tuple[str, ...]
    """The levels that have an agent, none of them the buyer."""
    order_fen: Fen
    """The paid amount at which it is reached …"""
    due_fen: Fen
    """… and what is due then."""
    exact: bool
    """Whether no floor loses anything at ``order_fen``: due = ratio × paid."""

    @property
    def within_budget(self) -> bool:
        """The cut to the budget never happens."""
        return self.ratio <= self.budget

    @property
    def paid_ratio(self) -> Fraction:
        """The most that is ever paid out: the budget is never passed."""
        return min(self.ratio, self.budget)


def _rates(plan: Plan) -> dict[str, list[Fraction]]:
    """Kind → the rates of the base that its lines reach together."""
    rates: dict[str, list[Ppm]] = {}
    peers: list[Fraction] = []
    if plan.direct_ppm is not None:
        rates["direct"] = [plan.direct_ppm]
    if plan.indirect is not None:
        rates["indirect"] = list(plan.indirect.rates_ppm)
    if plan.area is not None:
        named = [rate for rate in plan.area.rates_ppm if rate is not None]
        rates["area"] = named if plan.area.mode == "independent" else [max(named, default=Ppm(0))]
    if plan.ranks is not None:
        rates["rank_difference"] = [plan.ranks.top_ppm]
        if plan.peer is not None:
            one = Fraction(plan.ranks.top_ppm * plan.peer.rate_ppm, PPM * PPM)
            peers = [one, one * (plan.peer.per_rank - 1)]
    if plan.order_dividend_ppm:
        rates["dividend"] = [plan.order_dividend_ppm]
    exact = {kind: [Fraction(rate, PPM) for rate in row] for kind, row in rates.items()}
    if peers:
        exact["peer"] = peers
    return {kind: exact[kind] for kind in plan.active if kind in exact}


def _base_factor(plan: Plan, split: Split) -> Fraction:
    if plan.base == "paid":
        return Fraction(1)
    ppm = split.distribution_ppm if plan.base == "budget" else split.platform_ppm
    return Fraction(ppm, PPM)


def _members(plan: Plan) -> int:
    members = 1 if plan.direct_ppm is not None or plan.ranks is not None else 0
    if plan.indirect is not None and plan.indirect.rates_ppm:
        members = 1 + len(plan.indirect.rates_ppm)
    if plan.ranks is not None and plan.peer is not None:
        members = max(members, 1 + plan.peer.per_rank)
    return members


def _rank(plan: Plan) -> str:
    if plan.ranks is not None:
        return plan.ranks.names[-1]
    return ANY_RANK if plan.indirect is not None and plan.indirect.compression else ""


def worst_due_fen(plan: Plan, split: Split, paid_fen: Fen) -> Fen:
    """What the worst tree is due for an order of this amount, every line floored to the fen."""
    base_fen = base_of(paid_order("", paid_fen, split), plan.base)
    due_fen = 0
    for kind, rates in _rates(plan).items():
        if kind == "peer" and plan.ranks is not None and plan.peer is not None:
            difference_fen = share(plan.ranks.top_ppm, base_fen)
            due_fen += plan.peer.per_rank * share(plan.peer.rate_ppm, difference_fen)
        elif kind == "area" and plan.area is not None and plan.area.mode == "difference":
            taken_ppm = Ppm(0)
            for rate_ppm in plan.area.rates_ppm:
                if rate_ppm is not None and rate_ppm > taken_ppm:
                    due_fen += share(Ppm(rate_ppm - taken_ppm), base_fen)
                    taken_ppm = rate_ppm
        else:
            due_fen += sum(share(Ppm(int(rate * PPM)), base_fen) for rate in rates)
    return Fen(due_fen)


def worst_case(plan: Plan, split: Split) -> WorstCase:
    """The static bound of a plan under a split, and an order and tree for which it is reached.

    >>> from zengzhi.core.distribution.plan import Ranks, Peer
    >>> ranks = Ranks(("", "V1", "V4"), (0, 50_000, 150_000))
    >>> worst = worst_case(Plan(direct_ppm=100_000, ranks=ranks, peer=Peer(100_000)), Split())
    >>> str(worst.ratio), worst.within_budget, worst.members, worst.rank, worst.due_fen
    ('53/200', True, 2, 'V4', 26500)
    """
    factor = _base_factor(plan, split)
    rates = _rates(plan)
    parts = {kind: factor * sum(row, Fraction(0)) for kind, row in rates.items()}
    ratio = sum(parts.values(), Fraction(0))
    steps = [Fraction(rate, PPM) for rate in plan.area.rates_ppm if rate] if plan.area else []
    whole = [factor, *(factor * rate for rate in sum(rates.values(), steps))]
    step_fen = lcm(*(part.denominator for part in whole))
    steps_up = mul_div(_NICE_FEN, 1, step_fen, Rounding.UP)
    order_fen = Fen(min(steps_up * step_fen, ORDER_FEN_MAX))
    due_fen = worst_due_fen(plan, split, order_fen)
    agents = zip(AREA_LEVELS, plan.area.rates_ppm, strict=True) if plan.area else ()
    return WorstCase(
        parts=parts,
        ratio=ratio,
        budget=Fraction(split.distribution_ppm, PPM),
        margin=Fraction(PPM - split.cost_ppm, PPM),
        rank=_rank(plan),
        members=_members(plan),
        target_fen=plan.peer.target_fen if plan.ranks and plan.peer else Fen(0),
        agents=tuple(name for name, rate in agents if rate is not None),
        order_fen=order_fen,
        due_fen=due_fen,
        exact=payout_ratio(due_fen, order_fen) == ratio,
    )
