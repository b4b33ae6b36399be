"""Legs of many entries at once: rules add blocks of columns, which are then put in the order of
entries. Within an entry the legs stand in the order of their stages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zengzhi.records.ledger.chart import Kind, Unit
from zengzhi.records.ledger.journal import Unbalanced, next_numbers, post_columns
from zengzhi.records.store import clock
from zengzhi.records.store.bulk import Array, Texts, microseconds

STAGES = 18
COLUMNS = ("row", "position", "kind", "owner", "unit", "amount")


@dataclass(slots=True)
class Legs:
    """Blocks of legs: (row of the entry, stage, kind, owner, unit, amount)."""

    blocks: list[tuple[Array, int, Any, Any, int, Any]] = field(default_factory=list)
    bare: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    """Entries that are posted although nothing moves: one leg of 0 says what was looked at."""

    def money(self, rows: Array, stage: int, kind: Any, owner: Any, fen: Any) -> None:
        """A leg in fen for each of the rows; kind and owner are one for all or a column."""
        if len(rows):
            self.blocks.append((rows, stage, kind, owner, int(Unit.CNY), fen))

    def points(self, rows: Array, stage: int, kind: Kind, owner: Any, units: Any) -> None:
        """A leg in point units for each of the rows."""
        if len(rows):
            self.blocks.append((rows, stage, kind, owner, int(Unit.POINT), units))

    def nothing(self, rows: Array, kind: Kind, owner: Any) -> None:
        """A leg of 0.00 for entries of which nothing moves and which are on record all the same."""
        self.money(rows, 0, kind, owner, np.zeros(len(rows), np.int64))
        self.bare = np.concatenate([self.bare, rows])

    def columns(self) -> dict[str, Array]:
        """All legs that are not 0, by entry and stage, with their positions."""
        if not self.blocks:
            return dict.fromkeys(COLUMNS, np.zeros(0, np.int64))
        rows, stage, kind, owner, unit, amount = (
            np.concatenate([np.broadcast_to(np.asarray(b[k]), len(b[0])) for b in self.blocks])
            for k in range(6)
        )
        kept = np.flatnonzero((amount != 0) | np.isin(rows, self.bare))
        order = kept[np.argsort(rows[kept] * STAGES + stage[kept], kind="stable")]
        rows = rows[order]
        first = firsts(rows)
        counts = np.diff(np.r_[first, len(rows)])
        return {
            "row": rows,
            "position": np.arange(len(rows)) - np.repeat(first, counts),
            "kind": kind[order],
            "owner": owner[order],
            "unit": unit[order],
            "amount": amount[order],
        }

    def post(
        self,
        kind: str,
        references: Sequence[str],
        at: Array,
        versions: Sequence[str],
        facts: Sequence[str] | None = None,
    ) -> Array:
        """Post them as one entry for each row that has legs; the entries' numbers by row, 0 where
        there is none. ``facts``: frozen values as text.

        Errors: ``unbalanced``, and ``insufficient_balance`` when a balance would go negative.
        """
        legs, numbers = self.columns(), np.zeros(len(references), np.int64)
        rows = legs.pop("row")
        if len(rows) == 0:
            return numbers
        first = firsts(rows)
        for unit in Unit:
            if np.add.reduceat(np.where(legs["unit"] == unit, legs["amount"], 0), first).any():
                raise Unbalanced(f"{kind}: the legs of {len(first)} entries")
        entries = rows[first]
        numbers[entries] = next_numbers(len(first))
        places = entries.tolist()
        heads = {
            "id": numbers[entries],
            "kind": kind,
            "reference": Texts([references[place] for place in places]),
            "happened_at": at[entries],
            "recorded_at": microseconds(clock.now()),
            "version": Texts([versions[place] for place in places]),
            "corrects": None,
            "leg_count": np.diff(np.r_[first, len(rows)]),
            "facts": Texts([facts[place] for place in places]) if facts else "",
        }
        post_columns(heads, {"transaction_id": numbers[rows], **legs})
        return numbers


def firsts(rows: Array) -> Array:
    """Where a new row begins in a sorted column."""
    if len(rows) == 0:
        return rows
    return np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
