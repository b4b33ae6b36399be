"""Forced exit (强制退出) at a multiple of the spend, and the cascade it may start.

A lot with spend V and n granted units is due when its value reaches m × V, that is when
n·A ≥ m·V·S. Its exit price is m·V/n, so that the due lot with the lowest V/n goes first; equal
ones go by lot sequence. With basis ``member`` the same is asked of ΣV and Σn over the member's
cycle. The pool keeps the queue of exit prices.
"""

from heapq import heappop

from zengzhi.core.economy.pool import Cycle, Economy, LotPart, exit_key
from zengzhi.core.economy.sale import attribute, payout_at_price, units_of
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, Fen


def _head(economy: Economy) -> Cycle | None:
    """The holder with the lowest exit price; stale entries of the queue are dropped."""
    queue = economy.exit_queue
    by_lot = economy.rules.exit_basis == "lot"
    while queue:
        key, sequence, member = queue[0]
        if by_lot:
            lot = economy.lots[sequence]
            if lot.remaining_units:
                return Cycle(sequence, lot.spend_fen, lot.granted_units, [lot])
        else:
            cycle = economy.cycles.get(member)
            if (
                cycle is not None
                and cycle.first_sequence == sequence
                and exit_key(cycle.spend_fen, cycle.granted_units) == key
                and any(lot.remaining_units for lot in cycle.lots)
            ):
                return cycle
        heappop(queue)
    return None


def _exit(economy: Economy, cycle: Cycle) -> list[LotPart]:
    """Sell everything that is left: gross = min(Q·A/S, m·V·Q/n), one floor at the payout."""
    multiple = economy.rules.exit_multiple
    assert multiple is not None  # noqa: S101  (nothing is queued while exits are off)
    retention_ppm = economy.rules.exit_retention_ppm
    taken = [(lot, lot.remaining_units) for lot in cycle.lots if lot.remaining_units]
    left_units = units_of(taken)
    at_multiple_fen = mul_div(
        multiple.numerator * cycle.spend_fen * left_units,
        PPM - retention_ppm,
        multiple.denominator * cycle.granted_units * PPM,
        Rounding.DOWN,
    )
    at_price_fen = payout_at_price(economy, left_units, retention_ppm)
    payout_fen = Fen(min(at_price_fen, at_multiple_fen))
    parts = attribute(taken, payout_fen)
    economy.take_out(parts)
    for lot in cycle.lots:
        lot.exited = True
    economy.paid_out_fen = Fen(economy.paid_out_fen + payout_fen)
    return parts


def run_exits(economy: Economy) -> list[LotPart]:
    """Exit every due lot, lowest exit price first, again and again until none is due (cascade).

    A lot never takes out more than its multiple: what is above stays in the pool and may lift the
    next one over its own.
    """
    multiple = economy.rules.exit_multiple
    exits: list[LotPart] = []
    if multiple is None:
        return exits
    while economy.outstanding_units and not economy.nothing_due():
        cycle = _head(economy)
        if cycle is None:
            break
        value = cycle.granted_units * economy.pool_fen * multiple.denominator
        threshold = multiple.numerator * cycle.spend_fen * economy.outstanding_units
        if value < threshold:
            break
        member = cycle.lots[0].member
        heappop(economy.exit_queue)
        exits += _exit(economy, cycle)
        economy.cycles.pop(member, None)
    return exits
