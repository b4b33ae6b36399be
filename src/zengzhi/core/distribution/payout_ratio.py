"""拨比 payout ratio: what is paid in bonuses out of what is paid for orders.

拨比 = Σ bonuses ÷ Σ order amounts, both in money of the same orders, the dividend part included. It
is an exact fraction; shown in percent.
"""

from fractions import Fraction

from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, Fen, format_rate


def payout_ratio(bonuses_fen: Fen, orders_fen: Fen) -> Fraction:
    """Σ bonuses / Σ order amounts; 0 where nothing was bought.

    >>> payout_ratio(39_500, 100_000), payout_ratio(0, 0)
    (Fraction(79, 200), Fraction(0, 1))
    """
    return Fraction(bonuses_fen, orders_fen) if orders_fen else Fraction(0)


def percent(ratio: Fraction) -> str:
    """A share of the paid amount as a percentage, rounded up to 4 decimals: never shown too low.

    >>> percent(Fraction(79, 200)), percent(Fraction(1, 3))
    ('39.5%', '33.3334%')
    """
    return format_rate(mul_div(ratio.numerator, PPM, ratio.denominator, Rounding.UP))
