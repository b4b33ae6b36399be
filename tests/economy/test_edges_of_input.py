"""Edges of lines and rules: huge numbers, repeated fields, prices with many decimals."""

import json

import pytest

from zengzhi.core.economy.replay import Replay, replay_lines
from zengzhi.core.economy.rules import describe, rules_from_mapping, rules_from_toml
from zengzhi.core.errors import UnusableRules
from zengzhi.core.kernel.replay import KernelReplay

ORDER = '{"op":"order","id":"a","member":"m","paid":"1000.00"}'
ENGINES = [Replay, KernelReplay]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "line",
    [
        '{"op":"order","id":"a","member":"m","paid":' + "1" * 5000 + "}",
        '{"op":"order","id":"a","member":"m","paid":"1","paid":"1"}',
        '{"op":"order","id":"a","member":"m","paid":"1","split":{"cost":"1%","cost":"1%"}}',
    ],
)
def test_a_malformed_line_keeps_the_id_that_can_be_read(engine, line):
    answers = list(replay_lines([line, ORDER], rules_from_mapping({}), engine))
    assert (answers[0]["id"], answers[0]["error"]) == ("a", "malformed")
    assert answers[1]["ok"], "a malformed line takes no id"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("price", "points", "shown"),
    [
        ("0.125", "1680.00000000", "0.1250"),
        ("0.0000001", "2100000000.00000000", "0.0000"),
        ("3.00003", "69.99930000", "3.0000"),
        ("1" + "0" * 30, "0.00000000", "1" + "0" * 30 + ".0000"),
    ],
)
def test_an_opening_price_is_any_decimal_and_exact(engine, price, points, shown):
    rules = rules_from_mapping({"opening_price": price})
    line, summary = replay_lines([ORDER], rules, engine)
    assert line["points"] == points
    empty, _summary = replay_lines([ORDER.replace("order", "none")], rules, engine)
    assert empty["price"] == shown
    assert summary["digest"]


@pytest.mark.parametrize("price", ["0.125", "1.00", "12.3456789", "0.5"])
def test_a_described_price_reads_as_the_same_price(price):
    rules = rules_from_mapping({"opening_price": price})
    again = rules_from_mapping({"opening_price": describe(rules)["opening_price"]})
    assert again.opening_price_fen == rules.opening_price_fen


@pytest.mark.parametrize(
    "price", ["0", "0.000", "1e3", "-1", "1/3", "", "１", "1.", ".5", "1" * 41, "0." + "1" * 41]
)
def test_other_opening_prices_are_refused(price):
    with pytest.raises(UnusableRules, match="opening_price"):
        rules_from_mapping({"opening_price": price})


@pytest.mark.parametrize(
    "text", ["[sale]\nretention = " + "9" * 5000, "name = 0x" + "f" * 5000, 'x = "' + "y" * 9000]
)
def test_huge_values_in_rules_are_refused_in_a_short_line(text):
    with pytest.raises(UnusableRules) as refusal:
        rules_from_toml(text)
    assert len(str(refusal.value)) < 400
    assert json.dumps(str(refusal.value))
