"""Holds (占款): money that a cause keeps until it is posted or voided.

The row of a hold is its only state. It is opened once by the entry that sets the money aside and
moves along one table of edges by conditional updates: who comes second moves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Greatest

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.models import Place
from zengzhi.records.store import clock
from zengzhi.records.store.bulk import MANY, Table, Texts, microseconds

CHUNK = 5_000
PLACES = Table(
    "ledger_place",
    (
        ("kind", "int2"),
        ("cause", "text"),
        ("state", "int2"),
        ("amount_fen", "int8"),
        ("done_fen", "int8"),
        ("entry", "int8"),
        ("reason", "text"),
        ("opened_at", "time"),
        ("moved_at", "time"),
    ),
)


class HoldKind(IntEnum):
    """What holds money; stable, they are stored."""

    ORDER = 1
    """A paid order that has not settled (待结算订单)."""
    BONUS = 2
    """The bonuses of an order."""
    WITHDRAWAL = 3
    DIVIDEND = 4
    SALE = 5
    SUSPENSE = 6
    """Money that arrived and fits no open order (待处理款)."""
    COIN = 7
    CLAIM = 8


class HoldState(IntEnum):
    """Where a hold stands."""

    OPEN = 1
    POSTED = 2
    VOID = 3
    PARKED = 4
    """Refused for now, with a reason; tried again when asked."""


_OPEN, _POSTED, _VOID, _PARKED = HoldState
_COMMON = {_OPEN: (_PARKED,), _POSTED: (_OPEN, _PARKED), _VOID: (_OPEN, _PARKED)}
_UNDONE = {**_COMMON, _VOID: (_OPEN, _PARKED, _POSTED)}
"""An order and its bonuses can be undone after they were posted: a refund of what settled."""
EDGES: Mapping[HoldKind, Mapping[HoldState, tuple[HoldState, ...]]] = {
    kind: {
        **(_UNDONE if kind in {HoldKind.ORDER, HoldKind.BONUS} else _COMMON),
        _OPEN: (_PARKED,),
        _PARKED: (_OPEN,),
    }
    for kind in HoldKind
}
"""Kind → state → the states it is reached from; every other edge is refused."""


class IllegalMove(ZengzhiError):
    """A hold is not where this act starts from."""

    code = "illegal_step"


@dataclass(frozen=True, slots=True)
class Opening:
    """A hold to be opened: by which entry, over how much."""

    cause: str
    amount_fen: int
    entry: int
    lines: bytes | None = None


def open_holds(kind: HoldKind, rows: Sequence[Opening], at: datetime | None = None) -> None:
    """Open holds, in the transaction of the entry that sets the money aside.

    Errors: ``IntegrityError`` where the cause has one already.
    """
    at = at or clock.now()
    if len(rows) >= MANY and all(row.lines is None for row in rows):
        _insert_many(kind, rows, microseconds(at))
        return
    Place.objects.bulk_create(
        (
            Place(
                kind=kind,
                cause=row.cause,
                state=HoldState.OPEN,
                amount_fen=row.amount_fen,
                entry=row.entry,
                opened_at=at,
                moved_at=at,
                lines=row.lines,
            )
            for row in rows
        ),
        batch_size=CHUNK,
    )


def _insert_many(kind: HoldKind, rows: Sequence[Opening], at_us: int) -> None:
    """The same rows as columns."""
    columns = {
        "kind": int(kind),
        "cause": Texts([row.cause for row in rows]),
        "state": int(HoldState.OPEN),
        "amount_fen": np.array([row.amount_fen for row in rows], np.int64),
        "done_fen": 0,
        "entry": np.array([row.entry for row in rows], np.int64),
        "reason": "",
        "opened_at": at_us,
        "moved_at": at_us,
    }
    PLACES.insert(columns, len(rows))


def move(
    kind: HoldKind,
    causes: Iterable[str],
    to: HoldState,
    at: datetime | None = None,
    reason: str = "",
) -> list[str]:
    """Move holds along their edges; returns the causes that really moved, in the order given.

    What stands elsewhere, or does not exist, is left alone: exactly one of two callers moves it.
    """
    wanted = list(dict.fromkeys(causes))
    at = at or clock.now()
    starts = [int(state) for state in EDGES[kind][to]]
    moved: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        part = sorted(wanted[start : start + CHUNK])
        rows = Place.objects.filter(kind=kind, cause__in=part, state__in=starts)
        locked = list(
            rows.select_for_update().order_by("cause").values_list("cause", flat=True)
            if connection.features.has_select_for_update
            else rows.values_list("cause", flat=True)
        )
        Place.objects.filter(kind=kind, cause__in=locked).update(
            state=to, reason=reason[:120], moved_at=at
        )
        moved.update(locked)
    return [cause for cause in wanted if cause in moved]


def must_move(
    kind: HoldKind, cause: str, to: HoldState, at: datetime | None = None, reason: str = ""
) -> None:
    """Move one hold. Errors: ``illegal_step`` when it is not where it can start from."""
    if not move(kind, [cause], to, at, reason):
        raise IllegalMove(f"{kind.name.lower()} {cause} cannot become {to.name.lower()} now")


def note_done(kind: HoldKind, cause: str, done_fen: int) -> None:
    """So much of the hold is done: refunded, released, reversed; it never goes back."""
    Place.objects.filter(kind=kind, cause=cause).update(
        done_fen=Greatest(F("done_fen"), Value(done_fen))
    )


def states(kind: HoldKind, causes: Iterable[str]) -> dict[str, HoldState]:
    """Where holds stand; a cause without one is left out."""
    wanted = list(dict.fromkeys(causes))
    found: dict[str, HoldState] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = Place.objects.filter(kind=kind, cause__in=wanted[start : start + CHUNK])
        found.update(
            (cause, HoldState(state)) for cause, state in rows.values_list("cause", "state")
        )
    return found


def place(kind: HoldKind, cause: str, *, lock: bool = False) -> Place | None:
    """The hold of a cause, locked for the rest of the transaction if asked."""
    rows = Place.objects.select_for_update() if lock else Place.objects.all()
    return rows.filter(kind=kind, cause=cause).first()
