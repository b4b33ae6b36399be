"""为什么我没得到这笔: for one member and one order, why each kind of the plan gave nothing."""

from collections.abc import Container, Sequence
from typing import NamedTuple

from zengzhi.core.distribution.lines import (
    NOT_SUSPENDED,
    OrderBonuses,
    PaidOrder,
    TeamSales,
    no_sales,
    share,
)
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.distribution.upline import Member
from zengzhi.core.units import Fen, format_rate, format_yuan


class Reason(NamedTuple):
    """Why one kind gave nothing: a stable code, and the words for it."""

    kind: str
    code: str
    english: str
    chinese: str


_OWN_ORDER = ("own_order", "nobody is paid on the own order", "本人订单不发放")
_SUSPENDED = ("suspended", "suspended when the order was paid", "订单支付时资格已暂停")
_BUDGET_USED = (
    "budget_used",
    "the distribution budget was used up by bonuses of higher priority",
    "分销预算已被优先的奖金用完",
)
_NOT_ABOVE = (
    "not_above",
    "not in the part of the buyer's upline that this plan looks at",
    "不在本方案计奖的上级范围内",
)
_NO_RANK = ("no_rank", "no rank of the plan's table", "没有方案中的级别")
_UNDER_A_FEN = ("under_a_fen", "the amount is less than 0.01", "金额不足 0.01 元")
_NO_AGENT = ("no_agent", "no agent of the delivery address", "不是收货地址所在地区的代理")
_NOT_SPONSOR = ("not_sponsor", "only the buyer's sponsor is paid", "仅发给直接推荐人")
_SPONSOR = ("sponsor", "the buyer's sponsor is the first generation", "直接推荐人属于第一代")
_NO_DIFFERENCE = (
    "no_difference_below",
    "nobody of the same rank below got a difference bonus",
    "下方没有同级会员获得级差奖",
)
_Words = tuple[str, str, str]


def _target(sales_fen: Fen, target_fen: Fen) -> _Words:
    sold, wanted = format_yuan(sales_fen), format_yuan(target_fen)
    return (
        "target_missed",
        f"team sales of {sold} in the month, the plan asks for {wanted}",
        f"当月团队业绩 {sold}，未达方案要求的 {wanted}",
    )


_PEERS_ENDED = (
    "peer_search_ended",
    "the peers of that rank were paid, or the search had stopped, before",
    "在此之前平级名额已满或查找已停止",
)


class _Case(NamedTuple):
    place: int
    """0 for the sponsor."""
    upline: Sequence[tuple[Member, str]]
    bonuses: OrderBonuses
    plan: Plan
    suspended: Container[Member]
    sales: TeamSales

    def level(self, place: int) -> int:
        """The level that counted: a suspended member takes nothing and is skipped."""
        member, rank = self.upline[place]
        return 0 if member in self.suspended else self.plan.level_of(rank)


def _direct(case: _Case) -> _Words:
    return _UNDER_A_FEN if case.place == 0 else _NOT_SPONSOR


def _indirect(case: _Case) -> _Words:
    indirect = case.plan.indirect
    assert indirect is not None  # noqa: S101  (only active kinds are asked)
    if case.place == 0:
        return _SPONSOR
    above = range(1, case.place + 1)
    if indirect.compression:
        if not case.level(case.place):
            return _NO_RANK
        above_ranked = [place for place in above if case.level(place)]
        generation = 1 + len(above_ranked)
    else:
        generation = 1 + len(above)
    last = 1 + len(indirect.rates_ppm)
    if generation > last:
        english = f"generation {generation}, the plan pays up to generation {last}"
        return "generation_not_paid", english, f"属于第 {generation} 代，方案只发到第 {last} 代"
    return _UNDER_A_FEN


def _difference(case: _Case) -> _Words:
    ranks = case.plan.ranks
    level = case.level(case.place)
    if ranks is None or not level:
        return _NO_RANK
    taken = max((case.level(place) for place in range(case.place)), default=0)
    if level > taken:
        return _UNDER_A_FEN
    own, other = ranks.names[level], ranks.names[taken]
    own_rate, rate = format_rate(ranks.rates_ppm[level]), format_rate(ranks.rates_ppm[taken])
    return (
        "rate_taken",
        f"{own} {own_rate} is not above the {rate} that {other} below had already reached",
        f"{own} {own_rate} 未高于下方 {other} 已取的 {rate}",
    )


def _peer(case: _Case) -> _Words:
    level = case.level(case.place)
    if case.plan.ranks is None or not level:
        return _NO_RANK
    name = case.plan.ranks.names[level]
    steps = [
        line
        for line in case.bonuses.lines + case.bonuses.left_out
        if line.kind == "rank_difference" and line.trace.name == name
    ]
    below = {member for member, _rank in case.upline[: case.place]}
    shared_fen = [line.due_fen for line in steps if line.member in below]
    if not shared_fen or case.plan.peer is None:
        return _NO_DIFFERENCE
    sales_fen = case.sales(case.upline[case.place][0])
    if sales_fen < case.plan.peer.target_fen:
        return _target(sales_fen, case.plan.peer.target_fen)
    return _PEERS_ENDED if share(case.plan.peer.rate_ppm, shared_fen[0]) else _UNDER_A_FEN


_BY_KIND = {
    "direct": _direct,
    "indirect": _indirect,
    "rank_difference": _difference,
    "peer": _peer,
}


def why_not(
    member: Member,
    order: PaidOrder,
    upline: Sequence[tuple[Member, str]],
    bonuses: OrderBonuses,
    plan: Plan,
    suspended: Container[Member] = NOT_SUSPENDED,
    sales: TeamSales = no_sales,
) -> list[Reason]:
    """For each kind of the plan that paid the member nothing, the first reason that holds.

    ``upline`` is what :func:`~.order_bonuses.bonuses_of_upline` gave back with the bonuses.

    >>> from zengzhi.core.distribution.area_agent import NO_AGENTS
    >>> from zengzhi.core.distribution.order_bonuses import bonuses_of_upline
    >>> from zengzhi.core.distribution.plan import Ranks
    >>> plan = Plan(ranks=Ranks(("", "V1", "V2"), (0, 50_000, 80_000)))
    >>> order = PaidOrder("m", 100_000, 30_000, 10_000)
    >>> rows = [("A", "V1"), ("B", "V1"), ("C", "V2")]
    >>> bonuses, upline = bonuses_of_upline(order, rows, NO_AGENTS, plan)
    >>> why_not("B", order, upline, bonuses, plan)[0].english
    'V1 5% is not above the 5% that V1 below had already reached'
    """
    paid = {line.kind for line in bonuses.lines if line.member == member}
    unpaid = {line.kind for line in bonuses.left_out if line.member == member}
    place = next((i for i, (other, _rank) in enumerate(upline) if other == member), None)
    reasons = []
    for kind in plan.active:
        agents = {"district_agent", "city_agent", "province_agent"}
        names = agents if kind == "area" else {kind}
        if kind == "dividend" or names & paid:
            continue
        if member == order.buyer:
            words: _Words = _OWN_ORDER
        elif names & unpaid:
            words = _BUDGET_USED
        elif member in suspended:
            words = _SUSPENDED
        elif kind == "area":
            words = _NO_AGENT
        elif place is None:
            words = _NOT_ABOVE
        else:
            words = _BY_KIND[kind](_Case(place, upline, bonuses, plan, suspended, sales))
        reasons.append(Reason(kind, *words))
    return reasons
