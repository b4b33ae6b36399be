"""Points leave circulation at the price: sell (卖出), convert (积分兑换股份), expire."""

from zengzhi.core.economy.pool import Economy, Lot, LotPart, Outcome
from zengzhi.core.rounding import split_pro_rata
from zengzhi.core.units import PPM


def sale_payout(economy: Economy, units: int) -> int:
    """⌊k·A·(10⁶ − retention)/(S·10⁶)⌋ in fen: one floor, on the pool's side."""
    keep_ppm = PPM - economy.rules.retention_ppm
    return units * economy.pool_fen * keep_ppm // (economy.outstanding_units * PPM)


def attribute(taken: list[tuple[Lot, int]], payout_fen: int) -> list[LotPart]:
    """A payout by lot, pro rata to the points: floors, the last takes the rest."""
    payouts = split_pro_rata(payout_fen, [units for _lot, units in taken])
    return [
        LotPart(lot, units, part_fen) for (lot, units), part_fen in zip(taken, payouts, strict=True)
    ]


def burn(economy: Economy, parts: list[LotPart]) -> None:
    """Take the points of the parts out of circulation and note what each lot was paid."""
    for part in parts:
        part.lot.remaining_units -= part.units
        part.lot.paid_fen += part.payout_fen
        economy.outstanding_units -= part.units


def sell(economy: Economy, member: str, units: int | None, event_id: str | None = None) -> Outcome:
    """payout = ⌊k·A·(10⁶ − retention)/(S·10⁶)⌋; A' = A − payout; S' = S − k.

    Lots are used first-in first-out unless one is named. Errors: ``unknown_member``,
    ``unknown_order``, ``insufficient_points``.
    """
    taken = economy.take_units(member, units, event_id)
    sold_units = sum(part_units for _lot, part_units in taken)
    payout_fen = sale_payout(economy, sold_units)
    parts = attribute(taken, payout_fen)
    burn(economy, parts)
    economy.pool_fen -= payout_fen
    economy.paid_out_fen += payout_fen
    return Outcome(points_units=sold_units, payout_fen=payout_fen, parts=parts)


def convert(economy: Economy, member: str, units: int | None) -> Outcome:
    """x = ⌊k·A/S⌋ leaves the pool for the equity account; S' = S − k; no retention.

    x is attributed to the lots like a payout. Errors as of a sale.
    """
    taken = economy.take_units(member, units)
    converted_units = sum(part_units for _lot, part_units in taken)
    value_fen = economy.value_fen(converted_units)
    parts = attribute(taken, value_fen)
    burn(economy, parts)
    economy.pool_fen -= value_fen
    economy.converted_fen += value_fen
    return Outcome(points_units=converted_units, from_pool_fen=value_fen, parts=parts)


def expire(economy: Economy, member: str, units: int | None) -> Outcome:
    """S' = S − k, nothing is paid (expire / forfeit). Errors as of a sale."""
    taken = economy.take_units(member, units)
    parts = attribute(taken, 0)
    burn(economy, parts)
    return Outcome(points_units=sum(part.units for part in parts), parts=parts)
