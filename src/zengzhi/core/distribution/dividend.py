"""股东加权分红 weighted dividend: a pool paid by weight, so that the parts sum exactly."""

from collections.abc import Sequence

from zengzhi.core.errors import UnusableRules
from zengzhi.core.rounding import split_largest_remainder
from zengzhi.core.units import Fen


def dividend_weight(shares: int, level_weight: int) -> int:
    """Weight = shares × level weight."""
    return shares * level_weight


def pay_dividend(pool_fen: Fen, weights: Sequence[int]) -> list[int]:
    """Parts of the pool in fen by weight, largest remainder, ties to the earlier one.

    Errors: ``unusable_rules`` when nobody has any weight: the pool could not be paid.

    >>> parts = pay_dividend(1000, [10] * 2 + [20] * 5 + [30] * 10)
    >>> parts[:2], parts[2:7], parts[7:9], parts[9:], sum(parts)
    ([24, 24], [48, 48, 48, 48, 48], [72, 72], [71, 71, 71, 71, 71, 71, 71, 71], 1000)
    """
    if sum(weights) <= 0:
        raise UnusableRules("weights", sum(weights), "at least one weight above 0")
    return split_largest_remainder(pool_fen, weights)


def reduce_dividend(parts: Sequence[int], shortfall_fen: Fen) -> list[int]:
    """The parts of a frozen list where money is missing: each bears its part of the shortfall,
    largest remainder, ties to the earlier one; nobody gets more than was listed.

    >>> reduce_dividend([500, 300, 200], 101)
    [449, 270, 180]
    """
    missing = split_largest_remainder(shortfall_fen, parts)
    return [fen - less for fen, less in zip(parts, missing, strict=True)]
