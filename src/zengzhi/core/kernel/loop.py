"""The events of a batch, one after another: the verb, the exits it makes due, the sweep.

The loop stops where an array is full and is called again from there: between two events, or
between two exits of one (``PHASE`` 1), so that a cascade of any length runs in bounded memory.
"""

from zengzhi.core.kernel import views
from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.exits import run_exits
from zengzhi.core.kernel.layout import (
    ACCEPTED,
    CONVERT,
    EPOCH,
    EXITS_ON,
    EXPIRE,
    FIRST_ROW,
    GRANT,
    HEAP,
    MALFORMED,
    NO_LOT,
    NO_ROOM,
    ORDER,
    OUTSIDE,
    OUTSTANDING,
    PHASE,
    POOL,
    POOL_RESERVE,
    REFUND,
    SELL,
    SUBSIDISE,
    UNKNOWN_LOT,
    WIND_DOWN,
    Batch,
    Output,
    World,
)
from zengzhi.core.kernel.order_run import run_orders
from zengzhi.core.kernel.queue import clear_queue
from zengzhi.core.kernel.verbs import (
    grant,
    refund,
    settle_order,
    subsidise,
    take_out,
    wind_down,
)


@compiled
def sweep_if_empty(w: World, out: Output, event: int) -> None:
    """Without points the pool's money goes to the reserve and the next epoch opens."""
    if w.state[OUTSTANDING]:
        return
    if w.state[POOL]:
        out.swept[event] = w.state[POOL]
        w.state[POOL_RESERVE] += w.state[POOL]
        w.state[POOL] = 0
        w.state[EPOCH] += 1
    if w.state[HEAP]:
        clear_queue(w)


@compiled
def _lot_named(batch: Batch, out: Output, event: int) -> int:
    """The lot an event names, also one that an earlier row of this batch opened."""
    ref = int(batch.ref[event]) if batch.ref.size else NO_LOT
    if ref > FIRST_ROW:
        return ref
    row = FIRST_ROW - ref
    opened = int(out.opened[row]) if row < event else NO_LOT
    return opened if opened >= 0 else UNKNOWN_LOT


@compiled
def _verb(w: World, batch: Batch, out: Output, event: int) -> int:
    verb, member, amount = int(batch.op[event]), int(batch.member[event]), int(batch.amount[event])
    if verb == ORDER:
        split = int(batch.split[event]) if batch.split.size else 0
        return settle_order(w, out, event, member, amount, split)
    if verb == SELL:
        return take_out(w, out, event, verb, member, amount, _lot_named(batch, out, event))
    if verb in (CONVERT, EXPIRE):
        return take_out(w, out, event, verb, member, amount, NO_LOT)
    if verb == SUBSIDISE:
        return subsidise(w, out, event, amount)
    if verb == GRANT:
        return grant(w, out, event, member, amount)
    if verb == REFUND:
        return refund(w, out, event, _lot_named(batch, out, event), amount)
    if verb == WIND_DOWN:
        return wind_down(w, out, event)
    return MALFORMED


@compiled
def run(world: int, columns: int, output: int, start: int) -> int:
    """Apply the events from ``start`` on; the row where it stopped (for room), or their number.

    The groups of arrays come as addresses of their directories.
    """
    w, batch, out = views.world(world), views.batch(columns), views.output(output)
    count = batch.op.size
    event = start
    while event < count:
        if w.state[PHASE] == 0:
            event = run_orders(w, batch, out, event)
            if event == count:
                break
        if w.state[PHASE] == 0:
            error = _verb(w, batch, out, event)
            if error in (NO_ROOM, OUTSIDE):
                out.error[event] = 1 if error == OUTSIDE else 0
                return event
            out.error[event] = error
            w.state[PHASE] = 1 if error == ACCEPTED else 0
        if w.state[PHASE]:
            if w.rules[EXITS_ON] and run_exits(w, out, event):
                return event
            w.state[PHASE] = 0
            sweep_if_empty(w, out, event)
        out.pool[event] = w.state[POOL]
        out.outstanding[event] = w.state[OUTSTANDING]
        event += 1
    return event
