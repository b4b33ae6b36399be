"""Events on their way into a pool, as columns: what a batch is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from zengzhi.core.economy.events import (
    Convert,
    Event,
    Expire,
    Grant,
    Order,
    Refund,
    Sell,
    WindDown,
)
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import Malformed
from zengzhi.core.kernel import layout as at
from zengzhi.core.units import Ppm
from zengzhi.records.settlement.parties import UNNAMED, Parties, PartyColumns, columns_of
from zengzhi.records.store.bulk import Array, Texts, microseconds

EVENT_ID_MAX = 64
AMOUNT_MAX = 2**62
"""Larger amounts are past every limit and above every holding; this stands for them."""
Content = tuple[int, int, int, str, str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """One event to settle, when it happened, and who stands outside. ``held_fen``: what of an
    order's distribution part somebody else holds already; it stays out of the entry."""

    event: Event
    happened_at: datetime
    parties: Parties = UNNAMED
    held_fen: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """Events as columns. Amounts in fen or units, −1: all; member 0: none; split 0: the rules',
    else 1 + place in ``splits``; ``party`` 0: nobody named, else 1 + place in ``parties``;
    ``held``: fen of an order's distribution part that are held elsewhere; ``targets``: row → id of
    the order a sale or refund names."""

    ids: Sequence[str]
    op: Array
    member: Array
    amount: Array
    happened_us: Array
    split: Array
    party: Array
    held: Array
    splits: Sequence[Split] = ()
    parties: Sequence[Parties] = ()
    targets: dict[int, str] = field(default_factory=dict)

    @staticmethod
    def orders(
        ids: Sequence[str],
        member: Array,
        paid_fen: Array,
        happened_us: Array,
        parties: Parties = UNNAMED,
    ) -> "Incoming":
        """Orders under the rules' split, all with the same parties."""
        count = len(ids)
        op, split = np.full(count, at.ORDER, np.uint8), np.zeros(count, np.int32)
        named = () if parties == UNNAMED else (parties,)
        party, held = np.full(count, len(named), np.int64), np.zeros(count, np.int64)
        return Incoming(ids, op, member, paid_fen, happened_us, split, party, held, parties=named)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: list[int]) -> "Incoming":
        """Some of the events, in the order of ``rows``."""
        if len(rows) == len(self):
            return self
        new_row = {row: place for place, row in enumerate(rows)}
        targets = {new_row[row]: name for row, name in self.targets.items() if row in new_row}
        columns = (
            self.op,
            self.member,
            self.amount,
            self.happened_us,
            self.split,
            self.party,
            self.held,
        )
        op, member, amount, happened_us, split, party, held = (each[rows] for each in columns)
        ids = [self.ids[row] for row in rows]
        numbers = (op, member, amount, happened_us, split, party, held)
        return Incoming(ids, *numbers, self.splits, self.parties, targets)

    @property
    def party_columns(self) -> PartyColumns:
        """Each event's parties: kind and owner of both accounts."""
        return columns_of(self.parties, self.party)

    @property
    def party_texts(self) -> Any:
        """Each event's parties as stored."""
        if not self.parties:
            return ""
        return Texts(["", *(each.text for each in self.parties)], self.party)

    @property
    def split_texts(self) -> Texts:
        """Each event's own split as stored."""
        return Texts(["", *map(split_text, self.splits)], self.split)

    @property
    def target_texts(self) -> Any:
        """The order each event names, "" for none."""
        if not self.targets:
            return ""
        places = np.zeros(len(self), np.int64)
        places[list(self.targets)] = np.arange(1, len(self.targets) + 1)
        return Texts(["", *self.targets.values()], places)

    def content(self, row: int) -> Content:
        """What the event of a row says, as stored: op, member, amount, target, split, parties."""
        return (
            int(self.op[row]),
            int(self.member[row]),
            int(self.amount[row]),
            self.targets.get(row, ""),
            split_text(self.splits[self.split[row] - 1]) if self.split[row] else "",
            self.parties[self.party[row] - 1].text if self.party[row] else "",
        )


@lru_cache(maxsize=1024)
def split_text(split: Split | None) -> str:
    """An order's own split as stored with its event."""
    if split is None:
        return ""
    return "/".join(str(rate_ppm) for rate_ppm in split.rates_ppm)


def split_from_text(text: str) -> Split | None:
    """The inverse of :func:`split_text`."""
    return Split(*(Ppm(int(part)) for part in text.split("/"))) if text else None


def _amount(event: Event) -> int:
    match event:
        case Order():
            amount: int | None = event.paid_fen
        case Sell() | Convert() | Expire():
            amount = event.units
        case WindDown():
            amount = None
        case _:
            amount = event.amount_fen
    return at.ALL_UNITS if amount is None else min(amount, AMOUNT_MAX)


def incoming(requests: Sequence[Request]) -> Incoming:
    """Requests as columns. Errors: ``malformed`` for an id longer than 64 characters."""
    count = len(requests)
    numbers = np.zeros((count, 7), np.int64)
    ids: list[str] = []
    splits: dict[Split, int] = {}
    parties: dict[Parties, int] = {}
    targets: dict[int, str] = {}
    for row, request in enumerate(requests):
        event = request.event
        if not 0 < len(event.id) <= EVENT_ID_MAX:
            raise Malformed(f"an event id has 1 to {EVENT_ID_MAX} characters")
        ids.append(event.id)
        split = 0
        if isinstance(event, Order) and event.split is not None:
            split = splits.setdefault(event.split, len(splits) + 1)
        elif isinstance(event, Sell | Refund) and event.order is not None:
            targets[row] = event.order
        member = int(event.member) if isinstance(event, _WITH_MEMBER) else 0
        at_us = microseconds(request.happened_at)
        party = 0
        if request.parties != UNNAMED:
            party = parties.setdefault(request.parties, len(parties) + 1)
        amount, held_fen = _amount(event), request.held_fen
        numbers[row] = event.verb.number, member, amount, at_us, split, party, held_fen
    op, split_places = numbers[:, 0].astype(np.uint8), numbers[:, 4].astype(np.int32)
    member_column, amounts, happened_us = (numbers[:, place].copy() for place in (1, 2, 3))
    party_places, held = numbers[:, 5].copy(), numbers[:, 6].copy()
    columns = (op, member_column, amounts, happened_us, split_places, party_places, held)
    return Incoming(ids, *columns, tuple(splits), tuple(parties), targets)


_WITH_MEMBER = Order | Sell | Grant | Convert | Expire
