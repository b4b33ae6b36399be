"""Making arrays and making room in them.

An array grows by half, one column at a time; the reserved rest takes address space only, because
the system hands out a page of fresh zeros when it is first written.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from zengzhi.core.economy.rules import Rules
from zengzhi.core.kernel import layout as at
from zengzhi.core.units import PPM

Array = npt.NDArray[Any]

_LOT_ARRAYS: tuple[str, ...] = (
    "granted",
    "terms",
    "owner",
    "member_next",
    "queue_next",
    "changed",
    "marks",
)
_MEMBER_ARRAYS = ("cursor", "tail")
_CYCLE_ARRAYS = ("cycle_first", "cycle_spend", "cycle_granted", "position")
_HEAP_ARRAYS = ("heap_key", "heap_item")


def writable(column: npt.ArrayLike, dtype: type) -> Array:
    """The column as the one array type the kernel is compiled for; not copied if it is that."""
    return np.require(column, dtype, ["C", "W", "A"])


def _zeros(name: str, rows: int) -> Array:
    shape = (rows, at.WIDTHS[name]) if name in at.WIDTHS else (rows,)
    return np.zeros(shape, at.DTYPES.get(name, np.int64))


def new_world(rules: Rules) -> at.World:
    """An empty economy."""
    rows = {"state": at.STATE_SIZE, "class_slots": at.CLASS_SLOTS, "due_price": 1, "rules": 8}
    rows |= {"changes": 1, "classes": at.CLASSES_MAX, "splits": 1}
    world = at.World(**{name: _zeros(name, rows.get(name, 0)) for name in at.World._fields})
    multiple = rules.exit_multiple
    world.splits[0] = rules.split.rates_ppm
    world.state[at.EPOCH] = 1
    world.state[at.CHANGES] = 1
    world.due_price[0] = np.inf
    world.rules[: at.EXITS_ON] = [
        int(min(rules.opening_price_fen, 10**12)),
        rules.reward_ppm,
        PPM - rules.retention_ppm,
        PPM - rules.exit_retention_ppm,
        0 if multiple is None else min(multiple.numerator, 2**62),
        1 if multiple is None else min(multiple.denominator, 2**62),
    ]
    world.rules[at.EXITS_ON] = multiple is not None
    world.rules[at.BY_MEMBER] = rules.exit_basis == "member"
    return world


def new_output(events: int, with_opened: bool) -> at.Output:
    """Room for what a batch does. Fresh zeros cost nothing until they are written."""
    numbers = {name: np.zeros(events, np.int64) for name in at.Output._fields[1:-3]}
    return at.Output(
        error=np.zeros(events, np.uint8),
        **numbers,
        opened=np.full(events if with_opened else 0, -1, np.int32),
        exits=np.zeros((0, 4), np.int64),
        parts=np.zeros((0, 4), np.int64),
    )


def _grown(array: Array, rows: int) -> Array:
    if len(array) >= rows:
        return array
    larger = np.zeros((max(rows, len(array) * 3 // 2, 256), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


def _grow(world: at.World, names: tuple[str, ...], rows: int) -> at.World:
    grown = {name: _grown(getattr(world, name), rows) for name in names}
    return world._replace(**grown)


def reserve_lots(world: at.World, lots: int) -> at.World:
    """Room for so many lots in all."""
    if lots >= 2**31 - 1:
        raise MemoryError("the kernel holds at most 2^31 lots")
    names = _LOT_ARRAYS
    if not world.rules[at.EXITS_ON] or world.rules[at.BY_MEMBER]:
        names = tuple(name for name in names if name != "queue_next")
    return _grow(world, names, lots)


def make_room(world: at.World, out: at.Output | None) -> tuple[at.World, at.Output]:
    """Give the kernel what it asked for."""
    what, rows = int(world.state[at.WANTED]), int(world.state[at.WANTED_ROWS])
    if what == at.WANT_LOTS:
        world = reserve_lots(world, rows)
    elif what == at.WANT_ODD:
        world = _grow(world, ("odd",), rows)
    elif what == at.WANT_CHANGES:
        world = _grow(world, ("changes",), rows)
    elif what == at.WANT_HEAP:
        world = _grow(world, _HEAP_ARRAYS, rows)
    elif what == at.WANT_MEMBERS:
        by_member = bool(world.rules[at.BY_MEMBER])
        world = _grow(world, _MEMBER_ARRAYS + (_CYCLE_ARRAYS if by_member else ()), rows)
    elif out is not None and what == at.WANT_EXITS:
        out = out._replace(exits=_grown(out.exits, rows))
    elif out is not None and what == at.WANT_PARTS:
        out = out._replace(parts=_grown(out.parts, rows))
    return world, out  # type: ignore[return-value]


def lot_columns(world: at.World, places: Array | None = None) -> dict[str, Array]:
    """Every lot in sequence, or those asked for, widened to one array a column (copies)."""
    chosen: Any = slice(0, int(world.state[at.LOTS])) if places is None else places
    terms, granted = world.terms[chosen], world.granted[chosen]
    odd = terms < 0
    columns: dict[str, Array] = {}
    for name, place in (("spend", at.SPEND), ("contribution", at.CONTRIBUTION)):
        column = world.classes[np.where(odd, 0, terms), place]
        column[odd] = world.odd[-1 - terms[odd], place]
        columns[name] = column
    columns["granted"] = granted.copy()
    changed = world.changed[chosen]
    columns["remaining"] = np.where(changed > 0, world.changes[changed, at.REMAINING], granted)
    columns["paid"] = world.changes[changed, at.PAID]
    columns["refunded"] = world.changes[changed, at.REFUNDED_FEN]
    marks = world.marks[chosen]
    columns["exited"] = (marks & at.EXITED != 0).astype(np.uint8)
    columns["is_grant"] = (marks & at.GRANTED != 0).astype(np.uint8)
    columns["member"] = world.owner[chosen].copy()
    return columns


def bytes_in_use(world: at.World) -> int:
    """Bytes of every row in use: lots, odd lots, changes, queue, members, and the fixed tables."""
    state = world.state
    rows = dict.fromkeys(_LOT_ARRAYS, int(state[at.LOTS]))
    rows |= dict.fromkeys(_HEAP_ARRAYS, int(state[at.HEAP]))
    rows |= {"odd": int(state[at.ODD]), "changes": int(state[at.CHANGES])}
    total = 0
    for name, array in world._asdict().items():
        row_bytes = array.itemsize * at.WIDTHS.get(name, 1)
        total += row_bytes * min(rows.get(name, len(array)), len(array))
    return total
