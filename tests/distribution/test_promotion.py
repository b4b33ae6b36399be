"""Ranks and promotion (spec 2.4)."""

from dataclasses import replace

import pytest

from zengzhi.core.distribution.promotion import (
    CONDITIONS,
    MemberFacts,
    checks,
    decide,
    earned_rank,
    promotion_from_toml,
)
from zengzhi.core.errors import UnusableRules

RULES = promotion_from_toml(
    """
    [V1]
    own_spend = "1000.00"
    [V2]
    match = "any"
    direct_members = 5
    product = "gift-box"
    [V3]
    team_size = 30
    team_sales = "50000"
    [V4]
    legs = { count = 2, rank = "V2" }
    """
)


@pytest.mark.parametrize(
    ("facts", "rank"),
    [
        (MemberFacts(), ""),
        (MemberFacts(own_spend_fen=99_999), ""),
        (MemberFacts(own_spend_fen=100_000), "V1"),
        (MemberFacts(direct_members=4), ""),
        (MemberFacts(direct_members=5), "V2"),
        (MemberFacts(products=frozenset({"gift-box", "tea"})), "V2"),
        (MemberFacts(products=frozenset({"tea"})), ""),
        (MemberFacts(team_size=30, team_sales_fen=4_999_999), ""),
        (MemberFacts(team_size=29, team_sales_fen=5_000_000), ""),
        (MemberFacts(team_size=30, team_sales_fen=5_000_000), "V3"),
        (MemberFacts(leg_ranks=("V2", "V1", "")), ""),
        (MemberFacts(leg_ranks=("V2", "V4", "")), "V4"),
        (MemberFacts(own_spend_fen=100_000, leg_ranks=("V2", "V2")), "V4"),
    ],
)
def test_the_highest_rank_whose_own_conditions_are_met(facts, rank):
    assert earned_rank(facts, RULES) == rank


@pytest.mark.parametrize(
    ("held", "earned", "unmet_days", "after", "level"),
    [
        (0, 4, 0, None, 4),
        (1, 4, 0, None, 4),
        (2, 2, 0, 30, 2),
        (4, 1, 1000, None, 4),
        (4, 1, 29, 30, 4),
        (4, 1, 30, 30, 1),
        (4, 0, 30, 30, 0),
        (4, 0, 0, 0, 0),
    ],
)
def test_promotion_at_once_and_demotion_only_after_the_days(held, earned, unmet_days, after, level):
    assert decide(held, earned, unmet_days, after) == level


def test_checks_tell_the_member_what_is_missing():
    found = checks(RULES[2], MemberFacts(team_size=31, team_sales_fen=100), RULES)
    assert [(check.condition, check.wanted, check.found, check.met) for check in found] == [
        ("team_size", "30", "31", True),
        ("team_sales", "50000.00", "1.00", False),
    ]


def test_every_condition_can_be_the_only_one():
    values = {
        "own_spend": '"1"',
        "direct_members": "1",
        "team_size": "1",
        "team_sales": '"1"',
        "legs": '{ count = 1, rank = "V1" }',
        "product": '"tea"',
    }
    assert set(values) == set(CONDITIONS)
    met = MemberFacts(100, 1, 1, 100, ("V1",), frozenset({"tea"}))
    none = replace(met, leg_ranks=("",), products=frozenset(), own_spend_fen=0)
    none = replace(none, direct_members=0, team_size=0, team_sales_fen=0)
    for name, value in values.items():
        rules = promotion_from_toml(f"[V1]\n{name} = {value}")
        assert earned_rank(met, rules) == "V1"
        assert earned_rank(none, rules) == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[V1]", "V1"),
        ('[V1]\nmatch = "all"', "V1"),
        ('[V1]\nmatch = "some"\nteam_size = 1', "V1.match"),
        ("[V1]\nown_spend = 1000.0", "V1.own_spend"),
        ("[V1]\nown_spend = 1000", "V1.own_spend"),
        ("[V1]\nteam_size = 0", "V1.team_size"),
        ("[V1]\nteam_size = true", "V1.team_size"),
        ("[V1]\nfriends = 3\nteam_size = 1", "V1.friends"),
        ("[V1]\nlegs = { count = 2 }", "V1.legs"),
        ('[V1]\nlegs = { count = 2, rank = "V9" }', "V1.legs.rank"),
        ('[V1]\nlegs = { count = 0, rank = "V1" }', "V1.legs.count"),
        ('[V1]\nproduct = ""', "V1.product"),
        ('[""]\nteam_size = 1', "rank"),
        ("V1 = 3", "V1"),
        ("[V1", "TOML"),
    ],
)
def test_unusable_rules_of_promotion_name_the_key(text, key):
    with pytest.raises(UnusableRules) as refusal:
        promotion_from_toml(text)
    assert refusal.value.key == key
