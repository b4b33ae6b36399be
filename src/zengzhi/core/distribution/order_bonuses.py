"""A whole order: every kind of the plan, cut to the budget in priority order.

Two callers, one calculation: :func:`bonuses_of_upline` for a database (an upline snapshot, read
lazily from the sponsor upward) and :func:`bonuses_in_forest` for whole networks in memory. Members
may be any hashable names. The interface of this module is stable.
"""

from collections.abc import Container, Iterable
from typing import NamedTuple

from zengzhi.core.distribution.area_agent import NO_AGENTS, AreaAgents, area_lines
from zengzhi.core.distribution.budget import cut_to_budget
from zengzhi.core.distribution.direct import direct_lines
from zengzhi.core.distribution.indirect import indirect_lines
from zengzhi.core.distribution.lines import (
    NOT_SUSPENDED,
    Line,
    OrderBonuses,
    PaidOrder,
    TeamSales,
    base_of,
    no_sales,
    share,
)
from zengzhi.core.distribution.peer import peer_lines
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.distribution.rank_difference import difference_lines, rank_differences
from zengzhi.core.distribution.upline import Forest, Member, Snapshot, Tree
from zengzhi.core.units import Fen


def due_lines(
    order: PaidOrder,
    tree: Tree,
    buyer_place: int,
    agents: AreaAgents,
    plan: Plan,
    suspended: Container[Member] = NOT_SUSPENDED,
    sales: TeamSales = no_sales,
) -> dict[str, list[Line]]:
    """Kind → its lines before any cut, for the kinds that the plan has on."""
    base_fen = base_of(order, plan.base)
    due: dict[str, list[Line]] = {}
    if plan.direct_ppm is not None:
        due["direct"] = direct_lines(plan.direct_ppm, base_fen, tree, buyer_place, suspended)
    if plan.indirect is not None:
        due["indirect"] = indirect_lines(plan.indirect, base_fen, tree, buyer_place, suspended)
    if plan.area is not None:
        due["area"] = area_lines(plan.area, base_fen, order.buyer, agents, suspended)
    if plan.ranks is not None:
        steps = rank_differences(plan.ranks, base_fen, tree, buyer_place, suspended)
        due["rank_difference"] = difference_lines(plan.ranks, base_fen, steps)
        if plan.peer is not None:
            due["peer"] = peer_lines(plan.peer, plan.ranks, steps, tree, suspended, sales)
    return due


def order_bonuses(
    order: PaidOrder,
    tree: Tree,
    buyer_place: int,
    agents: AreaAgents,
    plan: Plan,
    suspended: Container[Member] = NOT_SUSPENDED,
    sales: TeamSales = no_sales,
) -> OrderBonuses:
    """Pay the due lines and the dividend part in the plan's priority order out of the order's
    distribution budget; what is left is unallocated. Σ = budget, for any tree and plan."""
    base_fen = base_of(order, plan.base)
    due = due_lines(order, tree, buyer_place, agents, plan, suspended, sales)
    lines: list[Line] = []
    left_out: list[Line] = []
    dividend_due_fen = dividend_fen = Fen(0)
    left_fen = order.budget_fen
    for kind in plan.active:
        if kind == "dividend":
            dividend_due_fen = share(plan.order_dividend_ppm, base_fen)
            dividend_fen = min(dividend_due_fen, left_fen)
            left_fen = Fen(left_fen - dividend_fen)
        elif due.get(kind):
            paid, unpaid, left_fen = cut_to_budget(due[kind], left_fen)
            lines += paid
            left_out += unpaid
    return OrderBonuses(
        order.budget_fen,
        base_fen,
        tuple(lines),
        tuple(left_out),
        dividend_due_fen,
        dividend_fen,
        left_fen,
    )


class SnapshotBonuses(NamedTuple):
    """The bonuses of an order and the part of its upline that they were computed from."""

    bonuses: OrderBonuses
    upline: tuple[tuple[Member, str], ...]


def bonuses_of_upline(
    order: PaidOrder,
    upline: Iterable[tuple[Member, str]],
    agents: AreaAgents,
    plan: Plan,
    suspended: Container[Member] = NOT_SUSPENDED,
    sales: TeamSales = no_sales,
) -> SnapshotBonuses:
    """The bonuses of one order from its upline: (member, rank) from the sponsor upward, as they
    stood when the order was paid; no rank is "". It is read only as far as the plan needs.

    >>> from zengzhi.core.distribution.lines import paid_order
    >>> from zengzhi.core.economy.rules import Split
    >>> order, plan = paid_order(1, 100_000, Split()), Plan(direct_ppm=100_000)
    >>> bonuses, upline = bonuses_of_upline(order, iter([(2, "V1"), (3, "")]), NO_AGENTS, plan)
    >>> [(line.member, line.amount_fen) for line in bonuses.lines], bonuses.unallocated_fen, upline
    ([(2, 10000)], 20000, ((2, 'V1'),))
    """
    snapshot = Snapshot(upline, plan)
    bonuses = order_bonuses(order, snapshot, 0, agents, plan, suspended, sales)
    return SnapshotBonuses(bonuses, tuple(snapshot.seen))


def bonuses_in_forest(
    order: PaidOrder,
    forest: Forest,
    plan: Plan,
    agents: AreaAgents = NO_AGENTS,
    sales: TeamSales = no_sales,
) -> OrderBonuses:
    """The bonuses of one order in a whole network. Errors: ``unknown_member``."""
    place = forest.place(str(order.buyer))
    return order_bonuses(order, forest, place, agents, plan, NOT_SUSPENDED, sales)
