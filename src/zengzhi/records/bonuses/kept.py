"""What is left of an order's distribution once R of V is refunded: the same fractions for all."""

from collections.abc import Iterable

from zengzhi.core.economy.refund import refunded_part
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM


def kept_fen(amount_fen: int, refunded_fen: int, base_fen: int) -> int:
    """What is left of an amount: b − ⌊b·R/V⌋.

    >>> kept_fen(7_00, 50_00, 100_00), kept_fen(5, 50_00, 100_00)
    (350, 3)
    """
    return amount_fen - refunded_part(amount_fen, base_fen, refunded_fen)


def distribution_left_fen(
    base_fen: int, distribution_ppm: int, refunded_fen: int, refunded_before_fen: int
) -> int:
    """The distribution part of what is left of an order. It settles for V − R₀, what was not
    refunded before, and later refunds take ⌊·R/V⌋ of that part.

    >>> distribution_left_fen(100_00, 300_000, 50_00, 50_00)
    1500
    """
    settled_fen = base_fen - refunded_before_fen
    part_fen = mul_div(distribution_ppm, settled_fen, PPM, Rounding.DOWN)
    if settled_fen == 0:
        return 0
    return kept_fen(part_fen, refunded_fen - refunded_before_fen, settled_fen)


def short_fen(amounts: Iterable[int], refunded_fen: int, base_fen: int, left_fen: int) -> int:
    """What is kept of all amounts together beyond the distribution part that is left: fen of
    rounding, which the platform bears."""
    kept = sum(kept_fen(amount_fen, refunded_fen, base_fen) for amount_fen in amounts)
    return max(0, kept - left_fen)
