"""Debts (待抵扣) inside the entry that pays or claims: nothing is booked twice, no second entry.

What of a payment or claim is debt is the ledger's rule (:mod:`zengzhi.records.ledger.purses`),
decided under the locks of the purses and sealed with the batch: the events alone do not say it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zengzhi.records.ledger.purses import Purses
from zengzhi.records.store.bulk import Array


class Nets(NamedTuple):
    """What events pay to members (above 0) or claim from them (below), in the order of events."""

    row: Array
    member: Array
    fen: Array


@dataclass(frozen=True, slots=True)
class Debts:
    """By event and member: fen of debt that were paid off (above 0) or added (below)."""

    row: Array
    member: Array
    fen: Array

    @staticmethod
    def of_rows(rows: Sequence[Sequence[int]]) -> "Debts":
        """From rows of (event, member, fen), as sealed."""
        table = np.array(rows, np.int64).reshape(-1, 3)
        return Debts(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())

    def rows(self) -> list[list[int]]:
        """The inverse of :meth:`of_rows`."""
        rows: list[list[int]] = np.stack([self.row, self.member, self.fen], axis=1).tolist()
        return rows


NO_DEBTS = Debts.of_rows([])
DebtsOf = Callable[[Nets], Debts]


def debts_under_lock(nets: Nets, others: Iterable[int] = ()) -> Debts:
    """What of the payments and claims is debt. Locks the purses of all members concerned, and of
    the ``others`` whose money the same transaction moves, in their one order."""
    members = set(nets.member.tolist())
    if not members:
        return NO_DEBTS
    parts = Purses.lock(members.union(others)).divide(nets.member, nets.fen)
    met = np.flatnonzero(parts)
    return Debts(nets.row[met], nets.member[met], parts[met])
