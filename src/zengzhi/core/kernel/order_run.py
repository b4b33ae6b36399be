"""The fast lane: runs of plain orders of declared classes, with the state in registers.

What is anything but plain (another verb, an odd lot, a first or an empty lot, a limit, a full
array) is left to the loop, which does the same event the long way. ⌊r·S/A⌋ waits for nothing but
the S before it: r/A is ready earlier, as A does not depend on S.
"""

from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.layout import (
    BY_MEMBER,
    CONTRIBUTION,
    EXITS_ON,
    LOTS,
    ORDER,
    OUTSTANDING,
    PHASE,
    POOL,
    PUT_IN,
    REWARD_VALUE,
    TAIL,
    TOTAL_LIMIT,
    Batch,
    Output,
    World,
)
from zengzhi.core.kernel.lots import find_class
from zengzhi.core.kernel.verbs import split_order
from zengzhi.core.units import ORDER_FEN_MAX, OUTSTANDING_UNITS_LIMIT, POOL_FEN_LIMIT


@compiled
def _class_of(w: World, paid: int, split: int) -> int:
    if paid <= 0 or paid > ORDER_FEN_MAX:
        return -1
    return find_class(w, paid, split_order(w, paid, split))


@compiled
def run_orders(w: World, batch: Batch, out: Output, start: int) -> int:
    """Settle plain orders from ``start`` on; the first row that is not plain.

    When an order may have made an exit due, its row is returned with ``PHASE`` 1.
    """
    if (w.rules[EXITS_ON] and w.rules[BY_MEMBER]) or w.state[
        PUT_IN
    ] >= TOTAL_LIMIT - POOL_FEN_LIMIT:
        return start
    op, member, amount, splits = batch.op, batch.member, batch.amount, batch.split
    granted, terms, owner, member_next = w.granted, w.terms, w.owner, w.member_next
    queue_next, cursor, tail = w.queue_next, w.cursor, w.tail
    points_out, contribution_out, pool_out = out.points, out.contribution, out.pool
    outstanding_out, opened_out = out.outstanding, out.opened
    exits_on = w.rules[EXITS_ON] == 1
    state, classes, due_price = w.state, w.classes, w.due_price[0]
    pool, outstanding, lot = state[POOL], state[OUTSTANDING], state[LOTS]
    first_pool, count = pool, min(op.size, start + granted.size - lot)
    paid, split, found = -1, 0, -1
    contribution, reward, last, fewest = 0, 0, 0, 0
    event = start
    while event < count and op[event] == ORDER and outstanding > 0:
        buyer = member[event]
        if buyer < 0 or buyer >= cursor.size:
            break
        if amount[event] != paid or (splits.size and splits[event] != split):
            if found >= 0 and exits_on:
                classes[found, TAIL] = last
            paid = amount[event]
            split = splits[event] if splits.size else 0
            found = _class_of(w, paid, split)
            if found < 0:
                break
            contribution, reward = classes[found, CONTRIBUTION], classes[found, REWARD_VALUE]
            last = classes[found, TAIL]
            fewest = granted[last - 1] if last else 0
        estimate = float(reward) / float(pool) * float(outstanding)
        if estimate >= 1.0e18 or pool + contribution >= POOL_FEN_LIMIT:
            break
        points = int(estimate)
        residual = reward * outstanding - points * pool
        if residual < 0 or residual >= pool:
            points += residual // pool
        if points == 0 or outstanding + points >= OUTSTANDING_UNITS_LIMIT:
            break
        if exits_on:
            if points > fewest:
                break
            queue_next[last - 1] = lot + 1
            last = lot + 1
            fewest = points
        pool += contribution
        outstanding += points
        granted[lot] = points
        terms[lot] = found
        owner[lot] = buyer
        if cursor[buyer] == 0:
            cursor[buyer] = lot + 1
        else:
            member_next[tail[buyer] - 1] = lot + 1
        lot += 1
        tail[buyer] = lot
        points_out[event] = points
        contribution_out[event] = contribution
        pool_out[event] = pool
        outstanding_out[event] = outstanding
        if opened_out.size:
            opened_out[event] = lot - 1
        if float(pool) >= float(outstanding) * due_price:
            state[PHASE] = 1
            break
        event += 1
    if found >= 0 and exits_on:
        classes[found, TAIL] = last
    state[PUT_IN] += pool - first_pool
    state[POOL] = pool
    state[OUTSTANDING] = outstanding
    state[LOTS] = lot
    return event
