"""Debts (待抵扣) inside the entry that pays or claims: nothing is booked twice, no second entry.

What an event pays to a member who owes pays the debt first; what it claims from a member comes out
of the available balance as far as that goes, the rest becomes debt. Which of it was debt is decided
under the locks of the purses and sealed with the batch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Balance
from zengzhi.records.store.bulk import Array

CHUNK = 5_000


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
    purses = _locked(members | set(others)) if members else {}
    claimed = set(nets.member[nets.fen < 0].tolist())
    concerned = {
        member: purses.get(member, (0, 0))
        for member in members
        if member in claimed or purses.get(member, (0, 0))[1]
    }
    rows = []
    for row, member, fen in zip(*(column.tolist() for column in nets), strict=True):
        if member not in concerned:
            continue
        available_fen, owed_fen = concerned[member]
        paid_off_fen = min(fen, owed_fen) if fen > 0 else -max(0, -fen - available_fen)
        concerned[member] = (available_fen + fen - paid_off_fen, owed_fen - paid_off_fen)
        if paid_off_fen:
            rows.append([row, member, paid_off_fen])
    return Debts.of_rows(rows)


def _locked(members: set[int]) -> dict[int, tuple[int, int]]:
    """(available, owed) of members, locked."""
    found: dict[int, tuple[int, int]] = {}
    wanted = sorted(members)
    for kind in (Kind.MEMBER_AVAILABLE, Kind.MEMBER_DEBT):
        for start in range(0, len(wanted), CHUNK):
            rows = Balance.objects.select_for_update().filter(
                kind=kind, owner__in=wanted[start : start + CHUNK]
            )
            for member, amount in rows.order_by("owner").values_list("owner", "amount"):
                available_fen, owed_fen = found.get(member, (0, 0))
                if kind is Kind.MEMBER_AVAILABLE:
                    available_fen = amount
                else:
                    owed_fen = -amount
                found[member] = (available_fen, owed_fen)
    return found
