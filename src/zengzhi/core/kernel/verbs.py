"""The verbs over arrays. Each returns 0, an error code, or the wish for room, and changes
nothing unless it returns 0. The rules are those of the files of the same names in ``economy``."""

import numpy as np

from zengzhi.core.kernel.arith import mul_div, mul_div_rest, payout_at_price
from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.exits import pay_off
from zengzhi.core.kernel.layout import (
    ACCEPTED,
    ALL_UNITS,
    ALREADY_REFUNDED,
    BY_MEMBER,
    CHANGES,
    CLOSED,
    CONVERT,
    CONVERTED,
    CYCLE_GRANTED_LIMIT,
    CYCLE_SPEND_LIMIT,
    EXITS,
    EXITS_ON,
    GRANTED,
    HEAP,
    INSUFFICIENT_POINTS,
    INVALID_AMOUNT,
    LIMIT_ORDER,
    LIMIT_OUTSTANDING,
    LIMIT_POOL,
    LOTS,
    NO_LOT,
    OPENING_PRICE,
    OUTSIDE,
    OUTSTANDING,
    PAID,
    PAID_OUT,
    PARTS,
    POOL,
    POOL_CLOSED,
    PUT_IN,
    REFUND_RESERVE,
    REFUNDED,
    REFUNDED_FEN,
    REMAINING,
    REWARD,
    SALE_KEEP,
    SELL,
    TOTAL_LIMIT,
    UNKNOWN_MEMBER,
    UNKNOWN_ORDER,
    WANT_CHANGES,
    WANT_EXITS,
    WANT_HEAP,
    WANT_PARTS,
    Output,
    World,
)
from zengzhi.core.kernel.lots import (
    change_row,
    contribution_of,
    find_class,
    open_lot,
    paid_of,
    remaining_of,
    room_for_lot,
    spend_of,
    want,
)
from zengzhi.core.kernel.queue import enqueue_cycle, enqueue_lot
from zengzhi.core.units import (
    ORDER_FEN_MAX,
    OUTSTANDING_UNITS_LIMIT,
    POOL_FEN_LIMIT,
    PPM,
    UNITS_PER_POINT,
)

MEMBERS_MAX = 2**31 - 2


@compiled
def split_order(w: World, paid: int, split: int) -> int:
    """c: what cost, distribution, platform and legacy, each rounded down, leave of the paid
    amount."""
    cost = paid * w.splits[split, 0] // PPM
    distribution = paid * w.splits[split, 1] // PPM
    platform = paid * w.splits[split, 2] // PPM
    legacy = paid * w.splits[split, 3] // PPM
    return int(paid - cost - distribution - platform - legacy)


@compiled
def points_for(w: World, value: int) -> int:
    """⌊value / price⌋ in units; at least the limit when it would be that much."""
    outstanding = w.state[OUTSTANDING]
    if outstanding:
        factor, divisor = outstanding, w.state[POOL]
    else:
        factor, divisor = UNITS_PER_POINT, w.rules[OPENING_PRICE]
    if float(value) * float(factor) / float(divisor) > 1.000001 * OUTSTANDING_UNITS_LIMIT:
        return OUTSTANDING_UNITS_LIMIT
    return mul_div(value, factor, divisor)


@compiled
def check_limits(w: World, money: int, units: int) -> int:
    """The pool's limit, then the circulation's, then the kernel's own."""
    if w.state[POOL] + money >= POOL_FEN_LIMIT:
        return LIMIT_POOL
    if w.state[OUTSTANDING] + units >= OUTSTANDING_UNITS_LIMIT:
        return LIMIT_OUTSTANDING
    if w.state[PUT_IN] + money >= TOTAL_LIMIT:
        return OUTSIDE
    return ACCEPTED


@compiled
def _take_in(w: World, money: int, units: int) -> None:
    w.state[POOL] += money
    w.state[OUTSTANDING] += units
    w.state[PUT_IN] += money


@compiled
def _note_opened(out: Output, event: int, lot: int) -> None:
    """Kept only when some row of the batch refers to another."""
    if out.opened.size:
        out.opened[event] = lot


@compiled
def _open(
    w: World, out: Output, event: int, member: int, spend: int, money: int, points: int, mark: int
) -> int:
    """A' = A + money, S' = S + points, and the lot that holds them."""
    error = check_limits(w, money, points)
    found = find_class(w, spend, money)
    if error == ACCEPTED:
        error = room_for_lot(w, member, found)
    if error:
        return error
    if w.rules[EXITS_ON]:
        if w.state[HEAP] >= w.heap_key.size:
            return want(w, WANT_HEAP, w.state[HEAP] + 1)
        if w.rules[BY_MEMBER] and (
            w.cycle_spend[member] + spend >= CYCLE_SPEND_LIMIT
            or w.cycle_granted[member] + points >= CYCLE_GRANTED_LIMIT
        ):
            return OUTSIDE
    _take_in(w, money, points)
    lot = open_lot(w, member, found, spend, money, points)
    w.marks[lot] = mark
    if w.rules[EXITS_ON]:
        if w.rules[BY_MEMBER]:
            enqueue_cycle(w, member, lot)
        else:
            enqueue_lot(w, lot)
    out.points[event] = points
    out.contribution[event] = money
    _note_opened(out, event, lot)
    return ACCEPTED


