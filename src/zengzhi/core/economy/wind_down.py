"""Wind down (清盘): the whole pool is paid to the open lots by points, and the pool is closed."""

from zengzhi.core.economy.pool import Economy, LotPart, Outcome
from zengzhi.core.rounding import split_largest_remainder
from zengzhi.core.units import Fen


def wind_down(economy: Economy) -> Outcome:
    """Each open lot is paid ⌊q·A/S⌋, the rest of the fen by largest remainder, ties to the earlier
    lot; no retention, no multiple; A' = S' = 0, nothing is swept and the epoch stays.

    With S = 0 nothing is paid and the pool is closed all the same. Errors: ``pool_closed``.

    >>> from zengzhi.core.economy.rules import Rules
    >>> wind_down(Economy(Rules())).payout_fen
    0
    """
    economy.check_open()
    open_lots = [lot for lot in economy.lots if lot.remaining_units]
    payouts = split_largest_remainder(economy.pool_fen, [lot.remaining_units for lot in open_lots])
    parts = [
        LotPart(lot, lot.remaining_units, Fen(payout_fen))
        for lot, payout_fen in zip(open_lots, payouts, strict=True)
    ]
    paid_units, payout_fen = economy.take_out(parts)
    economy.paid_out_fen = Fen(economy.paid_out_fen + payout_fen)
    economy.closed = True
    return Outcome(points_units=paid_units, payout_fen=payout_fen, exits=parts)
