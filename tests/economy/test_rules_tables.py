"""The tables of a rules file that a replay does not use: read, checked, without effect there."""

import json

import pytest

from tests.kernel.engines import all_equal
from tests.oracle.streams import random_stream
from zengzhi.core.economy.rules import (
    Brakes,
    Rules,
    Split,
    describe,
    rules_from_mapping,
    rules_from_toml,
)
from zengzhi.core.errors import UnusableRules

FULL = """
name = "full"
opening_price = "1.00"
[split]
cost = "30%"
distribution = "30%"
platform = "10%"
legacy = "2.5%"
[reward]
rate = "70%"
[sale]
retention = "20%"
[brakes]
daily_sale_limit = "12.5%"
exempt_below = "1234.5"
daily_payout = "80%"
[conduct]
profile = "strict"
[exit]
multiple = "3"
basis = "lot"
retention = "20%"
"""


def test_every_table_of_the_specification_is_read():
    rules = rules_from_toml(FULL)
    assert rules.split == Split(300_000, 300_000, 100_000, 25_000)
    assert rules.brakes == Brakes(125_000, 1234_50000000, 800_000)
    assert rules.profile == "strict"


def test_absent_tables_and_keys_mean_the_seed_s_values():
    for text in ("", "[brakes]\n[conduct]\n[split]\n"):
        assert rules_from_toml(text) == Rules()
    brakes = rules_from_toml('[brakes]\ndaily_payout = "off"\nexempt_below = "0"\n').brakes
    assert brakes == Brakes(exempt_below_units=0)


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ({"split": {"legacy": "30.0001%"}}, "split"),
        ({"split": {"legacy": "101%"}}, "split.legacy"),
        ({"split": {"legacy": 0.3}}, "split.legacy"),
        ({"split": {"reserve": "1%"}}, "split.reserve"),
        ({"brakes": "off"}, "brakes"),
        ({"brakes": {"daily_sale_limit": "off"}}, "brakes.daily_sale_limit"),
        ({"brakes": {"daily_sale_limit": 0.1}}, "brakes.daily_sale_limit"),
        ({"brakes": {"daily_sale_limit": "101%"}}, "brakes.daily_sale_limit"),
        ({"brakes": {"exempt_below": "-1"}}, "brakes.exempt_below"),
        ({"brakes": {"exempt_below": 10000}}, "brakes.exempt_below"),
        ({"brakes": {"exempt_below": "1.123456789"}}, "brakes.exempt_below"),
        ({"brakes": {"daily_payout": "none"}}, "brakes.daily_payout"),
        ({"brakes": {"daily_payout": 1}}, "brakes.daily_payout"),
        ({"brakes": {"monthly": "1%"}}, "brakes.monthly"),
        ({"conduct": {"profile": "loose"}}, "conduct.profile"),
        ({"conduct": {"profile": ["strict"]}}, "conduct.profile"),
        ({"conduct": {"style": "strict"}}, "conduct.style"),
        ({"exit": {"basis": "pool"}}, "exit.basis"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_key(mapping, key):
    with pytest.raises(UnusableRules) as refusal:
        rules_from_mapping(mapping)
    assert refusal.value.key == key


@pytest.mark.parametrize("text", [FULL, "", '[brakes]\nexempt_below = "0"\n'])
def test_described_rules_read_as_the_same_rules(text):
    rules = rules_from_toml(text)
    again = {"name": rules.name}
    for key, value in describe(rules).items():
        table, _dot, name = key.rpartition(".")
        if table:
            again.setdefault(table, {})[name] = value
        else:
            again[name] = value
    assert rules_from_mapping(again) == rules


def test_brakes_and_conduct_do_not_bind_a_replay():
    lines = random_stream("brakes", 200, "mixed")
    braked = {
        "brakes": {"daily_sale_limit": "0%", "exempt_below": "0", "daily_payout": "0%"},
        "conduct": {"profile": "strict"},
    }
    assert json.dumps(all_equal(lines, braked)) == json.dumps(all_equal(lines, {}))
