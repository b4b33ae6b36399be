"""Settle an order: points at the price before it, its contribution into the pool, a new lot."""

from zengzhi.core.economy.forced_exit import enqueue_lot
from zengzhi.core.economy.order_split import reward_value, split_order
from zengzhi.core.economy.pool import Economy, Lot, Outcome
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import LimitExceeded
from zengzhi.core.units import ORDER_FEN_MAX


def settle_order(
    economy: Economy, event_id: str, member: str, paid_fen: int, split: Split | None = None
) -> Outcome:
    """points = ⌊r·S/A⌋, or ⌊r / opening price⌋ while S = 0; A' = A + c; S' = S + points.

    The price is the one *before* the order's own contribution. An order whose points are 0 settles
    all the same and opens a lot. Errors: ``limit_exceeded``.
    """
    if paid_fen > ORDER_FEN_MAX:
        raise LimitExceeded("the order", "100000000 yuan")
    parts = split_order(paid_fen, split or economy.rules.split)
    reward_fen = reward_value(parts.contribution_fen, economy.rules.reward_ppm)
    points_units = economy.points_for(reward_fen)
    pool_fen = economy.pool_fen + parts.contribution_fen
    outstanding_units = economy.outstanding_units + points_units
    economy.check_limits(pool_fen, outstanding_units)
    economy.pool_fen = pool_fen
    economy.outstanding_units = outstanding_units
    economy.put_in_fen += parts.contribution_fen
    lot = Lot(
        sequence=len(economy.lots),
        event_id=event_id,
        member=member,
        is_grant=False,
        spend_fen=paid_fen,
        contribution_fen=parts.contribution_fen,
        granted_units=points_units,
        remaining_units=points_units,
    )
    economy.open_lot(lot)
    enqueue_lot(economy, lot)
    return Outcome(points_units=points_units, contribution_fen=parts.contribution_fen, opened=lot)
