"""Lots from columns: what a stored state is restored from."""

from zengzhi.core.kernel import views
from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.layout import (
    BY_MEMBER,
    CHANGES,
    EXITED,
    EXITS_ON,
    HEAP,
    PAID,
    REFUNDED_FEN,
    REMAINING,
    WANT_CHANGES,
    WANT_HEAP,
    Array,
)
from zengzhi.core.kernel.lots import (
    change_row,
    find_class,
    open_lot,
    room_for_lot,
    want,
)
from zengzhi.core.kernel.queue import enqueue_cycle, enqueue_lot


@compiled
def load_lots(world: int, numbers: Array, member: Array, marks: Array, start: int) -> int:
    """Enter the lots from row ``start`` on; the row where it stopped for room, or their number.

    Columns of ``numbers``: spend, contribution, granted, remaining, paid, refunded.
    """
    w = views.world(world)
    for row in range(start, member.size):
        spend, contribution, granted = numbers[row, 0], numbers[row, 1], numbers[row, 2]
        remaining, paid, refunded = numbers[row, 3], numbers[row, 4], numbers[row, 5]
        found = find_class(w, spend, contribution)
        if room_for_lot(w, member[row], found):
            return row
        if w.state[HEAP] >= w.heap_key.size:
            want(w, WANT_HEAP, w.state[HEAP] + 1)
            return row
        if w.state[CHANGES] >= w.changes.shape[0]:
            want(w, WANT_CHANGES, w.state[CHANGES] + 1)
            return row
        lot = open_lot(w, member[row], found, spend, contribution, granted)
        if remaining != granted or paid or refunded:
            change = change_row(w, lot)
            w.changes[change, REMAINING] = remaining
            w.changes[change, PAID] = paid
            w.changes[change, REFUNDED_FEN] = refunded
        w.marks[lot] = marks[row]
        if w.rules[EXITS_ON] and not marks[row] & EXITED:
            if w.rules[BY_MEMBER]:
                enqueue_cycle(w, member[row], lot)
            elif remaining:
                enqueue_lot(w, lot)
    return member.size
