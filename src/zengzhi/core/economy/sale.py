"""Points leave circulation at the price: sell (卖出), convert (积分兑换股份), expire."""

from zengzhi.core.economy.pool import Economy, Lot, LotPart, Outcome
from zengzhi.core.rounding import Rounding, mul_div, split_pro_rata
from zengzhi.core.units import PPM, Fen, PointUnits, Ppm

Taken = list[tuple[Lot, PointUnits]]


def payout_at_price(economy: Economy, units: PointUnits, retention_ppm: Ppm) -> Fen:
    """⌊k·A·(10⁶ − retention)/(S·10⁶)⌋ in fen: one floor, on the pool's side."""
    whole = economy.outstanding_units * PPM
    return Fen(mul_div(units * economy.pool_fen, PPM - retention_ppm, whole, Rounding.DOWN))


def sale_payout(economy: Economy, units: PointUnits) -> Fen:
    """What a sale of so many units pays in this state."""
    return payout_at_price(economy, units, economy.rules.retention_ppm)


def units_of(taken: Taken) -> PointUnits:
    """How many units were taken in all."""
    return PointUnits(sum(units for _lot, units in taken))


def attribute(taken: Taken, payout_fen: Fen) -> list[LotPart]:
    """A payout by lot, pro rata to the points: floors, the last takes the rest."""
    payouts = split_pro_rata(payout_fen, [units for _lot, units in taken])
    return [
        LotPart(lot, units, Fen(part_fen))
        for (lot, units), part_fen in zip(taken, payouts, strict=True)
    ]


def sell(
    economy: Economy, member: str, units: PointUnits | None, event_id: str | None = None
) -> Outcome:
    """payout = ⌊k·A·(10⁶ − retention)/(S·10⁶)⌋; A' = A − payout; S' = S − k.

    Lots are used first-in first-out unless one is named. Errors: ``unknown_member``,
    ``unknown_order``, ``insufficient_points``.
    """
    taken = economy.take_units(member, units, event_id)
    payout_fen = sale_payout(economy, units_of(taken))
    parts = attribute(taken, payout_fen)
    sold_units, _paid_fen = economy.take_out(parts)
    economy.paid_out_fen = Fen(economy.paid_out_fen + payout_fen)
    return Outcome(points_units=sold_units, payout_fen=payout_fen, parts=parts)


def convert(economy: Economy, member: str, units: PointUnits | None) -> Outcome:
    """x = ⌊k·A/S⌋ leaves the pool for the equity account; S' = S − k; no retention.

    x is attributed to the lots like a payout. Errors as of a sale.
    """
    taken = economy.take_units(member, units)
    value_fen = economy.value_fen(units_of(taken))
    parts = attribute(taken, value_fen)
    converted_units, _value_fen = economy.take_out(parts)
    economy.converted_fen = Fen(economy.converted_fen + value_fen)
    return Outcome(points_units=converted_units, from_pool_fen=value_fen, parts=parts)


def expire(economy: Economy, member: str, units: PointUnits | None) -> Outcome:
    """S' = S − k, nothing is paid (expire / forfeit). Errors as of a sale."""
    taken = economy.take_units(member, units)
    parts = attribute(taken, Fen(0))
    expired_units, _nothing = economy.take_out(parts)
    return Outcome(points_units=expired_units, parts=parts)
