"""Splitting an order wins no points, and in a run whoever waits is paid no less."""

import random
from itertools import pairwise

import pytest

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.events import Order, Sell
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import rules_from_mapping

WHOLE = {"cost": "0%", "distribution": "0%", "platform": "0%"}
RULES = ({}, {"split": WHOLE, "reward": {"rate": "100%"}, "sale": {"retention": "0%"}})
SMALLEST_FEN = 100
"""Below a yuan the parts that are rounded down, up to 3 fen an order, are worth more than that."""


def pool(mapping, paid_fen, exits="off"):
    economy = Economy(rules_from_mapping({**mapping, "exit": {"multiple": exits}}))
    apply(economy, Order("first", "first", paid_fen))
    return economy


def bought(mapping, first_fen, parts_fen):
    economy = pool(mapping, first_fen)
    return sum(
        apply(economy, Order(f"o{number}", "m", part_fen)).points_units
        for number, part_fen in enumerate(parts_fen)
    )


@pytest.mark.parametrize("mapping", RULES)
@pytest.mark.parametrize("count", [2, 10, 1000])
def test_an_order_in_parts_gets_no_more_points(mapping, count):
    rng = random.Random(count)
    for first_fen in (100, 12_345, 100_000, 7_654_321):
        parts_fen = [rng.randrange(SMALLEST_FEN, 50_000) for _part in range(count)]
        whole = bought(mapping, first_fen, [sum(parts_fen)])
        assert bought(mapping, first_fen, parts_fen) <= whole


def test_ten_parts_of_an_order_as_large_as_the_pool_lose_a_tenth():
    assert bought({}, 333_333, [333_333]) > 1.05 * bought({}, 333_333, [33_333] * 10)


@pytest.mark.parametrize("mapping", RULES)
@pytest.mark.parametrize("seed", range(5))
def test_in_a_run_each_seller_is_paid_no_less(mapping, seed):
    """Sellers of the same number of points, one after the other, until nobody is left."""
    rng = random.Random(seed)
    economy = pool(mapping, rng.randrange(10_000, 10**7))
    for number in range(9):
        apply(economy, Order(f"o{number}", f"m{number}", rng.randrange(10_000, 10**7)))
    units = min(lot.remaining_units for lot in economy.lots)
    sellers = [lot.member for lot in economy.lots]
    rng.shuffle(sellers)
    payouts = []
    for number, member in enumerate(sellers):
        sold = apply(economy, Sell(f"s{number}", member, units))
        payouts.append(sold.payout_fen)
        assert economy.pool_fen >= 0
    assert all(later + 1 >= earlier for earlier, later in pairwise(payouts))
    assert sum(payouts) <= economy.put_in_fen
