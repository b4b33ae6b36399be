"""Exact integer arithmetic in 64-bit words.

A floor ⌊x·y/d⌋ is estimated in float64 and put right by its exact residual. Five roundings make
the estimate, so that it is off by at most 5·2⁻⁵³ of the quotient plus one, and the true residual
fits a wrapping int64 whenever (5·2⁻⁵³·quotient + 1)·d < 2⁶³. Within the limits of the economy
(A < 2⁵³ fen, S < 2⁶⁰ units, one order ≤ 10¹⁰ fen) that covers every division here:

===================  ================  =====================
division             quotient          divisor
===================  ================  =====================
points  r·S/A        < 2⁶⁰ (checked)   A < 2⁵³
value   k·A/S        ≤ A < 2⁵³         S < 2⁶⁰
pro rata             ≤ total < 2⁵³     units < 2⁶⁰
refund  n·R/V        ≤ n < 2⁶⁰         V < 2³⁴
refund  paid·R/V     ≤ paid < 2⁶¹      V < 2³⁴
===================  ================  =====================

Comparisons of products that do not fit are made in 256 bits, by :func:`at_least`.
"""

from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.units import PPM


@intrinsic
def _high_word(typing_context: Any, a: Any, b: Any) -> Any:
    """The upper 64 bits of the product of two unsigned 64-bit words."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        left, right = (builder.zext(argument, wide) for argument in arguments)
        product = builder.mul(left, right)
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), build


high_word = cast(Any, _high_word)


@compiled
def mul_div(x: int, y: int, d: int) -> int:
    """⌊x·y/d⌋ for non-negative x, y and d > 0 in the domain above."""
    quotient = int(float(x) * float(y) / float(d))
    residual = x * y - quotient * d
    if residual < 0 or residual >= d:
        quotient += residual // d
    return quotient


@compiled
def mul_div_rest(x: int, y: int, d: int) -> tuple[int, int]:
    """⌊x·y/d⌋ and what is left of x·y."""
    quotient = mul_div(x, y, d)
    return quotient, x * y - quotient * d


@compiled
def payout_at_price(units: int, pool: int, outstanding: int, keep_ppm: int) -> int:
    """⌊units·A·keep/(S·10⁶)⌋ by one floor.

    With units·A = v·S + rest the exact value is (v·keep + rest·keep/S)/10⁶, and an integer may be
    taken out of a floor.
    """
    value, rest = mul_div_rest(units, pool, outstanding)
    millions = value // PPM
    below = (value - millions * PPM) * keep_ppm + mul_div(rest, keep_ppm, outstanding)
    return millions * keep_ppm + below // PPM


@compiled
def _times(high: Any, middle: Any, low: Any, factor: Any) -> Any:
    """(high, middle, low)·factor as four words, the highest first."""
    w0 = low * factor
    carry = high_word(low, factor)
    part = middle * factor
    w1 = part + carry
    carry = high_word(middle, factor) + (np.uint64(1) if w1 < part else np.uint64(0))
    part = high * factor
    w2 = part + carry
    w3 = high_word(high, factor) + (np.uint64(1) if w2 < part else np.uint64(0))
    return w3, w2, w1, w0


@compiled
def _product(a: int, b: int, c: int, d: int) -> Any:
    first, second = np.uint64(a), np.uint64(b)
    zero = np.uint64(0)
    _none, w2, w1, w0 = _times(zero, high_word(first, second), first * second, np.uint64(c))
    return _times(w2, w1, w0, np.uint64(d))


@compiled
def at_least(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int) -> bool:
    """a·b·c·d ≥ e·f·g·h exactly, for non-negative numbers below 2⁶³ (256 bits)."""
    l3, l2, l1, l0 = _product(a, b, c, d)
    r3, r2, r1, r0 = _product(e, f, g, h)
    if l3 != r3:
        return bool(l3 > r3)
    if l2 != r2:
        return bool(l2 > r2)
    if l1 != r1:
        return bool(l1 > r1)
    return bool(l0 >= r0)


@compiled
def payout_at_multiple(
    units: int, spend: int, granted: int, numerator: int, denominator: int, keep_ppm: int
) -> int:
    """⌊m·V·units·keep/(n·10⁶)⌋ by one floor, for a quotient below 2⁵³."""
    over = float(numerator) * float(spend) * float(units) * float(keep_ppm)
    payout = int(over / (float(denominator) * float(granted) * float(PPM)))
    rate = denominator, PPM
    while not at_least(numerator, spend, units, keep_ppm, payout, granted, rate[0], rate[1]):
        payout -= 1
    while at_least(numerator, spend, units, keep_ppm, payout + 1, granted, rate[0], rate[1]):
        payout += 1
    return payout
