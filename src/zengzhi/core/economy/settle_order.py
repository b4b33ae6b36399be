"""Settle an order (订单结算): points at the price before it, its contribution, a new lot."""

from zengzhi.core.economy.forced_exit import enqueue_lot
from zengzhi.core.economy.order_split import reward_value, split_order
from zengzhi.core.economy.pool import Economy, Lot, Outcome
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import LimitExceeded
from zengzhi.core.units import ORDER_FEN_MAX, Fen, PointUnits


def take_in(
    economy: Economy,
    event_id: str,
    member: str,
    spend_fen: Fen,
    money_fen: Fen,
    points_units: PointUnits,
    is_grant: bool = False,
) -> Outcome:
    """A' = A + money, S' = S + points, and the lot that holds them. Errors: ``limit_exceeded``."""
    pool_fen = Fen(economy.pool_fen + money_fen)
    outstanding_units = PointUnits(economy.outstanding_units + points_units)
    economy.check_limits(pool_fen, outstanding_units)
    economy.pool_fen = pool_fen
    economy.outstanding_units = outstanding_units
    economy.put_in_fen = Fen(economy.put_in_fen + money_fen)
    lot = Lot(
        sequence=len(economy.lots),
        event_id=event_id,
        member=member,
        is_grant=is_grant,
        spend_fen=spend_fen,
        contribution_fen=money_fen,
        granted_units=points_units,
        remaining_units=points_units,
    )
    economy.open_lot(lot)
    enqueue_lot(economy, lot)
    return Outcome(points_units=points_units, contribution_fen=money_fen, opened=lot)


def settle_order(
    economy: Economy, event_id: str, member: str, paid_fen: Fen, split: Split | None = None
) -> Outcome:
    """points = ⌊r·S/A⌋, or ⌊r / opening price⌋ while S = 0; A' = A + c; S' = S + points.

    The price is the one *before* the order's own contribution. An order whose points are 0 settles
    all the same and opens a lot. Errors: ``pool_closed``, ``limit_exceeded``.
    """
    economy.check_open()
    if paid_fen > ORDER_FEN_MAX:
        raise LimitExceeded("the order", "100000000 yuan")
    parts = split_order(paid_fen, split or economy.rules.split)
    reward_fen = reward_value(parts.contribution_fen, economy.rules.reward_ppm)
    points_units = economy.points_for(reward_fen)
    outcome = take_in(economy, event_id, member, paid_fen, parts.contribution_fen, points_units)
    outcome.split = parts
    return outcome
