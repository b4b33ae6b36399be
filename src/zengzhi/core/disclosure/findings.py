"""Findings (合规提示): what in the rules and the plan touches which rule, and what removes it.

A table, not legal advice. Each row: code, severity, the rule touched, a test that says what in the
configuration triggers it, and the remedy; all texts in English and Chinese.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from zengzhi.core.disclosure.break_even import contribution_ppm
from zengzhi.core.distribution.bound import WorstCase, worst_case
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.economy.rules import Rules
from zengzhi.core.units import PPM, format_half_up, format_rate

SEVERITIES = ("stop", "acknowledge", "warning", "notice")
"""stop: may not go live. acknowledge: needs an operator's signed acknowledgement, by a second
person. warning: change it unless you know why. notice: know it."""

PROFILES = ("strict", "two-level", "custom")

NO_LEGAL_ADVICE = (
    "This report names rules that a configuration touches. It is no legal advice.",
    "本报告仅列出配置可能触及的规定，不构成法律意见。",
)

Text = tuple[str, str]
"""English, Chinese."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about one configuration."""

    code: str
    severity: str
    trigger: Text
    rule: Text
    remedy: Text


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


def percent(share: Fraction) -> str:
    """A share of the paid amount as a percentage, rounded up to 4 decimals: never shown too low.

    >>> percent(Fraction(79, 200)), percent(Fraction(1, 3))
    ('39.5%', '33.3334%')
    """
    return format_rate(-(-share.numerator * PPM // share.denominator))


def profile_of(plan: Plan) -> str:
    """The conduct profile a plan fits: ``strict`` no team pay at all (direct, area agents),
    ``two-level`` two paid uplines and area agents, else ``custom``.

    >>> profile_of(Plan(direct_ppm=100_000)), profile_of(Plan(dividend_ppm=20_000))
    ('strict', 'custom')
    """
    if acknowledgements(plan):
        return "custom"
    return "two-level" if plan.indirect is not None and plan.indirect.rates_ppm else "strict"


def acknowledgements(plan: Plan) -> list[str]:
    """The codes of the findings that a second person must sign before the plan may be active."""
    case = Case(Rules(), plan, None, 0)
    return [
        row.code for row in TABLE if row.severity == "acknowledge" and row.trigger(case) is not None
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table; ``trigger`` gives the words of the configuration, or ``None``."""

    code: str
    severity: str
    trigger: Callable[[Case], Text | None]
    rule: Text
    remedy: Text


ART_7 = "Regulations on the Prohibition of Pyramid Selling (Decree 444), art. 7"
ART_7_ZH = "禁止传销条例(国务院令第444号)第七条"
OPINION_2013 = "2013 opinion of the two high courts and the ministry: 30 people and 3 levels"
OPINION_2013_ZH = "两高一部2013年意见：三十人以上且层级三级以上"
NOTICE_2018 = "Six-authority notice of 12 April 2018 on consumption rebates"
NOTICE_2018_ZH = "2018年4月12日六部门关于“消费返利”的风险提示"


def _budget(case: Case) -> Text | None:
    worst = case.worst
    if worst is None or worst.within_budget:
        return None
    due, budget = percent(worst.ratio), percent(worst.budget)
    return (
        f"an order can be due {due} of the paid amount, the budget is {budget}: lines get cut",
        f"单笔订单最高应付拨比 {due}，预算为 {budget}：部分奖金会被削减",
    )


def _margin(case: Case) -> Text | None:
    worst = case.worst
    if worst is None or worst.ratio <= worst.margin:
        return None
    due, margin = percent(worst.ratio), percent(worst.margin)
    return (
        f"an order can be due {due}, the goods leave a margin of {margin}",
        f"单笔订单最高应付拨比 {due}，商品毛利仅 {margin}",
    )


def _self_purchase(case: Case) -> Text | None:
    if case.self_purchase < 1:
        return None
    parts = [case.instant, case.commission, Fraction(case.resale_ppm, PPM)]
    paid, commission, resale = (percent(part) for part in parts)
    return (
        f"points sold at once {paid} + commissions {commission} + resale {resale} ≥ the price",
        f"积分即时卖出 {paid} + 佣金 {commission} + 转卖 {resale} ≥ 售价：自买自卖有利可图",
    )


def _exit_off(case: Case) -> Text | None:
    if case.rules.exit_multiple is not None:
        return None
    return 'exit.multiple = "off"', 'exit.multiple = "off"(强制退出关闭)'


def _over_30(case: Case) -> Text | None:
    if case.worst is None or case.commission <= Fraction(3, 10):
        return None
    share = percent(case.commission)
    return f"up to {share} of an order is paid as commission", f"单笔订单佣金最高可达 {share}"


def _rebate(case: Case) -> Text | None:
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


def _deep(case: Case) -> Text | None:
    rates = case.plan.indirect.rates_ppm if case.plan and case.plan.indirect else ()
    if len(rates) < 2:
        return None
    count = len(rates)
    return (
        f"indirect.rates lists {count} generations above the sponsor: {count + 1} paid uplines",
        f"indirect.rates 共 {count} 代，连同直推共 {count + 1} 层上级获酬",
    )


def _difference(case: Case) -> Text | None:
    if case.plan is None or case.plan.ranks is None:
        return None
    top = format_rate(case.plan.ranks.top_ppm)
    return (
        f"[rank_difference] pays up to {top} over any number of levels",
        f"[rank_difference] 级差奖最高 {top}，层数不限",
    )


def _peer(case: Case) -> Text | None:
    if case.plan is None or case.plan.peer is None:
        return None
    rate = format_rate(case.plan.peer.rate_ppm)
    return f"[peer] pays {rate} of a bonus below", f"[peer] 平级奖为下级级差奖的 {rate}"


def _idle_peer(case: Case) -> Text | None:
    if case.plan is None or case.plan.peer is None or case.plan.ranks is not None:
        return None
    return "[peer] without [rank_difference] never pays", "[peer] 没有 [rank_difference]，不会发放"


def _dividend(case: Case) -> Text | None:
    if case.plan is None or case.plan.dividend_ppm is None:
        return None
    rate = format_rate(case.plan.dividend_ppm)
    return f"[dividend] puts {rate} into a pool for holders", f"[dividend] {rate} 进入股东分红池"


def _two_levels(case: Case) -> Text | None:
    if case.plan is None or case.plan.indirect is None or not case.plan.indirect.rates_ppm:
        return None
    return (
        "the sponsor's sponsor is paid ([indirect])",
        "间推奖：推荐人的上级也获酬([indirect])",
    )


def _area(case: Case) -> Text | None:
    if case.plan is None or case.plan.area is None:
        return None
    return "[area] pays regional agents", "[area] 区域代理获酬"


def _any_commission(case: Case) -> Text | None:
    if case.plan is None or not case.plan.active:
        return None
    kinds = ", ".join(case.plan.active)
    return f"members are paid: {kinds}", f"向会员发放奖金：{kinds}"


def _any_upline(case: Case) -> Text | None:
    if case.plan is None or not {"direct", "indirect", "rank_difference"} & set(case.plan.active):
        return None
    return "members see who is below them", "会员可见下级信息"


def _always(case: Case) -> Text | None:
    share = format_half_up(contribution_ppm(case.rules), PPM // 100, 2)
    return (
        f"together members get back at most {share}% of their spend from the pool",
        f"全体会员从盈利池合计最多取回消费额的 {share}%",
    )


TABLE: tuple[Row, ...] = (
    Row(
        "budget_exceeded",
        "stop",
        _budget,
        ("The plan's worst case must fit the distribution budget", "最高拨比不得超过分销预算"),
        ("Lower the rates or raise split.distribution", "降低奖金比例或提高 split.distribution"),
    ),
    Row(
        "margin_exceeded",
        "stop",
        _margin,
        ("The plan's worst case must fit the margin of the goods", "最高拨比不得超过商品毛利"),
        ("Lower the rates or the cost of the goods", "降低奖金比例或商品成本"),
    ),
    Row(
        "self_purchase_profit",
        "stop",
        _self_purchase,
        ("Buying from oneself must not pay: no fake orders", "自买自卖不得获利，防止虚假订单"),
        (
            "Lower the commissions or reward.rate; lock points longer; no commission on own goods",
            "降低佣金或 reward.rate，延长积分锁定，自购不计佣金",
        ),
    ),
    Row(
        "deep_generations",
        "acknowledge",
        _deep,
        (f"{ART_7}; {OPINION_2013}", f"{ART_7_ZH}；{OPINION_2013_ZH}"),
        ("List one rate in indirect.rates", "indirect.rates 只保留一代"),
    ),
    Row(
        "team_pay_difference",
        "acknowledge",
        _difference,
        (
            f"{ART_7} (3): pay on the sales of people below; {OPINION_2013}",
            f"{ART_7_ZH}第(三)项“团队计酬”；{OPINION_2013_ZH}",
        ),
        ("Remove [rank_difference]", "删除 [rank_difference]"),
    ),
    Row(
        "team_pay_peer",
        "acknowledge",
        _peer,
        (f"{ART_7} (3): a bonus on a bonus", f"{ART_7_ZH}第(三)项：奖上奖"),
        ("Remove [peer]", "删除 [peer]"),
    ),
    Row(
        "shareholder_pool",
        "acknowledge",
        _dividend,
        (
            "Regulations on Preventing Illegal Fund-raising (Decree 737): no promised return",
            "防范和处置非法集资条例(国务院令第737号)：不得承诺还本付息",
        ),
        ("Remove [dividend]", "删除 [dividend]"),
    ),
    Row(
        "exit_off",
        "warning",
        _exit_off,
        (
            "For study only: a holder of one unit could swallow later orders; a live pool refuses",
            "仅供研究：持有极少积分者可吞没后续订单，正式盈利池会拒绝",
        ),
        ('Set exit.multiple, such as "3"', '设置 exit.multiple，如 "3"'),
    ),
    Row(
        "commission_over_30",
        "warning",
        _over_30,
        (
            "Regulations on Direct Selling, art. 24: pay at most 30% of one's own sales",
            "直销管理条例第二十四条：报酬不得超过本人销售收入的30%",
        ),
        ("Keep commissions at or below 30%", "佣金合计不超过 30%"),
    ),
    Row(
        "idle_peer",
        "warning",
        _idle_peer,
        ("A table that does nothing misleads its reader", "无效的配置会误导读者"),
        ("Remove [peer] or add [rank_difference]", "删除 [peer] 或加上 [rank_difference]"),
    ),
    Row(
        "consumption_rebate",
        "warning",
        _rebate,
        (
            f"{NOTICE_2018}: promise no rebate that sales cannot carry",
            f"{NOTICE_2018_ZH}：高额返利难以实现",
        ),
        (
            "Promise nothing; show the break-even table to buyers; lower reward.rate",
            "不作任何承诺，向消费者公示回本测算，降低 reward.rate",
        ),
    ),
    Row(
        "two_levels",
        "notice",
        _two_levels,
        (
            f"{ART_7}: two levels are no safe harbour (a two-level programme was fined in 2022)",
            f"{ART_7_ZH}：二级分销并非安全港(2022年有二级分销被处罚)",
        ),
        ("Remove [indirect]", "删除 [indirect]"),
    ),
    Row(
        "area_agents",
        "notice",
        _area,
        (
            f"{ART_7} (2): no entry fee, no purchase needed to become an agent",
            f"{ART_7_ZH}第(二)项：不得收取入门费，代理资格不得以购买为条件",
        ),
        ("Appoint agents for service, free of charge", "代理以服务为条件，不收费用"),
    ),
    Row(
        "seven_day_return",
        "notice",
        _any_commission,
        (
            "Consumer Protection Law, art. 25: goods may be returned within 7 days",
            "消费者权益保护法第二十五条：七日无理由退货",
        ),
        (
            "Keep commissions pending until the return window has closed (default 7 days)",
            "佣金在退货期(默认7天)结束前保持待结算",
        ),
    ),
    Row(
        "income_tax",
        "notice",
        _any_commission,
        (
            "Individual Income Tax Law: whoever pays commissions withholds tax",
            "个人所得税法：支付佣金须代扣代缴(劳务报酬)",
        ),
        ("Switch the withholding table on", "启用代扣代缴"),
    ),
    Row(
        "personal_information",
        "notice",
        _any_upline,
        (
            "Personal Information Protection Law, art. 6: the least that serves the purpose",
            "个人信息保护法第六条：最小必要",
        ),
        ("Show nicknames only, masked", "仅显示脱敏昵称"),
    ),
    Row(
        "spend_back_bound",
        "notice",
        _always,
        (f"{NOTICE_2018}; disclosure to buyers", f"{NOTICE_2018_ZH}；向消费者披露"),
        ("Nothing removes it: it is arithmetic. Say it.", "无法消除，这是算术，应如实告知"),
    ),
)


def findings(rules: Rules, plan: Plan | None = None, resale_ppm: int = 500_000) -> list[Finding]:
    """The findings about a configuration, in the order of the table.

    ``resale_ppm``: what a buyer is assumed to get for the goods, as a part of their price.

    >>> [finding.code for finding in findings(Rules())]
    ['consumption_rebate', 'spend_back_bound']
    >>> [finding.code for finding in findings(Rules(), resale_ppm=532_000)][0]
    'self_purchase_profit'
    """
    worst = None if plan is None else worst_case(plan, rules.split)
    case = Case(rules, plan, worst, resale_ppm)
    found = ((row, row.trigger(case)) for row in TABLE)
    return [
        Finding(row.code, row.severity, trigger, row.rule, row.remedy)
        for row, trigger in found
        if trigger is not None
    ]
