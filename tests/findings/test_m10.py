"""M10: an order is quoted what the core then pays, in an empty pool as in any other."""

import random
from datetime import UTC, datetime

import pytest

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.events import Order, Sell
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import Split, rules_from_mapping
from zengzhi.records.settlement.pools import Market
from zengzhi.records.settlement.quotes import order_quote

AT = datetime(2026, 1, 1, tzinfo=UTC)
RULES = (
    {},
    {"opening_price": "0.07", "reward": {"rate": "100%"}},
    {"opening_price": "123.45", "sale": {"retention": "0%"}},
    {"split": {"legacy": "7.7777%"}, "sale": {"retention": "33.3333%"}},
)


def state(mapping, pool_fen=0, outstanding_units=0, closed=False):
    return Market(1, pool_fen, outstanding_units, rules_from_mapping(mapping), 0, AT, closed)


def bought_and_sold(market, paid_fen, split):
    """Points and payout of an order and of the sale of all its points right after it."""
    economy = Economy(market.rules, market.pool_fen, market.outstanding_units)
    bought = apply(economy, Order("o", "m", paid_fen, split))
    assert not bought.exits
    if not bought.points_units:
        return 0, 0
    sold = apply(economy, Sell("s", "m", None))
    return bought.points_units, sold.payout_fen


def test_the_first_order_into_an_empty_pool_is_quoted_240_and_not_168():
    quote = order_quote(state({}), 100_000)
    assert (quote.points_units, quote.value_fen, quote.payout_fen) == (210 * 10**8, 30_000, 24_000)


@pytest.mark.parametrize("mapping", RULES)
@pytest.mark.parametrize("split", [None, Split(100_000, 200_000, 50_000, 12_345)])
def test_points_and_payout_are_what_the_core_gives_in_any_state(mapping, split):
    rng = random.Random(10)
    for number in range(200):
        pool_fen = 0 if number % 4 == 0 else rng.randrange(1, 10 ** rng.randrange(1, 12))
        outstanding_units = 0
        if pool_fen:
            # A price between 0.01 and 100 yuan: high enough above the opening price or not.
            outstanding_units = pool_fen * 10**6 * 100 // rng.randrange(1, 10_000)
        market = state(mapping, pool_fen, outstanding_units)
        paid_fen = rng.choice([1, 3, 99, 100_000, rng.randrange(1, 10**9)])
        quote = order_quote(market, paid_fen, split)
        assert (quote.points_units, quote.payout_fen) == bought_and_sold(market, paid_fen, split)
        parts = (quote.cost_fen, quote.distribution_fen, quote.platform_fen, quote.legacy_fen)
        assert sum(parts) + quote.contribution_fen == paid_fen


def test_a_pool_that_was_wound_down_promises_no_points():
    quote = order_quote(state({}, closed=True), 100_000)
    assert (quote.points_units, quote.value_fen, quote.payout_fen) == (0, 0, 0)
