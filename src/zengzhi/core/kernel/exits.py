"""Exits at a multiple and their cascade, in steps that can be resumed.

A due lot is worth at least its multiple (n·A ≥ m·V·S), so the lower of the two gross values is
always m·V·Q/n, and one floor gives the payout.
"""

from zengzhi.core.kernel.arith import at_least, mul_div, payout_at_multiple
from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.layout import (
    BY_MEMBER,
    CHANGES,
    DENOMINATOR,
    EXIT_KEEP,
    EXITED,
    EXITS,
    HEAP,
    NUMERATOR,
    OUTSTANDING,
    PAID,
    PAID_OUT,
    POOL,
    REMAINING,
    WANT_CHANGES,
    WANT_EXITS,
    Output,
    World,
)
from zengzhi.core.kernel.lots import change_row, remaining_of, want
from zengzhi.core.kernel.queue import drop_head, exit_numbers


@compiled
def _left(w: World, item: int) -> tuple[int, int]:
    """How many lots of a holder have points left, and how many points in all."""
    if not w.rules[BY_MEMBER]:
        units = remaining_of(w, item)
        return (1 if units else 0), units
    lots, total = 0, 0
    following = w.cycle_first[item]
    while following:
        lot = following - 1
        units = remaining_of(w, lot)
        lots += 1 if units else 0
        total += units
        following = w.member_next[lot]
    return lots, total


@compiled
def pay_off(w: World, out: Output, event: int, lot: int, units: int, payout: int) -> None:
    """A lot is paid for all that is left of it, and this is noted among the exits."""
    row = change_row(w, lot)
    w.changes[row, REMAINING] = 0
    w.changes[row, PAID] += payout
    place = w.state[EXITS]
    w.state[EXITS] += 1
    out.exits[place, 0] = event
    out.exits[place, 1] = lot
    out.exits[place, 2] = units
    out.exits[place, 3] = payout


@compiled
def _leave_cycle(
    w: World, out: Output, event: int, member: int, lots: int, total: int, payout: int
) -> None:
    """The payout by points left, the last takes the rest; the cycle closes."""
    rest = payout
    following = w.cycle_first[member]
    while following:
        lot = following - 1
        w.marks[lot] |= EXITED
        units = remaining_of(w, lot)
        if units:
            lots -= 1
            part = mul_div(payout, units, total) if lots else rest
            rest -= part
            pay_off(w, out, event, lot, units, part)
        following = w.member_next[lot]
    w.cycle_first[member] = 0
    w.cycle_spend[member] = 0
    w.cycle_granted[member] = 0


@compiled
def _exit_head(w: World, out: Output, event: int, lots: int, units: int) -> None:
    item = w.heap_item[0]
    spend, granted, _sequence = exit_numbers(w, item)
    rules = w.rules
    payout = payout_at_multiple(
        units, spend, granted, rules[NUMERATOR], rules[DENOMINATOR], rules[EXIT_KEEP]
    )
    if rules[BY_MEMBER]:
        _leave_cycle(w, out, event, item, lots, units, payout)
    else:
        w.marks[item] |= EXITED
        pay_off(w, out, event, item, units, payout)
    w.state[OUTSTANDING] -= units
    w.state[POOL] -= payout
    w.state[PAID_OUT] += payout
    drop_head(w)


@compiled
def run_exits(w: World, out: Output, event: int) -> int:
    """Exit every due holder, lowest exit price first; 0 when done, else the wish for room."""
    while w.state[HEAP] and w.state[OUTSTANDING]:
        pool, outstanding = w.state[POOL], w.state[OUTSTANDING]
        if float(pool) < float(outstanding) * w.due_price[0]:
            return 0
        item = w.heap_item[0]
        lots, units = _left(w, item)
        if units == 0:
            drop_head(w)
            continue
        spend, granted, _sequence = exit_numbers(w, item)
        numerator, denominator = w.rules[NUMERATOR], w.rules[DENOMINATOR]
        if not at_least(granted, pool, denominator, 1, numerator, spend, outstanding, 1):
            return 0
        if w.state[EXITS] + lots > out.exits.shape[0]:
            return want(w, WANT_EXITS, w.state[EXITS] + lots)
        if w.state[CHANGES] + lots > w.changes.shape[0]:
            return want(w, WANT_CHANGES, w.state[CHANGES] + lots)
        _exit_head(w, out, event, lots, units)
    return 0
