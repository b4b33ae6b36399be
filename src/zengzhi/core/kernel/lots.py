"""Lots: what is stored of them and how it is read and changed."""

from zengzhi.core.kernel import views
from zengzhi.core.kernel.compiled import compiled
from zengzhi.core.kernel.layout import (
    CHANGES,
    CLASS_SLOTS,
    CLASSES,
    CLASSES_MAX,
    CONTRIBUTION,
    LOTS,
    NO_ROOM,
    ODD,
    PAID,
    REMAINING,
    REWARD,
    REWARD_VALUE,
    SPEND,
    WANT_LOTS,
    WANT_MEMBERS,
    WANT_ODD,
    WANTED,
    WANTED_ROWS,
    Array,
    World,
)
from zengzhi.core.units import PPM


@compiled
def want(w: World, what: int, rows: int) -> int:
    """Ask for room: Python grows the array to at least so many rows and calls again."""
    w.state[WANTED] = what
    w.state[WANTED_ROWS] = rows
    return NO_ROOM


@compiled
def spend_of(w: World, lot: int) -> int:
    """V of a lot."""
    terms = w.terms[lot]
    return int(w.classes[terms, SPEND] if terms >= 0 else w.odd[-1 - terms, SPEND])


@compiled
def contribution_of(w: World, lot: int) -> int:
    """c of a lot."""
    terms = w.terms[lot]
    return int(w.classes[terms, CONTRIBUTION] if terms >= 0 else w.odd[-1 - terms, CONTRIBUTION])


@compiled
def remaining_of(w: World, lot: int) -> int:
    """Points left in a lot."""
    row = w.changed[lot]
    return int(w.changes[row, REMAINING] if row else w.granted[lot])


@compiled
def paid_of(w: World, lot: int) -> int:
    """What a lot has paid out."""
    row = w.changed[lot]
    return int(w.changes[row, PAID] if row else 0)


@compiled
def change_row(w: World, lot: int) -> int:
    """The row of a lot's changes, made when there is none. Room was looked for before."""
    row = w.changed[lot]
    if row == 0:
        row = w.state[CHANGES]
        w.state[CHANGES] += 1
        w.changes[row, REMAINING] = w.granted[lot]
        w.changed[lot] = row
    return int(row)


@compiled
def _class_slot(spend: int, contribution: int) -> int:
    return ((spend * 0x9E3779B1 + contribution * 0x85EBCA6B) >> 7) & (CLASS_SLOTS - 1)


@compiled
def find_class(w: World, spend: int, contribution: int) -> int:
    """The class of (V, c), or −1."""
    slot = _class_slot(spend, contribution)
    while w.class_slots[slot]:
        found = w.class_slots[slot] - 1
        if w.classes[found, SPEND] == spend and w.classes[found, CONTRIBUTION] == contribution:
            return int(found)
        slot = (slot + 1) & (CLASS_SLOTS - 1)
    return -1


@compiled
def declare_class(w: World, spend: int, contribution: int) -> None:
    """Make (V, c) a class, unless it is one or the table is full."""
    known = w.state[CLASSES]
    if known == CLASSES_MAX or find_class(w, spend, contribution) >= 0:
        return
    slot = _class_slot(spend, contribution)
    while w.class_slots[slot]:
        slot = (slot + 1) & (CLASS_SLOTS - 1)
    w.class_slots[slot] = known + 1
    w.classes[known, SPEND] = spend
    w.classes[known, CONTRIBUTION] = contribution
    w.classes[known, REWARD_VALUE] = contribution * w.rules[REWARD] // PPM
    w.state[CLASSES] += 1


@compiled
def declare_classes(world: int, pairs: Array) -> None:
    """Declare each (V, c) of the rows."""
    w = views.world(world)
    for row in range(len(pairs)):
        declare_class(w, pairs[row, 0], pairs[row, 1])


@compiled
def room_for_lot(w: World, member: int, found: int) -> int:
    """0, or the wish for room of a lot of class ``found`` (−1: odd)."""
    lot = w.state[LOTS]
    if lot >= w.granted.size:
        return want(w, WANT_LOTS, lot + 1)
    if member >= w.cursor.size:
        return want(w, WANT_MEMBERS, member + 1)
    if found < 0 and w.state[ODD] >= w.odd.shape[0]:
        return want(w, WANT_ODD, w.state[ODD] + 1)
    return 0


@compiled
def open_lot(w: World, member: int, found: int, spend: int, contribution: int, granted: int) -> int:
    """Enter a new lot under its terms and at the end of its member's lots; its sequence."""
    lot = w.state[LOTS]
    w.state[LOTS] += 1
    if found < 0:
        row = w.state[ODD]
        w.state[ODD] += 1
        w.odd[row, SPEND] = spend
        w.odd[row, CONTRIBUTION] = contribution
        found = -1 - row
    w.terms[lot] = found
    w.granted[lot] = granted
    w.owner[lot] = member
    if w.cursor[member] == 0:
        w.cursor[member] = lot + 1
    else:
        w.member_next[w.tail[member] - 1] = lot + 1
    w.tail[member] = lot + 1
    return int(lot)
