"""Findings (合规提示): what in the rules and the plan touches which rule, and what removes it.

A table, not legal advice. Each row: code, severity, the rule touched, a test that says what in the
configuration triggers it, and the remedy; all texts in English and Chinese.
"""

from collections.abc import Callable
from dataclasses import dataclass

from zengzhi.core.disclosure import triggers
from zengzhi.core.disclosure.triggers import Case, Text
from zengzhi.core.distribution.bound import worst_case
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.economy.rules import Rules

SEVERITIES = ("stop", "acknowledge", "warning", "notice")
"""stop: may not go live. acknowledge: needs an operator's signed acknowledgement, by a second
person. warning: change it unless you know why. notice: know it."""

PROFILES = ("strict", "two-level", "custom")

NO_LEGAL_ADVICE = (
    "This report names rules that a configuration touches. It is no legal advice.",
    "本报告仅列出配置可能触及的规定，不构成法律意见。",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about one configuration."""

    code: str
    severity: str
    trigger: Text
    rule: Text
    remedy: Text


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


TABLE: tuple[Row, ...] = (
    Row(
        "budget_exceeded",
        "stop",
        triggers.budget,
        ("The plan's worst case must fit the distribution budget", "最高拨比不得超过分销预算"),
        ("Lower the rates or raise split.distribution", "降低奖金比例或提高 split.distribution"),
    ),
    Row(
        "margin_exceeded",
        "stop",
        triggers.margin,
        ("The plan's worst case must fit the margin of the goods", "最高拨比不得超过商品毛利"),
        ("Lower the rates or the cost of the goods", "降低奖金比例或商品成本"),
    ),
    Row(
        "self_purchase_profit",
        "stop",
        triggers.self_purchase,
        ("Buying from oneself must not pay: no fake orders", "自买自卖不得获利，防止虚假订单"),
        (
            "Lower the commissions or reward.rate; lock points longer; no commission on own goods",
            "降低佣金或 reward.rate，延长积分锁定，自购不计佣金",
        ),
    ),
    Row(
        "deep_generations",
        "acknowledge",
        triggers.deep,
        (f"{ART_7}; {OPINION_2013}", f"{ART_7_ZH}；{OPINION_2013_ZH}"),
        ("List one rate in indirect.rates", "indirect.rates 只保留一代"),
    ),
    Row(
        "team_pay_difference",
        "acknowledge",
        triggers.difference,
        (
            f"{ART_7} (3): pay on the sales of people below; {OPINION_2013}",
            f"{ART_7_ZH}第(三)项“团队计酬”；{OPINION_2013_ZH}",
        ),
        ("Remove [rank_difference]", "删除 [rank_difference]"),
    ),
    Row(
        "team_pay_peer",
        "acknowledge",
        triggers.peer,
        (f"{ART_7} (3): a bonus on a bonus", f"{ART_7_ZH}第(三)项：奖上奖"),
        ("Remove [peer]", "删除 [peer]"),
    ),
    Row(
        "shareholder_pool",
        "acknowledge",
        triggers.dividend,
        (
            "Regulations on Preventing Illegal Fund-raising (Decree 737): no promised return",
            "防范和处置非法集资条例(国务院令第737号)：不得承诺还本付息",
        ),
        ("Remove [dividend]", "删除 [dividend]"),
    ),
    Row(
        "exit_off",
        "warning",
        triggers.exit_off,
        (
            "For study only: a holder of one unit could swallow later orders; a live pool refuses",
            "仅供研究：持有极少积分者可吞没后续订单，正式盈利池会拒绝",
        ),
        ('Set exit.multiple, such as "3"', '设置 exit.multiple，如 "3"'),
    ),
    Row(
        "commission_over_30",
        "warning",
        triggers.over_30,
        (
            "Regulations on Direct Selling, art. 24: pay at most 30% of one's own sales",
            "直销管理条例第二十四条：报酬不得超过本人销售收入的30%",
        ),
        ("Keep commissions at or below 30%", "佣金合计不超过 30%"),
    ),
    Row(
        "idle_peer",
        "warning",
        triggers.idle_peer,
        ("A table that does nothing misleads its reader", "无效的配置会误导读者"),
        ("Remove [peer] or add [rank_difference]", "删除 [peer] 或加上 [rank_difference]"),
    ),
    Row(
        "consumption_rebate",
        "warning",
        triggers.rebate,
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
        triggers.two_levels,
        (
            f"{ART_7}: two levels are no safe harbour (a two-level programme was fined in 2022)",
            f"{ART_7_ZH}：二级分销并非安全港(2022年有二级分销被处罚)",
        ),
        ("Remove [indirect]", "删除 [indirect]"),
    ),
    Row(
        "area_agents",
        "notice",
        triggers.area,
        (
            f"{ART_7} (2): no entry fee, no purchase needed to become an agent",
            f"{ART_7_ZH}第(二)项：不得收取入门费，代理资格不得以购买为条件",
        ),
        ("Appoint agents for service, free of charge", "代理以服务为条件，不收费用"),
    ),
    Row(
        "seven_day_return",
        "notice",
        triggers.any_commission,
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
        triggers.any_commission,
        (
            "Individual Income Tax Law: whoever pays commissions withholds tax",
            "个人所得税法：支付佣金须代扣代缴(劳务报酬)",
        ),
        ("Switch the withholding table on", "启用代扣代缴"),
    ),
    Row(
        "personal_information",
        "notice",
        triggers.any_upline,
        (
            "Personal Information Protection Law, art. 6: the least that serves the purpose",
            "个人信息保护法第六条：最小必要",
        ),
        ("Show nicknames only, masked", "仅显示脱敏昵称"),
    ),
    Row(
        "spend_back_bound",
        "notice",
        triggers.always,
        (f"{NOTICE_2018}; disclosure to buyers", f"{NOTICE_2018_ZH}；向消费者披露"),
        ("Nothing removes it: it is arithmetic. Say it.", "无法消除，这是算术，应如实告知"),
    ),
)


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
