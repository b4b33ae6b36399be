"""Refund (退款) of a settled lot, whole or in part: by *count* of its points, never by value."""

from zengzhi.core.economy.pool import Economy, Lot, Outcome
from zengzhi.core.errors import AlreadyRefunded, InvalidAmount, UnknownOrder
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import Fen, PointUnits, format_yuan


def refunded_part(amount: int, spend_fen: int, refunded_fen: int, before_fen: int = 0) -> int:
    """⌊amount·R/V⌋ − ⌊amount·R₀/V⌋: what of an amount falls to the refund from R₀ to R of V.

    >>> refunded_part(100, 300, 100), refunded_part(100, 300, 200, 100)
    (33, 33)
    """
    now = mul_div(amount, refunded_fen, spend_fen, Rounding.DOWN)
    return now - mul_div(amount, before_fen, spend_fen, Rounding.DOWN)


def refundable_lot(economy: Economy, order: str) -> Lot:
    """The lot of an order. A grant is no order. Errors: ``unknown_order``."""
    lot = economy.lot_by_id.get(order)
    if lot is None or lot.is_grant:
        raise UnknownOrder(order)
    return lot


def more_than_left(amount_fen: int, left_fen: int) -> InvalidAmount:
    """The refusal of a refund that is larger than what is left of the spend."""
    shown = format_yuan(amount_fen) if amount_fen < 10**20 else "the amount"
    return InvalidAmount(shown, f"at most the {format_yuan(left_fen)} yuan left to refund")


def refund(economy: Economy, order: str, amount_fen: Fen | None = None) -> Outcome:
    """Refund ``amount_fen`` (``None``: all that is left) of the spend V of an order.

    With R refunded in all and R₀ before: burn min(q, ⌊n·R/V⌋ − ⌊n·R₀/V⌋), all of q when R = V;
    the pool gives back x = min(⌊c·R/V⌋ − ⌊c·R₀/V⌋, ⌊burnt·A/S⌋), so that the price never falls;
    what the lot had paid out, y by the same floors, is set off; the refund reserve bears
    c-part − x − y (receives it when negative). Errors: ``unknown_order``, ``already_refunded``,
    ``invalid_amount`` for more than is left of V.
    """
    lot = refundable_lot(economy, order)
    before_fen = lot.refunded_fen
    left_fen = Fen(lot.spend_fen - before_fen)
    if left_fen == 0:
        raise AlreadyRefunded(order)
    if amount_fen is not None and amount_fen > left_fen:
        raise more_than_left(amount_fen, left_fen)
    refunded_fen = Fen(before_fen + (left_fen if amount_fen is None else amount_fen))

    def part(amount: int) -> int:
        return refunded_part(amount, lot.spend_fen, refunded_fen, before_fen)

    burnt_units = lot.remaining_units
    if refunded_fen != lot.spend_fen:
        burnt_units = PointUnits(min(burnt_units, part(lot.granted_units)))
    due_fen = part(lot.contribution_fen)
    from_pool_fen = Fen(min(due_fen, economy.value_fen(burnt_units)))
    set_off_fen = Fen(part(lot.paid_fen))
    reserve_fen = Fen(due_fen - from_pool_fen - set_off_fen)
    lot.refunded_fen = refunded_fen
    lot.remaining_units = PointUnits(lot.remaining_units - burnt_units)
    economy.outstanding_units = PointUnits(economy.outstanding_units - burnt_units)
    economy.pool_fen = Fen(economy.pool_fen - from_pool_fen)
    economy.refunded_fen = Fen(economy.refunded_fen + from_pool_fen)
    economy.refund_reserve_fen = Fen(economy.refund_reserve_fen + reserve_fen)
    return Outcome(
        points_units=burnt_units,
        from_pool_fen=from_pool_fen,
        set_off_fen=set_off_fen,
        reserve_fen=reserve_fen,
    )
