"""The kernel's arithmetic against Python's integers, where float64 is at its worst."""

import random
from fractions import Fraction

import pytest

from zengzhi.core.kernel.arith import (
    at_least,
    mul_div,
    mul_div_rest,
    payout_at_multiple,
    payout_at_price,
)

POOL, OUTSTANDING, ORDER = 2**53, 2**60, 10**10
PPM = 10**6


def near(rng, limit):
    """A number just below the limit, just above a power of two, or anywhere."""
    choice = rng.randrange(4)
    if choice == 0:
        return limit - 1 - rng.randrange(50)
    if choice == 1:
        return min(limit - 1, 2 ** rng.randrange(1, limit.bit_length()) + rng.randrange(3))
    return rng.randrange(1, limit) if choice == 2 else rng.randrange(1, 1000)


def on_the_edge(rng, x, d, y_limit):
    """A y for which x·y is a multiple of d, or one more or less than one: the floor's edge."""
    quotient = rng.randrange(1, max(2, min(2**60, x * y_limit // d)))
    return max(0, min(y_limit - 1, quotient * d // x + rng.randrange(-1, 2)))


def divisions(rng, count):
    """x, y, d of every kind of division the verbs make, inside their limits."""
    for number in range(count):
        pool, outstanding = near(rng, POOL), near(rng, OUTSTANDING)
        kind = number % 4
        if kind == 0:  # points r·S/A, a grant's money may be as much as the pool's limit
            x, y, d = near(rng, ORDER if rng.random() < 0.5 else POOL), outstanding, pool
            y = on_the_edge(rng, x, d, OUTSTANDING) if rng.random() < 0.5 else y
        elif kind == 1:  # value k·A/S
            x, y, d = rng.randrange(1, outstanding + 1), pool, outstanding
            y = on_the_edge(rng, x, d, POOL) if rng.random() < 0.5 else y
        elif kind == 2:  # refund n·R/V
            d = near(rng, ORDER)
            x, y = outstanding, rng.randrange(d + 1)
        else:  # paid·R/V
            d = near(rng, ORDER)
            x, y = near(rng, 2**61), rng.randrange(d + 1)
        if x * y // d < 2**60:
            yield x, y, d


def test_the_division_is_exact_at_the_extremes():
    wrong_estimates, edges = 0, 0
    for x, y, d in divisions(random.Random(1), 60_000):
        assert mul_div(x, y, d) == x * y // d, (x, y, d)
        quotient, rest = mul_div_rest(x, y, d)
        assert (quotient, rest) == divmod(x * y, d), (x, y, d)
        wrong_estimates += int(float(x) * float(y) / float(d)) != x * y // d
        edges += x * y % d in (0, 1, d - 1)
    # The test decides something only if the estimate alone is often wrong.
    assert wrong_estimates > 5_000
    assert edges > 500


@pytest.mark.parametrize("distance", range(1, 40))
def test_at_the_very_limits_of_pool_and_circulation(distance):
    pool, outstanding = POOL - distance, OUTSTANDING - distance
    for x in (1, 2, ORDER, pool // 3, pool - 1, pool):
        assert mul_div(x, outstanding, pool) == x * outstanding // pool
    for units in (1, outstanding // 2, outstanding - 1, outstanding):
        assert mul_div(units, pool, outstanding) == units * pool // outstanding


def test_a_sale_has_one_floor_only():
    rng = random.Random(2)
    two_floors = 0
    for _ in range(30_000):
        pool, outstanding = near(rng, POOL), near(rng, OUTSTANDING)
        units, keep = rng.randrange(1, outstanding + 1), rng.choice([0, 1, 800_000, 999_999, PPM])
        exact = units * pool * keep // (outstanding * PPM)
        assert payout_at_price(units, pool, outstanding, keep) == exact
        two_floors += units * pool // outstanding * keep // PPM != exact
    assert two_floors > 100


def test_products_of_256_bits_compare_exactly():
    rng = random.Random(3)
    close = 0
    for _ in range(30_000):
        left = [near(rng, 2**63) for _ in range(4)]
        right = rng.sample(left, 4)
        if rng.random() < 0.7:
            place = rng.randrange(4)
            right[place] = max(0, min(2**63 - 1, right[place] + rng.randrange(-1, 2)))
        a, b = 1, 1
        for one, other in zip(left, right, strict=True):
            a, b = a * one, b * other
        assert at_least(*left, *right) == (a >= b)
        close += a != b and float(a) == float(b)
    assert close > 1_000


def test_the_payout_of_an_exit_has_one_floor_for_any_multiple():
    rng = random.Random(4)
    for _ in range(20_000):
        multiple = Fraction(near(rng, 2**62), near(rng, 2**62))
        if multiple < 1:
            multiple = 1 / multiple
        granted, spend = near(rng, OUTSTANDING), near(rng, POOL)
        units, keep = rng.randrange(1, granted + 1), rng.choice([0, 1, 800_000, PPM])
        m, k = multiple.numerator, multiple.denominator
        exact = m * spend * units * keep // (k * granted * PPM)
        if exact < POOL:
            assert payout_at_multiple(units, spend, granted, m, k, keep) == exact
