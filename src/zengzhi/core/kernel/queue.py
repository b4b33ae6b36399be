"""The exit queue: one heap over float64 keys, with exact comparison wherever they are close.

Basis ``lot``: a class queues in a FIFO of its own, chained through ``queue_next``, and only its
head is in the heap; an odd lot is in the heap itself. For lots with the same V and c the exit
price m·V/n never falls from one order to the next, because S/A never rises while points are out
and so n never rises; whoever would break that order stands in the heap alone. When no points are
left all lots are empty, the queue is cleared, and the next epoch may begin with larger lots.

Basis ``member``: a cycle is in the heap once, and moves when its member buys again.
"""

from zengzhi.core.kernel.arith import at_least
from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.layout import (
    BY_MEMBER,
    CLASSES,
    DENOMINATOR,
    DOUBT,
    HEAP,
    NUMERATOR,
    TAIL,
    World,
)
from zengzhi.core.kernel.lots import remaining_of, spend_of


@compiled
def exit_numbers(w: World, item: int) -> tuple[int, int, int]:
    """V, n and the tie-break of what stands in the heap: a lot, or a member's cycle."""
    if w.rules[BY_MEMBER]:
        first = int(w.cycle_first[item])
        return int(w.cycle_spend[item]), int(w.cycle_granted[item]), first
    return spend_of(w, item), int(w.granted[item]), item


@compiled
def _exactly_before(w: World, item: int, other: int) -> bool:
    spend, granted, sequence = exit_numbers(w, item)
    other_spend, other_granted, other_sequence = exit_numbers(w, other)
    if spend == other_spend and granted == other_granted:
        return sequence < other_sequence
    if not at_least(spend, other_granted, 1, 1, other_spend, granted, 1, 1):
        return True
    if not at_least(other_spend, granted, 1, 1, spend, other_granted, 1, 1):
        return False
    return sequence < other_sequence


@compiled
def _before(w: World, key: float, item: int, other_key: float, other: int) -> bool:
    """Lower exit price first; equal ones by sequence."""
    difference = key - other_key
    if abs(difference) > key * DOUBT:
        return difference < 0
    return _exactly_before(w, item, other)


@compiled
def _put(w: World, place: int, key: float, item: int) -> None:
    w.heap_key[place] = key
    w.heap_item[place] = item
    if w.rules[BY_MEMBER]:
        w.position[item] = place + 1


@compiled
def _sift_up(w: World, place: int) -> None:
    key, item = w.heap_key[place], w.heap_item[place]
    while place > 0:
        parent = (place - 1) >> 1
        if not _before(w, key, item, w.heap_key[parent], w.heap_item[parent]):
            break
        _put(w, place, w.heap_key[parent], w.heap_item[parent])
        place = parent
    _put(w, place, key, item)


@compiled
def _sift_down(w: World, place: int) -> None:
    key, item = w.heap_key[place], w.heap_item[place]
    size = w.state[HEAP]
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        right = child + 1
        if right < size and _before(
            w, w.heap_key[right], w.heap_item[right], w.heap_key[child], w.heap_item[child]
        ):
            child = right
        if not _before(w, w.heap_key[child], w.heap_item[child], key, item):
            break
        _put(w, place, w.heap_key[child], w.heap_item[child])
        place = child
    _put(w, place, key, item)


@compiled
def note_head(w: World) -> None:
    """Note the price A/S below which certainly nothing is due."""
    if w.state[HEAP] == 0:
        w.due_price[0] = float("inf")
    else:
        multiple = float(w.rules[NUMERATOR]) / float(w.rules[DENOMINATOR])
        w.due_price[0] = multiple * w.heap_key[0] * (1.0 - DOUBT)


@compiled
def _push(w: World, item: int) -> None:
    spend, granted, _sequence = exit_numbers(w, item)
    place = w.state[HEAP]
    w.state[HEAP] += 1
    w.heap_key[place] = float(spend) / float(granted)
    w.heap_item[place] = item
    _sift_up(w, place)
    note_head(w)


@compiled
def enqueue_lot(w: World, lot: int) -> None:
    """Basis ``lot``: to the end of the class's FIFO, or into the heap. n = 0 is never due."""
    granted = w.granted[lot]
    if granted == 0:
        return
    found = w.terms[lot]
    if found >= 0:
        last = w.classes[found, TAIL]
        if last == 0:
            w.classes[found, TAIL] = lot + 1
        elif granted <= w.granted[last - 1]:
            w.queue_next[last - 1] = lot + 1
            w.classes[found, TAIL] = lot + 1
            return
    _push(w, lot)


@compiled
def enqueue_cycle(w: World, member: int, lot: int) -> None:
    """Basis ``member``: the lot joins its member's cycle, whose exit price moves."""
    if w.cycle_first[member] == 0:
        w.cycle_first[member] = lot + 1
    w.cycle_spend[member] += spend_of(w, lot)
    w.cycle_granted[member] += w.granted[lot]
    if w.cycle_granted[member] == 0:
        return
    if w.position[member] == 0:
        _push(w, member)
        return
    place = w.position[member] - 1
    w.heap_key[place] = float(w.cycle_spend[member]) / float(w.cycle_granted[member])
    _sift_up(w, place)
    _sift_down(w, w.position[member] - 1)
    note_head(w)


@compiled
def drop_head(w: World) -> None:
    """The head leaves; the next of its class takes its place."""
    item = w.heap_item[0]
    following = 0
    if w.rules[BY_MEMBER]:
        w.position[item] = 0
    else:
        following = w.queue_next[item]
        while following and remaining_of(w, following - 1) == 0:
            following = w.queue_next[following - 1]
        found = w.terms[item]
        if not following and found >= 0:
            last = w.classes[found, TAIL]
            if last == item + 1 or w.queue_next[item]:
                w.classes[found, TAIL] = 0
    if following:
        lot = following - 1
        w.heap_item[0] = lot
        w.heap_key[0] = float(spend_of(w, lot)) / float(w.granted[lot])
        _sift_down(w, 0)
    else:
        w.state[HEAP] -= 1
        size = w.state[HEAP]
        if size:
            w.heap_key[0] = w.heap_key[size]
            w.heap_item[0] = w.heap_item[size]
            _sift_down(w, 0)
    note_head(w)


@compiled
def clear_queue(w: World) -> None:
    """No points are left: nothing that stands in the queue can ever be due."""
    if w.rules[BY_MEMBER]:
        for place in range(w.state[HEAP]):
            w.position[w.heap_item[place]] = 0
    w.classes[: w.state[CLASSES], TAIL] = 0
    w.state[HEAP] = 0
    note_head(w)
