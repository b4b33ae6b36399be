"""Break-even (回本): how many orders it takes, and what an order is worth at once (spec 1.9).

Decimals of 60 digits here are for the eye only; no amount is computed from them.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction

from zengzhi.core.economy.rules import Rules
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, Fen

_EXACT = Context(prec=60)
_FACTOR_MAX = Decimal(10) ** 30


@dataclass(frozen=True, slots=True)
class BreakEven:
    """When a lot is worth ``multiple`` × its spend."""

    multiple: Fraction
    factor: Decimal | None
    """n/k: lot k is there at about order n; ``None``: never (or beyond 10³⁰ orders)."""

    @property
    def factor_text(self) -> str:
        """The factor to read: whole from 10 on, else 1 decimal; "" for never.

        >>> break_even(Rules(), Fraction(1)).factor_text, BreakEven(Fraction(1), None).factor_text
        ('182', '')
        """
        if self.factor is None:
            return ""
        return f"{self.factor:,.0f}" if self.factor >= 10 else f"{self.factor:.1f}"

    def orders_needed(self, orders_today: int) -> int | None:
        """Orders in all, rounded up, until today's buyer is there."""
        if self.factor is None:
            return None
        needed = _EXACT.multiply(self.factor, Decimal(orders_today))
        return int(needed.to_integral_value(ROUND_CEILING))


def contribution_ppm(rules: Rules) -> int:
    """The pool contribution's share of the paid amount: together members get back no more."""
    return rules.split.contribution_ppm


def break_even(rules: Rules, multiple: Fraction) -> BreakEven:
    """n/k = (m / (g·c/V))^(1/(1−g)) at constant orders, no sales and no exits; g = reward rate.

    >>> row = break_even(Rules(), Fraction(1))
    >>> round(row.factor), row.orders_needed(1), row.orders_needed(1000)
    (182, 182, 181665)
    >>> round(break_even(Rules(), Fraction(3)).factor)
    7074
    """
    reward_ppm = rules.reward_ppm
    worth = Fraction(reward_ppm * contribution_ppm(rules), PPM * PPM)
    if not worth or reward_ppm == PPM:
        return BreakEven(multiple, None)
    ratio = multiple / worth
    if ratio <= 1:
        return BreakEven(multiple, Decimal(1))
    base = _EXACT.divide(Decimal(ratio.numerator), Decimal(ratio.denominator))
    power = _EXACT.divide(Decimal(PPM), Decimal(PPM - reward_ppm))
    logarithm = _EXACT.multiply(_EXACT.ln(base), power)
    if logarithm > _EXACT.ln(_FACTOR_MAX):
        return BreakEven(multiple, None)
    return BreakEven(multiple, _EXACT.exp(logarithm))


def break_even_table(rules: Rules) -> list[BreakEven]:
    """Value at 1 ×; the value whose payout after retention is the spend; 2 ×; 3 ×; the exit."""
    multiples = {Fraction(1), Fraction(2), Fraction(3)}
    if rules.retention_ppm < PPM:
        multiples.add(Fraction(PPM, PPM - rules.retention_ppm))
    if rules.exit_multiple is not None:
        multiples.add(rules.exit_multiple)
    return [break_even(rules, multiple) for multiple in sorted(multiples)]


@dataclass(frozen=True, slots=True)
class InstantPayout:
    """What the points of a fresh order pay when they are sold at once, in fen."""

    usual_fen: int
    """In a pool that is large against the order."""
    empty_pool_fen: int
    """As the only holder: the own contribution, less the retention."""


def instant_payout(rules: Rules, paid_fen: int) -> InstantPayout:
    """⌊r × (1 − retention)⌋, and ⌊c × (1 − retention)⌋ as the only holder.

    >>> instant_payout(Rules(), 100_000)
    InstantPayout(usual_fen=16800, empty_pool_fen=24000)
    """
    keep_ppm = PPM - rules.retention_ppm
    contribution_fen = split_order(Fen(paid_fen), rules.split).contribution_fen
    reward_fen = reward_value(contribution_fen, rules.reward_ppm)
    usual_fen = mul_div(reward_fen, keep_ppm, PPM, Rounding.DOWN)
    alone_fen = mul_div(contribution_fen, keep_ppm, PPM, Rounding.DOWN)
    return InstantPayout(usual_fen, alone_fen if reward_fen else 0)
