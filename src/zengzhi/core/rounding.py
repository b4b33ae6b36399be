"""Rounding is an argument, never a habit: every division of an amount names its direction."""

from collections.abc import Iterable, Sequence
from enum import Enum
from fractions import Fraction

from zengzhi.core.units import PPM


class Rounding(Enum):
    """The direction of an integer division of non-negative numbers."""

    DOWN = "down"
    """⌊a·b/c⌋: what leaves the pool, what is granted, what is paid."""
    UP = "up"
    """⌈a·b/c⌉: what is taken for a wanted amount."""
    HALF_UP = "half up"
    """⌊a·b/c + ½⌋: a tax, to the fen."""


def mul_div(a: int, b: int, c: int | Fraction, rounding: Rounding) -> int:
    """a·b/c in exact integers, rounded as asked. ``c`` must be positive, ``a·b`` not negative.

    >>> mul_div(7, 10, 3, Rounding.DOWN), mul_div(7, 10, 3, Rounding.UP)
    (23, 24)
    >>> mul_div(5, 1, 10, Rounding.HALF_UP), mul_div(4, 1, 10, Rounding.HALF_UP)
    (1, 0)
    """
    if c <= 0 or a * b < 0:
        raise ValueError(f"mul_div({a}, {b}, {c}) is outside its domain")
    if rounding is Rounding.HALF_UP:
        return (2 * a * b + c) // (2 * c)
    return a * b // c if rounding is Rounding.DOWN else -(-a * b // c)


def shares(rates_ppm: Iterable[int], base: int) -> list[int]:
    """⌊rate × base⌋ of one base for each rate, rounded down; none is ever negative.

    >>> shares((125_000, 300_000), 999)
    [124, 299]
    """
    return [mul_div(rate_ppm, base, PPM, Rounding.DOWN) for rate_ppm in rates_ppm]


def split_pro_rata(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of ``total`` by weight: floors, the last takes the rest (到账归各批).

    >>> split_pro_rata(100, [1, 1, 1])
    [33, 33, 34]
    """
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights[:-1]]
    return [*parts, total - sum(parts)]


def split_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of ``total`` by weight that sum exactly: floors, then one unit each by largest
    remainder; ties go to the earlier one. Weights all zero give zeros.

    >>> split_largest_remainder(1000, [10, 10, 20])
    [250, 250, 500]
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[:left]:
        parts[i] += 1
    return parts
