"""What in the rules and the plan triggers a finding: each gives its words, or nothing."""

from dataclasses import dataclass
from fractions import Fraction

from zengzhi.core.disclosure.break_even import contribution_ppm
from zengzhi.core.distribution.bound import WorstCase
from zengzhi.core.distribution.payout_ratio import percent
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.economy.rules import Rules
from zengzhi.core.units import PPM, format_rate

Text = tuple[str, str]
"""English, Chinese."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked at: rules, a plan if there is one, its worst case, an assumed resale."""

    rules: Rules
    plan: Plan | None
    worst: WorstCase | None
    resale_ppm: int

    @property
    def commission(self) -> Fraction:
        """The largest commission an order can pay, as a part of the paid amount.

        Without a plan it is the whole distribution part: nobody has said yet who gets it.
        """
        budget = Fraction(self.rules.split.distribution_ppm, PPM)
        return self.worst.paid_ratio if self.worst else budget

    @property
    def instant(self) -> Fraction:
        """What the points of an order pay at once, as a part of the paid amount."""
        keep_ppm = PPM - self.rules.retention_ppm
        ppm = contribution_ppm(self.rules) * self.rules.reward_ppm * keep_ppm
        return Fraction(ppm, PPM**3)

    @property
    def self_purchase(self) -> Fraction:
        """Instant payout + largest commission + assumed resale, as a part of the price."""
        return self.instant + self.commission + Fraction(self.resale_ppm, PPM)


def budget(case: Case) -> Text | None:
    """The worst case is above the distribution budget."""
    worst = case.worst
    if worst is None or worst.within_budget:
        return None
    due, budget = percent(worst.ratio), percent(worst.budget)
    return (
        f"an order can be due {due} of the paid amount, the budget is {budget}: lines get cut",
        f"单笔订单最高应付拨比 {due}，预算为 {budget}：部分奖金会被削减",
    )


def margin(case: Case) -> Text | None:
    """The worst case is above what the goods leave."""
    worst = case.worst
    if worst is None or worst.ratio <= worst.margin:
        return None
    due, margin = percent(worst.ratio), percent(worst.margin)
    return (
        f"an order can be due {due}, the goods leave a margin of {margin}",
        f"单笔订单最高应付拨比 {due}，商品毛利仅 {margin}",
    )


def self_purchase(case: Case) -> Text | None:
    """Buying from oneself pays."""
    if case.self_purchase < 1:
        return None
    parts = [case.instant, case.commission, Fraction(case.resale_ppm, PPM)]
    paid, commission, resale = (percent(part) for part in parts)
    return (
        f"points sold at once {paid} + commissions {commission} + resale {resale} ≥ the price",
        f"积分即时卖出 {paid} + 佣金 {commission} + 转卖 {resale} ≥ 售价：自买自卖有利可图",
    )


def exit_off(case: Case) -> Text | None:
    """The forced exit is off."""
    if case.rules.exit_multiple is not None:
        return None
    return 'exit.multiple = "off"', 'exit.multiple = "off"(强制退出关闭)'


def over_30(case: Case) -> Text | None:
    """Commissions above 30 %."""
    if case.worst is None or case.commission <= Fraction(3, 10):
        return None
    share = percent(case.commission)
    return f"up to {share} of an order is paid as commission", f"单笔订单佣金最高可达 {share}"


def rebate(case: Case) -> Text | None:
    """Points are given for spending."""
    worth = Fraction(contribution_ppm(case.rules) * case.rules.reward_ppm, PPM * PPM)
    if not worth:
        return None
    multiple = case.rules.exit_multiple
    up_to = f", up to {multiple} × the spend" if multiple else ""
    up_to_zh = f"，最高 {multiple} 倍消费额" if multiple else ""
    return (
        f"an order gives points worth {percent(worth)} of what was paid{up_to}",
        f"每笔订单赠予实付金额 {percent(worth)} 的积分{up_to_zh}",
    )


def deep(case: Case) -> Text | None:
    """More than two paid uplines."""
    rates = case.plan.indirect.rates_ppm if case.plan and case.plan.indirect else ()
    if len(rates) < 2:
        return None
    count = len(rates)
    return (
        f"indirect.rates lists {count} generations above the sponsor: {count + 1} paid uplines",
        f"indirect.rates 共 {count} 代，连同直推共 {count + 1} 层上级获酬",
    )


def difference(case: Case) -> Text | None:
    """级差奖 is on."""
    if case.plan is None or case.plan.ranks is None:
        return None
    top = format_rate(case.plan.ranks.top_ppm)
    return (
        f"[rank_difference] pays up to {top} over any number of levels",
        f"[rank_difference] 级差奖最高 {top}，层数不限",
    )


def peer(case: Case) -> Text | None:
    """平级奖 is on."""
    if case.plan is None or case.plan.peer is None:
        return None
    rate = format_rate(case.plan.peer.rate_ppm)
    return f"[peer] pays {rate} of a bonus below", f"[peer] 平级奖为下级级差奖的 {rate}"


def idle_peer(case: Case) -> Text | None:
    """平级奖 without 级差奖."""
    if case.plan is None or case.plan.peer is None or case.plan.ranks is not None:
        return None
    return "[peer] without [rank_difference] never pays", "[peer] 没有 [rank_difference]，不会发放"


def dividend(case: Case) -> Text | None:
    """股东分红 is on."""
    if case.plan is None or case.plan.dividend_ppm is None:
        return None
    rate = format_rate(case.plan.dividend_ppm)
    if case.plan.dividend_source == "profit":
        return (
            f"[dividend] puts {rate} of each period's profit into a pool for holders",
            f"[dividend] 每期利润的 {rate} 进入股东分红池",
        )
    return f"[dividend] puts {rate} into a pool for holders", f"[dividend] {rate} 进入股东分红池"


def two_levels(case: Case) -> Text | None:
    """间推奖 is on."""
    if case.plan is None or case.plan.indirect is None or not case.plan.indirect.rates_ppm:
        return None
    return (
        "the sponsor's sponsor is paid ([indirect])",
        "间推奖：推荐人的上级也获酬([indirect])",
    )


def area(case: Case) -> Text | None:
    """区域代理 is on."""
    if case.plan is None or case.plan.area is None:
        return None
    return "[area] pays regional agents", "[area] 区域代理获酬"


def any_commission(case: Case) -> Text | None:
    """Anybody is paid anything."""
    if case.plan is None or not case.plan.active:
        return None
    kinds = ", ".join(case.plan.active)
    return f"members are paid: {kinds}", f"向会员发放奖金：{kinds}"


def any_upline(case: Case) -> Text | None:
    """Uplines are paid for people below."""
    if case.plan is None or not {"direct", "indirect", "rank_difference"} & set(case.plan.active):
        return None
    return "members see who is below them", "会员可见下级信息"


def always(case: Case) -> Text | None:
    """The bound of what members get back."""
    share = format_rate(contribution_ppm(case.rules))
    return (
        f"together members get back at most {share} of their spend from the pool",
        f"全体会员从盈利池合计最多取回消费额的 {share}",
    )
