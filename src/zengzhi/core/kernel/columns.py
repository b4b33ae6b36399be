"""What goes into a batch and what comes out of it, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from zengzhi.core.economy.rules import Split
from zengzhi.core.economy.verbs import OPENING
from zengzhi.core.kernel.layout import ERROR_CODES, FIRST_ROW, ORDER, Output

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Events as columns.

    ``op``: the verb's number (``layout``) · ``member``: dense index, −1 for a member nobody knows ·
    ``amount``: fen paid or given, units, or −1 for all (as of winding down) · ``ref``: the sequence
    of the lot that a sale or refund names, −1 none, −2 one that does not exist, −3 − row the lot
    opened by that row of the same batch · ``split``: −1 the rules', else a place in ``splits``.
    """

    op: Array
    member: Array
    amount: Array
    ref: Array | None = None
    split: Array | None = None
    splits: Sequence[Split] = field(default=())

    @staticmethod
    def orders(member: Array, paid_fen: Array) -> "Columns":
        """Orders only, under the rules' split."""
        return Columns(np.full(len(member), ORDER, np.uint8), member, paid_fen)

    def __len__(self) -> int:
        return len(self.op)

    def __getitem__(self, rows: slice) -> "Columns":
        """Some of the events; references to rows move along (a row cut off is unknown)."""
        first = rows.indices(len(self))[0]
        ref = None if self.ref is None else self.ref[rows].copy()
        if ref is not None and first:
            by_row = ref <= FIRST_ROW
            ref[by_row] = np.where(ref[by_row] + first <= FIRST_ROW, ref[by_row] + first, -2)
        split = None if self.split is None else self.split[rows]
        return Columns(self.op[rows], self.member[rows], self.amount[rows], ref, split, self.splits)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did: one row an event; money in fen, points in units, 0 where nothing moved.

    ``error``: 0 accepted, else a number of ``layout.ERROR_CODES`` · ``detail``: what is held
    (``insufficient_points``) or left to refund (``invalid_amount``) · ``pool`` and ``outstanding``:
    the state after the event, its exits and its sweep · ``exits`` and ``parts``: rows of (event,
    lot, units, payout), in the order they happened.
    """

    columns: Columns
    output: Output
    first_lot: int
    """Sequence of the next lot when the batch began."""

    def __len__(self) -> int:
        return len(self.columns)

    def __getattr__(self, name: str) -> Array:
        column: Array = getattr(self.output, name)
        return column

    def code(self, event: int) -> str:
        """The public error code of an event, "" when it was accepted."""
        return ERROR_CODES[self.output.error[event]]

    @property
    def opened(self) -> Array:
        """The lot each event opened, −1 for none."""
        opens = (self.output.error == 0) & np.isin(self.columns.op, OPENING)
        return np.where(opens, self.first_lot + np.cumsum(opens) - 1, -1)
