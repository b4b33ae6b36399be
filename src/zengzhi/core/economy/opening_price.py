"""The opening price (起盘价): what a point costs while none is in circulation (S = 0)."""

from fractions import Fraction

from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import UNITS_PER_POINT, Fen, PointUnits


def points_at_opening(value_fen: Fen, opening_price_fen: int | Fraction) -> PointUnits:
    """⌊value / opening price⌋ in units: what the first order or grant of an epoch is granted.

    Afterwards the whole pool backs these points: 300.00 behind 210 points is 1.4286 each, and a
    sale of them all pays 240.00. Whoever quotes it asks the pool as it is after the order.

    >>> points_at_opening(Fen(21_000), 100)
    21000000000
    """
    return PointUnits(mul_div(value_fen, UNITS_PER_POINT, opening_price_fen, Rounding.DOWN))
