"""Quotes: what an order or a sale would do now, by the core's own formulas. Reads only.

A shown price promises nothing; a quoted payout is exact for the state it was quoted in.
"""

from dataclasses import dataclass

from zengzhi.core.economy.lot_choice import choose_lots
from zengzhi.core.economy.rules import Split
from zengzhi.core.economy.sale import sale_payout
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.errors import InsufficientPoints, UnknownOrder
from zengzhi.core.rounding import split_pro_rata
from zengzhi.core.units import Fen, PointUnits, format_price
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.holdings import PointsLocked, open_lots, sellable_lots, unlocked_at
from zengzhi.records.settlement.models import Lot, Pool
from zengzhi.records.settlement.pools import Market, market
from zengzhi.records.store import clock


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """What an order of this amount would do if it settled now. Money in fen."""

    cost_fen: int
    distribution_fen: int
    platform_fen: int
    legacy_fen: int
    contribution_fen: int
    reward_fen: int
    points_units: int
    value_fen: int
    payout_fen: int


@dataclass(frozen=True, slots=True)
class QuotedPart:
    """One lot's part of a quoted sale."""

    lot: Lot
    units: int
    left_units: int
    payout_fen: int


@dataclass(frozen=True, slots=True)
class SaleQuote:
    """A sale in the present state, exact. Money in fen."""

    units: int
    value_fen: int
    retention_fen: int
    payout_fen: int
    lots: list[QuotedPart]
    remaining_units: int
    price_after_text: str


def order_quote(state: Market, paid_fen: int, product_split: Split | None = None) -> OrderQuote:
    """What an order of ``paid_fen`` would do now; the number of points is fixed at settlement.

    Value and payout are those of its points in the pool as it is right after the order, which its
    own contribution is in: the first order into an empty pool has all of it behind its points.
    """
    economy = state.economy
    parts = split_order(Fen(paid_fen), product_split or state.rules.split)
    reward_fen = reward_value(parts.contribution_fen, state.rules.reward_ppm)
    points_units = PointUnits(0) if state.closed else economy.points_for(reward_fen)
    economy.pool_fen = Fen(economy.pool_fen + parts.contribution_fen)
    economy.outstanding_units = PointUnits(economy.outstanding_units + points_units)
    value_fen = economy.value_fen(points_units)
    payout_fen = sale_payout(economy, points_units) if points_units else 0
    return OrderQuote(*parts, reward_fen, points_units, value_fen, payout_fen)


def sale_quote(
    pool: Pool, member: Member, units: int | None, lot_event_id: str | None = None
) -> SaleQuote:
    """A sale as the core would do it now.

    Errors: ``insufficient_points``, ``unknown_order``, ``points_locked``.
    """
    state = market(pool)
    economy = state.economy
    lots = open_lots(pool, member)
    held_units = sum(lot.remaining_units for lot in lots)
    if lot_event_id is not None:
        lots = [lot for lot in lots if lot.event_id == lot_event_id]
        if not lots:
            raise UnknownOrder(lot_event_id)
    choice_units = sum(lot.remaining_units for lot in lots)
    free = sellable_lots(lots, clock.now())
    free_units = sum(lot.remaining_units for lot in free)
    sold_units = (free_units or choice_units) if units is None else units
    if not 0 < sold_units <= choice_units:
        raise InsufficientPoints(sold_units, choice_units)
    if sold_units > free_units:
        raise PointsLocked(free_units, unlocked_at(lots[len(free)]))
    taken = choose_lots(lots, sold_units)
    value_fen = economy.value_fen(PointUnits(sold_units))
    payout_fen = sale_payout(economy, PointUnits(sold_units))
    payouts = split_pro_rata(payout_fen, [part for _lot, part in taken])
    return SaleQuote(
        sold_units,
        value_fen,
        value_fen - payout_fen,
        payout_fen,
        [
            QuotedPart(lot, part, lot.remaining_units - part, fen)
            for (lot, part), fen in zip(taken, payouts, strict=True)
        ],
        held_units - sold_units,
        format_price(
            state.pool_fen - payout_fen,
            state.outstanding_units - sold_units,
            state.opening_price_fen,
        ),
    )
