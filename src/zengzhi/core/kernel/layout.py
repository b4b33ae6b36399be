"""The kernel's memory: structure of arrays, narrow where a lot can do with less.

A lot costs 29 bytes: granted points (8), terms (4), member (4), the member's next lot (4), the
next lot of its queue (4), the row of its changes (4), marks (1).

* **Terms.** A lot of a *class* (declared pair of spend V and contribution c) names the class. Any
  other, an *odd* lot, has its V and c in a row of their own (16 bytes) and, while exits are on, a
  place in the heap (12 bytes).
* **Changes.** Points left, paid out and refunded are stored (24 bytes) once a sale, an exit or a
  refund has touched the lot; before that they are the granted points, 0 and 0.
* **Marks.** ``EXITED`` and ``GRANTED`` as bits of one byte.

Links hold the sequence plus one, so that 0 means none and fresh memory is right as it is.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from zengzhi.core.economy.verbs import VERBS

Array = npt.NDArray[Any]

ORDER, SELL, SUBSIDISE, GRANT, CONVERT, REFUND, EXPIRE, WIND_DOWN = (verb.number for verb in VERBS)
"""Numbers of the verbs in a column of ops."""

ACCEPTED = 0
LIMIT_ORDER, LIMIT_POOL, LIMIT_OUTSTANDING = 1, 2, 3
UNKNOWN_ORDER, UNKNOWN_MEMBER, INSUFFICIENT_POINTS = 4, 5, 6
ALREADY_REFUNDED, INVALID_AMOUNT, MALFORMED, POOL_CLOSED = 7, 8, 9, 10
NO_ROOM = -1
"""Nothing was done: an array is full (which one and how much: ``WANTED``, ``WANTED_ROWS``)."""
OUTSIDE = -2
"""Nothing was done: a total would leave the numbers in which the kernel is exact."""

ERROR_CODES = (
    "",
    "limit_exceeded",
    "limit_exceeded",
    "limit_exceeded",
    "unknown_order",
    "unknown_member",
    "insufficient_points",
    "already_refunded",
    "invalid_amount",
    "malformed",
    "pool_closed",
)
"""Number in the error column → public code."""

ALL_UNITS = -1
NO_LOT, UNKNOWN_LOT, FIRST_ROW = -1, -2, -3
"""A reference: none, one that names nothing, −3 − row: the lot opened by that row of the batch."""

(
    POOL,
    OUTSTANDING,
    EPOCH,
    POOL_RESERVE,
    REFUND_RESERVE,
    PUT_IN,
    PAID_OUT,
    CONVERTED,
    REFUNDED,
    CLOSED,
) = range(10)
"""Places of the state's numbers, in the order of the digest."""
LOTS, ODD, CHANGES, HEAP, CLASSES, EXITS, PARTS, PHASE, WANTED, WANTED_ROWS = range(10, 20)
"""Places of the counters; ``PHASE`` is 1 between a verb and the end of its exits."""
STATE_SIZE = 20
WANT_LOTS, WANT_ODD, WANT_CHANGES, WANT_HEAP, WANT_MEMBERS, WANT_EXITS, WANT_PARTS = range(7)
"""What ``WANTED`` may ask room for."""

OPENING_PRICE, REWARD, SALE_KEEP, EXIT_KEEP, NUMERATOR, DENOMINATOR, EXITS_ON, BY_MEMBER = range(8)
"""Places of the rules."""

SPEND, CONTRIBUTION, REWARD_VALUE, TAIL = range(4)
"""Columns of a class: V, c, r, last lot of its queue."""
REMAINING, PAID, REFUNDED_FEN = range(3)
"""Columns of a lot's changes."""
EXITED, GRANTED = 1, 2
"""Bits of a lot's marks: its cycle was closed by a forced exit; it is no order."""
CLASSES_MAX = 1024
CLASS_SLOTS = 4096
"""Slots of the table that finds a class; never more than a quarter full."""

TOTAL_LIMIT = 2**61
"""Money ever put in stays below this, so that every total and every paid sum fits."""
CYCLE_SPEND_LIMIT = 2**53
CYCLE_GRANTED_LIMIT = 2**60
DOUBT = 2.0**-48
"""Two float64 estimates further apart than this (relatively) are in the right order."""


class World(NamedTuple):
    """All arrays of an economy."""

    state: Array
    rules: Array
    splits: Array
    granted: Array
    terms: Array
    owner: Array
    member_next: Array
    queue_next: Array
    changed: Array
    marks: Array
    odd: Array
    changes: Array
    classes: Array
    class_slots: Array
    heap_key: Array
    heap_item: Array
    due_price: Array
    cursor: Array
    tail: Array
    cycle_first: Array
    cycle_spend: Array
    cycle_granted: Array
    position: Array


class Batch(NamedTuple):
    """The input columns; ``ref`` and ``split`` may be empty: none named, the rules' split."""

    op: Array
    member: Array
    amount: Array
    ref: Array
    split: Array


class Output(NamedTuple):
    """One row an event, except for exits and parts: (event, lot, units, payout)."""

    error: Array
    detail: Array
    points: Array
    contribution: Array
    payout: Array
    from_pool: Array
    set_off: Array
    reserve: Array
    swept: Array
    pool: Array
    outstanding: Array
    opened: Array
    exits: Array
    parts: Array


DTYPES: dict[str, type] = {
    "terms": np.int32,
    "owner": np.int32,
    "member_next": np.int32,
    "queue_next": np.int32,
    "changed": np.int32,
    "marks": np.uint8,
    "class_slots": np.int32,
    "heap_key": np.float64,
    "heap_item": np.int32,
    "due_price": np.float64,
    "cursor": np.int32,
    "tail": np.int32,
    "cycle_first": np.int32,
    "position": np.int32,
    "op": np.uint8,
    "split": np.int32,
    "error": np.uint8,
    "opened": np.int32,
}
"""Element types; what is not here is int64."""

WIDTHS = {"splits": 4, "odd": 2, "changes": 3, "classes": 4, "exits": 4, "parts": 4}
"""Columns of the arrays that have rows of several numbers."""