@compiled
def settle_order(w: World, out: Output, event: int, member: int, paid: int, split: int) -> int:
    """points = ⌊r·S/A⌋ at the price before it; A' = A + c; S' = S + points."""
    if paid <= 0:
        return INVALID_AMOUNT
    if member < 0 or member > MEMBERS_MAX:
        return UNKNOWN_MEMBER
    if w.state[CLOSED]:
        return POOL_CLOSED
    if paid > ORDER_FEN_MAX:
        return LIMIT_ORDER
    contribution = split_order(w, paid, split)
    points = points_for(w, contribution * w.rules[REWARD] // PPM)
    return _open(w, out, event, member, paid, contribution, points, 0)


@compiled
def subsidise(w: World, out: Output, event: int, amount: int) -> int:
    """A' = A + d."""
    if amount <= 0:
        return INVALID_AMOUNT
    if w.state[CLOSED]:
        return POOL_CLOSED
    if amount >= POOL_FEN_LIMIT:
        return LIMIT_POOL
    error = check_limits(w, amount, 0)
    if error == ACCEPTED:
        _take_in(w, amount, 0)
        out.contribution[event] = amount
    return error


@compiled
def grant(w: World, out: Output, event: int, member: int, amount: int) -> int:
    """Money d first, then ⌊d·S/A⌋ points at the price before it; the lot's spend is d."""
    if amount <= 0:
        return INVALID_AMOUNT
    if member < 0 or member > MEMBERS_MAX:
        return UNKNOWN_MEMBER
    if w.state[CLOSED]:
        return POOL_CLOSED
    if amount >= POOL_FEN_LIMIT:
        return LIMIT_POOL
    return _open(w, out, event, member, amount, amount, points_for(w, amount), GRANTED)


@compiled
def _open_lots(w: World) -> int:
    """How many lots have points left."""
    lots = 0
    for lot in range(w.state[LOTS]):
        if remaining_of(w, lot):
            lots += 1
    return lots


@compiled
def wind_down(w: World, out: Output, event: int) -> int:
    """The whole pool to the open lots by points: floors, the rest of the fen by largest remainder,
    ties to the earlier lot; the pool is closed."""
    if w.state[CLOSED]:
        return POOL_CLOSED
    lots = _open_lots(w)
    if w.state[EXITS] + lots > out.exits.shape[0]:
        return want(w, WANT_EXITS, w.state[EXITS] + lots)
    if w.state[CHANGES] + lots > w.changes.shape[0]:
        return want(w, WANT_CHANGES, w.state[CHANGES] + lots)
    pool, outstanding = w.state[POOL], w.state[OUTSTANDING]
    first = w.state[EXITS]
    remainders = np.zeros(lots, np.int64)
    left = pool
    for lot in range(w.state[LOTS]):
        units = remaining_of(w, lot)
        if units:
            payout, remainder = mul_div_rest(pool, units, outstanding)
            remainders[w.state[EXITS] - first] = remainder
            left -= payout
            pay_off(w, out, event, lot, units, payout)
    for place in np.argsort(-remainders, kind="mergesort")[:left]:
        lot = out.exits[first + place, 1]
        out.exits[first + place, 3] += 1
        w.changes[w.changed[lot], PAID] += 1
    w.state[OUTSTANDING] = 0
    w.state[POOL] = 0
    w.state[PAID_OUT] += pool
    w.state[CLOSED] = 1
    out.points[event] = outstanding
    out.payout[event] = pool
    return ACCEPTED


@compiled
def _first_lot(w: World, member: int, ref: int) -> int:
    """Where the choice of lots begins (sequence plus one), past the member's empty first ones."""
    if ref != NO_LOT:
        return ref + 1
    following = w.cursor[member]
    while w.member_next[following - 1] and remaining_of(w, following - 1) == 0:
        following = w.member_next[following - 1]
    w.cursor[member] = following
    return int(following)


@compiled
def _choose(w: World, first: int, named: bool, asked: int) -> tuple[int, int]:
    """How many lots ``asked`` units (−1: all) come from, and how many units there are."""
    lots, units = 0, 0
    following = first
    while following:
        lot = following - 1
        left = remaining_of(w, lot)
        if left:
            lots += 1
            units += left if asked < 0 else min(left, asked - units)
            if units == asked:
                break
        following = 0 if named else w.member_next[lot]
    return lots, units


@compiled
def _burn(
    w: World, out: Output, event: int, first: int, lots: int, units: int, payout: int
) -> None:
    """Take the units from the chosen lots; the payout by units, the last takes the rest."""
    rest_units, rest = units, payout
    following = first
    while lots:
        lot = following - 1
        left = remaining_of(w, lot)
        if left:
            lots -= 1
            part_units = min(left, rest_units)
            part = mul_div(payout, part_units, units) if lots else rest
            rest_units -= part_units
            rest -= part
            row = change_row(w, lot)
            w.changes[row, REMAINING] -= part_units
            w.changes[row, PAID] += part
            place = w.state[PARTS]
            w.state[PARTS] += 1
            out.parts[place, 0] = event
            out.parts[place, 1] = lot
            out.parts[place, 2] = part_units
            out.parts[place, 3] = part
        following = w.member_next[lot]
    w.state[OUTSTANDING] -= units


@compiled
def take_out(
    w: World, out: Output, event: int, verb: int, member: int, asked: int, ref: int
) -> int:
    """Sell, convert or expire: first in first out, unless a lot is named."""
    if asked == 0 or asked < ALL_UNITS:
        return INVALID_AMOUNT
    if member < 0 or member >= w.cursor.size or w.cursor[member] == 0:
        return UNKNOWN_MEMBER
    if ref != NO_LOT and (ref < 0 or ref >= w.state[LOTS] or w.owner[ref] != member):
        return UNKNOWN_ORDER
    first = _first_lot(w, member, ref)
    lots, units = _choose(w, first, ref != NO_LOT, asked)
    if units == 0 or (asked != ALL_UNITS and units != asked):
        out.detail[event] = units
        return INSUFFICIENT_POINTS
    if w.state[PARTS] + lots > out.parts.shape[0]:
        return want(w, WANT_PARTS, w.state[PARTS] + lots)
    if w.state[CHANGES] + lots > w.changes.shape[0]:
        return want(w, WANT_CHANGES, w.state[CHANGES] + lots)
    money = 0
    if verb == SELL:
        money = payout_at_price(units, w.state[POOL], w.state[OUTSTANDING], w.rules[SALE_KEEP])
        out.payout[event] = money
        w.state[PAID_OUT] += money
    elif verb == CONVERT:
        money = mul_div(units, w.state[POOL], w.state[OUTSTANDING])
        out.from_pool[event] = money
        w.state[CONVERTED] += money
    _burn(w, out, event, first, lots, units, money)
    w.state[POOL] -= money
    out.points[event] = units
    return ACCEPTED


@compiled
def _share(amount: int, refunded: int, before: int, spend: int) -> int:
    return mul_div(amount, refunded, spend) - mul_div(amount, before, spend)


@compiled
def refund(w: World, out: Output, event: int, lot: int, amount: int) -> int:
    """By count: burn the lot's points, the pool gives back what they are worth and no more than
    the contribution, what the lot had paid out is set off, the reserve bears the rest."""
    if amount == 0 or amount < -1:
        return INVALID_AMOUNT
    if lot < 0 or lot >= w.state[LOTS] or w.marks[lot] & GRANTED:
        return UNKNOWN_ORDER
    spend = spend_of(w, lot)
    before = w.changes[w.changed[lot], REFUNDED_FEN]
    left = spend - before
    if left == 0:
        return ALREADY_REFUNDED
    if amount > left:
        out.detail[event] = left
        return INVALID_AMOUNT
    if w.state[CHANGES] + 1 > w.changes.shape[0]:
        return want(w, WANT_CHANGES, w.state[CHANGES] + 1)
    refunded = before + (left if amount < 0 else amount)
    burnt = remaining_of(w, lot)
    if refunded != spend:
        burnt = min(burnt, _share(w.granted[lot], refunded, before, spend))
    due = _share(contribution_of(w, lot), refunded, before, spend)
    from_pool = 0
    if w.state[OUTSTANDING]:
        from_pool = min(due, mul_div(burnt, w.state[POOL], w.state[OUTSTANDING]))
    set_off = _share(paid_of(w, lot), refunded, before, spend)
    reserve = due - from_pool - set_off
    row = change_row(w, lot)
    w.changes[row, REFUNDED_FEN] = refunded
    w.changes[row, REMAINING] -= burnt
    w.state[OUTSTANDING] -= burnt
    w.state[POOL] -= from_pool
    w.state[REFUNDED] += from_pool
    w.state[REFUND_RESERVE] += reserve
    out.points[event] = burnt
    out.from_pool[event] = from_pool
    out.set_off[event] = set_off
    out.reserve[event] = reserve
    return ACCEPTED
