"""``KernelEconomy``: a pool with all its lots in arrays, fed with batches of events.

Equal to the reference, bit for bit, for any way a stream is cut into batches (G5, G6). Rules or
totals outside the numbers in which the kernel is exact are handed to the reference itself, which
is slower and never wrong (:mod:`zengzhi.core.kernel.fallback`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from zengzhi.core.economy.digest import digest_of
from zengzhi.core.economy.pool import STATE_NUMBERS
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.economy.verbs import OPENING
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel import memory
from zengzhi.core.kernel.columns import BatchResult, Columns
from zengzhi.core.kernel.fallback import FallbackEconomy
from zengzhi.core.kernel.load import load_lots
from zengzhi.core.kernel.loop import run
from zengzhi.core.kernel.lots import declare_classes
from zengzhi.core.kernel.views import Directory
from zengzhi.core.units import ORDER_FEN_MAX, PPM

Array = npt.NDArray[Any]

SAMPLE = 512
"""Orders of a batch that are looked at to find its classes."""
CLASS_FROM = 3
"""Orders of the same (V, c) in the sample that make a class of it."""
LOT_COLUMNS = ("spend", "contribution", "granted", "remaining", "paid", "refunded")


def supported(rules: Rules) -> bool:
    """Whether the kernel is exact under these rules; otherwise the reference does the work."""
    multiple = rules.exit_multiple
    rates = (rules.reward_ppm, rules.retention_ppm, rules.exit_retention_ppm)
    return (
        all(0 <= rate <= PPM for rate in rates)
        and isinstance(rules.opening_price_fen, int)
        and 0 < rules.opening_price_fen < 10**12
        and (multiple is None or (multiple >= 1 and multiple.numerator < 2**62))
    )


class KernelEconomy:
    """A pool and its lots. State numbers are properties named as in the reference."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._splits: dict[Split, int] = {rules.split: 0}
        self._directory: Directory
        self._world = memory.new_world(rules)
        self._fallback = None if supported(rules) else FallbackEconomy(rules)

    @property
    def _world(self) -> at.World:
        world: at.World = self._directory.arrays
        return world

    @_world.setter
    def _world(self, world: at.World) -> None:
        """Every change of an array needs a new directory."""
        self._directory = Directory(world)

    # -- batches ---------------------------------------------------------------------------

    def apply_batch(self, columns: Columns) -> BatchResult:
        """Apply events one after another. Refused ones change nothing and have an error number."""
        if self._fallback is not None:
            return self._fallback.apply_batch(columns)
        first_lot = self.lot_count
        batch = self._batch(columns)
        out = memory.new_output(len(columns), bool((batch.ref <= at.FIRST_ROW).any()))
        self._declare_classes(batch)
        opening = int(np.count_nonzero(np.isin(batch.op, OPENING)))
        self.reserve(self.lot_count + opening)
        self._world.state[[at.EXITS, at.PARTS]] = 0
        event = 0
        while True:
            event = self._run(batch, out, event)
            if event == len(columns):
                break
            if out.error[event]:
                out.error[event] = 0
                return self._go_on_outside(columns, out, event, first_lot)
            self._world, out = memory.make_room(self._world, out)
        return self._result(columns, out, first_lot)

    def _run(self, batch: at.Batch, out: at.Output, event: int) -> int:
        columns, output = Directory(batch), Directory(out)
        return int(run(self._directory.address, columns.address, output.address, event))

    def reserve(self, lots: int) -> None:
        """Make room for so many lots in all, when more than a batch of them is known to come."""
        if lots > len(self._world.granted):
            self._world = memory.reserve_lots(self._world, lots)

    def _result(self, columns: Columns, out: at.Output, first_lot: int) -> BatchResult:
        state = self._world.state
        cut = out._replace(exits=out.exits[: state[at.EXITS]], parts=out.parts[: state[at.PARTS]])
        return BatchResult(columns, cut, first_lot)

    def _go_on_outside(
        self, columns: Columns, out: at.Output, event: int, first_lot: int
    ) -> BatchResult:
        """The rest of a batch, and of this economy's life, in the reference."""
        before = self._result(columns, out, first_lot)
        self._fallback = FallbackEconomy(
            self.rules, self._numbers(), memory.lot_columns(self._world)
        )
        self._world = memory.new_world(self.rules)
        return self._fallback.continue_batch(before, event)

    def _batch(self, columns: Columns) -> at.Batch:
        nothing = np.zeros(0, np.int64)
        split = np.zeros(0, np.int32)
        if columns.split is not None:
            places = [0] + [self._split_place(split) for split in columns.splits]
            split = np.asarray(places, np.int32)[np.asarray(columns.split) + 1]
        return at.Batch(
            op=memory.writable(columns.op, np.uint8),
            member=memory.writable(columns.member, np.int64),
            amount=memory.writable(columns.amount, np.int64),
            ref=nothing if columns.ref is None else memory.writable(columns.ref, np.int64),
            split=split,
        )

    def _split_place(self, split: Split) -> int:
        place = self._splits.setdefault(split, len(self._splits))
        if place == len(self._world.splits):
            row = np.asarray([split.rates_ppm], np.int64)
            table = np.concatenate([self._world.splits, row])
            self._world = self._world._replace(splits=table)
        return place

    def _declare_classes(self, batch: at.Batch) -> None:
        """Declare what is frequent among some orders of the batch."""
        step = max(1, len(batch.op) // SAMPLE)
        some = np.flatnonzero(batch.op[::step] == at.ORDER) * step
        if len(some) < CLASS_FROM or self._world.state[at.CLASSES] == at.CLASSES_MAX:
            return
        paid = np.clip(batch.amount[some], 0, ORDER_FEN_MAX)
        split = batch.split[some] if len(batch.split) else np.zeros(len(some), np.int32)
        parts = paid[:, None] * self._world.splits[split] // PPM
        self._declare(paid, paid - parts.sum(axis=1))

    def _declare(self, spend: Array, contribution: Array) -> None:
        """Declare the frequent ones of some pairs, the most frequent first."""
        mixed = spend * 0x9E3779B1 + contribution  # only a proposal: the pair itself is compared
        _values, first, counts = np.unique(mixed, return_index=True, return_counts=True)
        frequent = np.argsort(-counts, kind="stable")
        chosen = first[frequent[counts[frequent] >= CLASS_FROM]]
        pairs = np.stack([spend[chosen], contribution[chosen]], axis=1)
        pairs = pairs[pairs[:, 0] > 0]
        if len(pairs):
            declare_classes(self._directory.address, pairs)

    # -- restoring -------------------------------------------------------------------------

    @classmethod
    def restore(
        cls, rules: Rules, numbers: Mapping[str, int], lots: Mapping[str, npt.ArrayLike]
    ) -> "KernelEconomy":
        """The economy with these state numbers and lots.

        ``numbers`` as :attr:`numbers`, ``lots`` as :meth:`lots`, in sequence. Lots without points
        may be left out when nothing will ask for them again (refund, digest, open cycles).
        """
        self = cls(rules)
        columns = {name: np.asarray(column) for name, column in lots.items()}
        if self._fallback is not None:
            self._fallback = FallbackEconomy(rules, numbers, columns)
            return self
        stacked = np.stack([columns[name].astype(np.int64) for name in LOT_COLUMNS], axis=1)
        self._world.state[: len(STATE_NUMBERS)] = [numbers[name] for name in STATE_NUMBERS]
        step = max(1, len(stacked) // SAMPLE)
        self._declare(stacked[::step, 0], stacked[::step, 1])
        self.reserve(len(stacked))
        member = memory.writable(columns["member"], np.int64)
        exited, granted = (columns[name].astype(bool) for name in ("exited", "is_grant"))
        marks = memory.writable(at.EXITED * exited + at.GRANTED * granted, np.uint8)
        row = 0
        while row < len(stacked):
            row = int(load_lots(self._directory.address, stacked, member, marks, row))
            if row < len(stacked):
                self._world = memory.make_room(self._world, None)[0]
        return self

    # -- state -----------------------------------------------------------------------------

    def _numbers(self) -> dict[str, int]:
        state = self._world.state
        return {name: int(state[place]) for place, name in enumerate(STATE_NUMBERS)}

    @property
    def numbers(self) -> dict[str, int]:
        """Every state number by its name in the reference."""
        return self._numbers() if self._fallback is None else self._fallback.numbers()

    def __getattr__(self, name: str) -> int:
        """``pool_fen``, ``outstanding_units``, … as in the reference."""
        if name not in STATE_NUMBERS:
            raise AttributeError(name)
        return self.numbers[name]

    @property
    def lot_count(self) -> int:
        """Lots ever opened."""
        if self._fallback is not None:
            return self._fallback.lot_count
        return int(self._world.state[at.LOTS])

    @property
    def open_lot_count(self) -> int:
        """Lots with points left."""
        return int(np.count_nonzero(self.lots()["remaining"]))

    def lots(self, places: Array | None = None) -> dict[str, Array]:
        """Every lot in sequence, or those at ``places``: the columns of the digest, and
        ``member`` (copies)."""
        if self._fallback is not None:
            return self._fallback.lots(places)
        return memory.lot_columns(self._world, places)

    def exited(self) -> Array:
        """Of every lot, whether its cycle was closed by a forced exit (a copy)."""
        if self._fallback is not None:
            return self._fallback.exited()
        marks = self._world.marks[: self.lot_count]
        exited: Array = (marks & at.EXITED != 0).astype(np.uint8)
        return exited

    def memory(self) -> tuple[int, int]:
        """Bytes in use for lots, members and queues, and bytes of all arrays with what is
        reserved (address space; a page of it is taken when it is first written)."""
        return memory.bytes_in_use(self._world), sum(array.nbytes for array in self._world)

    def digest(self, event_ids: Sequence[str], members: Sequence[str]) -> str:
        """The digest of ``core/economy/digest.py``: ``event_ids`` by lot, ``members`` by index."""
        lots = self.lots()
        names = ("spend", "contribution", "granted", "remaining", "paid", "refunded")
        columns = [lots[name] for name in names]
        columns += [lots["is_grant"], lots["exited"]]
        return digest_of(
            [*self.numbers.values(), self.lot_count],
            (column.astype("<i8").tobytes() for column in columns),
            event_ids[: self.lot_count],
            (members[member] for member in lots["member"]),
        )
