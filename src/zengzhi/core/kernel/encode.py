"""Events as columns: names of members and orders become numbers."""

from collections.abc import Sequence

import numpy as np

from zengzhi.core.economy.events import (
    Convert,
    Event,
    Expire,
    Grant,
    Order,
    Refund,
    Sell,
    Subsidise,
    WindDown,
)
from zengzhi.core.economy.rules import Split
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel.columns import BatchResult, Columns

AMOUNT_MAX = 2**62
"""Larger amounts are past every limit and above every holding; this stands for them."""


class Encoder:
    """Keeps the numbers of members and the ids of lots from batch to batch."""

    def __init__(self) -> None:
        self.members: list[str] = []
        self.lot_ids: list[str] = []
        self._member_number: dict[str, int] = {}
        self._lot_number: dict[str, int] = {}
        self._row: dict[str, int] = {}
        self._splits: dict[Split, int] = {}

    def columns(self, events: Sequence[Event]) -> Columns:
        """The columns of a batch; every id is used once."""
        self._row = {}
        rows = [self._encoded(row, event) for row, event in enumerate(events)]
        op, member, amount, ref, split = zip(*rows, strict=True) if rows else ((),) * 5
        return Columns(
            np.asarray(op, np.uint8),
            np.asarray(member, np.int64),
            np.asarray(amount, np.int64),
            np.asarray(ref, np.int64),
            np.asarray(split, np.int64),
            tuple(self._splits),
        )

    def note(self, events: Sequence[Event], result: BatchResult) -> None:
        """Note the lots that the batch opened."""
        for event, lot in zip(events, result.opened.tolist(), strict=True):
            if lot >= 0:
                self._lot_number[event.id] = lot
                self.lot_ids.append(event.id)

    def _member(self, name: str) -> int:
        number = self._member_number.setdefault(name, len(self.members))
        if number == len(self.members):
            self.members.append(name)
        return number

    def _lot(self, event_id: str | None) -> int:
        if event_id is None:
            return at.NO_LOT
        if event_id in self._row:
            return at.FIRST_ROW - self._row[event_id]
        return self._lot_number.get(event_id, at.UNKNOWN_LOT)

    def _encoded(self, row: int, event: Event) -> tuple[int, int, int, int, int]:
        member, amount, ref, split = -1, 0, at.NO_LOT, -1
        match event:
            case Order():
                op, member, amount = at.ORDER, self._member(event.member), event.paid_fen
                if event.split is not None:
                    split = self._splits.setdefault(event.split, len(self._splits))
                self._row[event.id] = row
            case Sell():
                op, member, ref = at.SELL, self._known(event.member), self._lot(event.order)
                amount = at.ALL_UNITS if event.units is None else event.units
            case Subsidise():
                op, amount = at.SUBSIDISE, event.amount_fen
            case Grant():
                op, member, amount = at.GRANT, self._member(event.member), event.amount_fen
                self._row[event.id] = row
            case Convert() | Expire():
                op = at.CONVERT if isinstance(event, Convert) else at.EXPIRE
                member = self._known(event.member)
                amount = at.ALL_UNITS if event.units is None else event.units
            case Refund():
                op, ref = at.REFUND, self._lot(event.order)
                amount = at.ALL_UNITS if event.amount_fen is None else event.amount_fen
            case WindDown():
                op, amount = at.WIND_DOWN, at.ALL_UNITS
        return op, member, min(amount, AMOUNT_MAX), ref, split

    def _known(self, name: str) -> int:
        """A member's number, −1 for one that no event has brought a lot yet."""
        return self._member_number.get(name, -1)
