"""Parties (当事方): the accounts outside the economy that an event moves money with.

Settlement knows pools, members and its own accounts. Who gets the cost part of an order, and where
an event's money comes from or goes back to, comes in with the event as neutral accounts (kind and
owner) and is sealed with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.store.bulk import Array

NOBODY = Account(Kind.OUTSIDE)
"""Stands for a party that the event does not name."""


@dataclass(frozen=True)
class Parties:
    """Who takes the cost part, and where the money comes from or goes back to."""

    cost: Account = NOBODY
    counterparty: Account = NOBODY

    @cached_property
    def numbers(self) -> tuple[int, int, int, int]:
        """The two accounts as sealed: kind and owner, kind and owner."""
        return self.cost.kind, self.cost.owner, self.counterparty.kind, self.counterparty.owner

    @cached_property
    def text(self) -> str:
        """As stored with an event: ``2:7/1:3``, "" where nobody is named."""
        if self == UNNAMED:
            return ""
        return "{}:{}/{}:{}".format(*self.numbers)


UNNAMED = Parties()


def parties_of(numbers: Sequence[int | str]) -> Parties:
    """The inverse of :attr:`Parties.numbers`."""
    cost_kind, cost_owner, kind, owner = (int(number) for number in numbers)
    return Parties(Account(Kind(cost_kind), cost_owner), Account(Kind(kind), owner))


def parties_from_text(text: str) -> Parties:
    """The inverse of :attr:`Parties.text`."""
    return parties_of(text.replace("/", ":").split(":")) if text else UNNAMED


class PartyColumns(NamedTuple):
    """The parties of events as columns."""

    cost_kind: Array
    cost_owner: Array
    kind: Array
    owner: Array

    def of(self, rows: Array) -> "PartyColumns":
        """Those of some rows."""
        return PartyColumns(*(column[rows] for column in self))


def columns_of(parties: Sequence[Parties], places: Array) -> PartyColumns:
    """By row: the parties at ``places``, 0 being nobody's."""
    table = np.array([each.numbers for each in (UNNAMED, *parties)], np.int64)
    return PartyColumns(*table[places].T)
