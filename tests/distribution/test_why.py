"""Every line says why; whoever got nothing can see why not."""

import pytest

from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.lines import paid_order
from zengzhi.core.distribution.order_bonuses import bonuses_of_upline
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.core.distribution.why import why
from zengzhi.core.distribution.why_not import why_not
from zengzhi.core.economy.rules import Split

ROWS = [("A", "V1"), ("B", "V1"), ("C", "V3"), ("D", "V2"), ("E", "V3"), ("F", "V4"), ("G", "")]
PLAN = plan_from_toml(
    """
    [direct]
    rate = "10%"
    [indirect]
    rates = ["5%"]
    compression = true
    [rank_difference]
    V1 = "5%"
    V2 = "8%"
    V3 = "12%"
    V4 = "15%"
    [peer]
    rate = "10%"
    [area]
    district = "3%"
    city = "5%"
    """
)
AGENTS = AreaAgents("d", "c", None)


def story(budget="60%", plan=PLAN, rows=ROWS, suspended=frozenset()):
    split = Split(100_000, int(budget.rstrip("%")) * 10_000, 100_000)
    order = paid_order("m", 100_000, split)
    return order, *bonuses_of_upline(order, rows, AGENTS, plan, suspended)


@pytest.mark.parametrize(
    ("member", "kind", "english", "chinese"),
    [
        (
            "A",
            "direct",
            "the buyer's sponsor: 10% × 1000.00 = 100.00",
            "直接推荐人：10% × 1000.00 = 100.00",
        ),
        (
            "B",
            "indirect",
            "generation 2 above the buyer, counted without members who have no rank: "
            "5% × 1000.00 = 50.00",
            "向上第 2 代(紧缩：跳过无级别会员)：5% × 1000.00 = 50.00",
        ),
        ("A", "rank_difference", "V1 5% × 1000.00 = 50.00", "V1 5% × 1000.00 = 50.00"),
        (
            "C",
            "rank_difference",
            "V3 12% − V1 5% already taken = 7% × 1000.00 = 70.00",
            "V3 12% − V1 已取 5% = 7% × 1000.00 = 70.00",
        ),
        (
            "E",
            "peer",
            "next V3 above C, share of that difference bonus: 10% × 70.00 = 7.00",
            "C 之上的同级 V3，按其级差奖计：10% × 70.00 = 7.00",
        ),
        (
            "c",
            "city_agent",
            "city 5% − district 3% already taken = 2% × 1000.00 = 20.00",
            "市代 5% − 区代 已取 3% = 2% × 1000.00 = 20.00",
        ),
    ],
)
def test_the_trace_of_a_line_in_words(member, kind, english, chinese):
    _order, bonuses, _upline = story()
    (line,) = [line for line in bonuses.lines if (line.member, line.kind) == (member, kind)]
    assert why(line) == english
    assert why(line, "zh") == chinese


def test_members_can_be_named_as_a_page_shows_them():
    _order, bonuses, _upline = story()
    peer = next(line for line in bonuses.lines if line.kind == "peer")
    assert why(peer, naming=lambda member: f"{member}**").startswith("next V1 above A**,")


def reasons(member, **options):
    order, bonuses, upline = story(**options)
    suspended = options.get("suspended", frozenset())
    plan = options.get("plan", PLAN)
    found = why_not(member, order, upline, bonuses, plan, suspended)
    assert all(reason.english and reason.chinese for reason in found)
    return {reason.kind: reason.code for reason in found}


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("A", {"indirect": "sponsor", "area": "no_agent", "peer": "no_difference_below"}),
        ("B", {"direct": "not_sponsor", "area": "no_agent", "rank_difference": "rate_taken"}),
        (
            "D",
            {
                "direct": "not_sponsor",
                "indirect": "generation_not_paid",
                "area": "no_agent",
                "rank_difference": "rate_taken",
                "peer": "no_difference_below",
            },
        ),
        (
            "G",
            {
                "direct": "not_sponsor",
                "indirect": "no_rank",
                "area": "no_agent",
                "rank_difference": "no_rank",
                "peer": "no_rank",
            },
        ),
        (
            "d",
            dict.fromkeys(("direct", "indirect", "rank_difference", "peer"), "not_above"),
        ),
        (
            "m",
            dict.fromkeys(("direct", "indirect", "area", "rank_difference", "peer"), "own_order"),
        ),
    ],
)
def test_whoever_got_nothing_can_see_why(member, expected):
    assert reasons(member) == expected


def test_a_second_peer_is_told_that_the_search_had_ended():
    rows = [("A", "V1"), ("B", "V1"), ("C", "V1")]
    assert reasons("C", rows=rows)["peer"] == "peer_search_ended"


def test_a_line_cut_to_nothing_is_told_that_the_budget_was_used():
    assert reasons("F", budget="30%")["rank_difference"] == "budget_used"
    assert reasons("E", budget="30%")["peer"] == "budget_used"


def test_a_suspended_member_is_told_so():
    found = reasons("C", suspended=frozenset({"C"}))
    assert found["rank_difference"] == "suspended"


def test_less_than_a_fen_is_told():
    plan = plan_from_toml('[direct]\nrate = "0.0001%"')
    assert reasons("A", plan=plan) == {"direct": "under_a_fen"}
