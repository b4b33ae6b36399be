"""The economy of a pool in memory, kept between batches and checked against the pool's row.

What is in memory is never the truth: it is good only while its sequence and chain head equal the
row's, else it catches up from the sealed batches or is loaded from the lots. The lock on the pool's
row is what keeps two threads from using one engine.

A process that settles now and then keeps the reference (no compiler is loaded); from a large batch
or a large pool on it keeps the kernel. Both answer with the same columns, bit for bit (G5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zengzhi.core.economy.apply import finish
from zengzhi.core.economy.digest import digest_of
from zengzhi.core.economy.events import Order
from zengzhi.core.economy.pool import STATE_NUMBERS, Outcome
from zengzhi.core.economy.rules import Rules, rules_from_toml
from zengzhi.core.economy.settle_order import settle_order
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.kernel.columns import BatchResult, Columns
from zengzhi.core.kernel.fallback import FallbackEconomy
from zengzhi.records.ledger.batches import GENESIS, row_id, seal_head, stream_of
from zengzhi.records.ledger.models import Batch
from zengzhi.records.settlement import models
from zengzhi.records.settlement.sealed import Packed, unpack
from zengzhi.records.store.bulk import Array

if TYPE_CHECKING:
    from zengzhi.core.kernel.economy import KernelEconomy

KERNEL_FROM_EVENTS = 128
"""A batch of this size is worth the kernel."""
KERNEL_FROM_LOTS = 20_000
"""A pool of this size is too large for one Python object a lot."""
CATCH_UP_EVENTS_MAX = 200_000
"""Further behind than this, loading the lots is cheaper."""
LOT_FIELDS = (
    "spend_fen",
    "contribution_fen",
    "granted_units",
    "remaining_units",
    "paid_fen",
    "refunded_fen",
    "exited",
    "is_grant",
    "member_id",
)
LOT_COLUMNS = (
    "spend",
    "contribution",
    "granted",
    "remaining",
    "paid",
    "refunded",
    "exited",
    "is_grant",
    "member",
)
"""The same, as the core names them."""


class Applied(NamedTuple):
    """An order that was applied. Calm: no exit is due and no pool to be swept, the order has ended;
    then ``state`` is the state after it."""

    outcome: Outcome
    calm: bool
    state: dict[str, int]


@dataclass(slots=True)
class Engine:
    """An economy and the point of the pool's history it stands at."""

    rules: Rules
    rules_id: int
    economy: "FallbackEconomy | KernelEconomy"
    sequence: int = 0
    batches: int = 0
    head: str = GENESIS
    lots_opened: int = 0
    _opened: Array | None = None

    @property
    def opened(self) -> Array:
        """By lot, the sequence of the event that opened it."""
        assert self._opened is not None  # noqa: S101
        return self._opened[: self.lots_opened]

    def numbers(self) -> dict[str, int]:
        """Every state number by its name in the pool's row."""
        if isinstance(self.economy, FallbackEconomy):
            return self.economy.numbers()
        return self.economy.numbers

    def apply(self, columns: Columns) -> BatchResult:
        """Apply a batch that begins after ``sequence``."""
        if len(columns) >= KERNEL_FROM_EVENTS or self.lots_opened >= KERNEL_FROM_LOTS:
            self._use_kernel()
        result = self.economy.apply_batch(columns)
        opened = result.opened
        self._note_opened(self.sequence + 1 + np.flatnonzero(opened >= 0))
        self.sequence += len(columns)
        return result

    def settle_order(self, order: Order) -> Applied | None:
        """Apply an order as the next event, up to the exits that may follow; ``None``, and nothing
        is changed, where it is refused or the kernel keeps the economy."""
        if self.lots_opened >= KERNEL_FROM_LOTS or not isinstance(self.economy, FallbackEconomy):
            return None
        economy = self.economy.economy
        name = str(self.lots_opened)
        try:
            outcome = settle_order(economy, name, order.member, order.paid_fen, order.split)
        except ZengzhiError:
            return None
        calm = economy.outstanding_units > 0 and economy.nothing_due()
        state = economy.numbers()
        self.sequence += 1
        self._note_opened(np.array([self.sequence]))
        return Applied(outcome, calm, {**state, "lots_opened": self.lots_opened})

    def finish(self, columns: Columns, outcome: Outcome) -> BatchResult:
        """What follows an order of :meth:`settle_order`; the result of a batch of one."""
        assert isinstance(self.economy, FallbackEconomy)  # noqa: S101
        finish(self.economy.economy, outcome)
        return self.economy.result_of(columns, outcome)

    def change_rules(self, rules: Rules, rules_id: int) -> None:
        """Go on under other rules."""
        self.economy = _economy(rules, self.numbers(), self.economy.lots())
        self.rules, self.rules_id = rules, rules_id

    def _use_kernel(self) -> None:
        if isinstance(self.economy, FallbackEconomy):
            from zengzhi.core.kernel.economy import KernelEconomy

            numbers, lots = self.economy.numbers(), self.economy.lots()
            self.economy = KernelEconomy.restore(self.rules, numbers, lots)

    def _note_opened(self, sequences: Array) -> None:
        count = self.lots_opened + len(sequences)
        if self._opened is None or count > len(self._opened):
            larger = np.zeros(max(1024, count * 3 // 2), np.int64)
            if self._opened is not None:
                larger[: self.lots_opened] = self.opened
            self._opened = larger
        self._opened[self.lots_opened : count] = sequences
        self.lots_opened = count

    def lot_of_event(self, sequence: int) -> int:
        """The lot that an event opened, −1 for none."""
        place = int(np.searchsorted(self.opened, sequence))
        found = place < self.lots_opened and self.opened[place] == sequence
        return place if found else -1

    def digest(self, event_ids: list[str]) -> str:
        """The digest of the state, with the members' keys as their names (core/economy/digest)."""
        lots = self.economy.lots()
        columns = [lots[name] for name in LOT_COLUMNS[:6]]
        columns += [lots["is_grant"], lots["exited"]]
        return digest_of(
            [*self.numbers().values(), self.lots_opened],
            (column.astype("<i8").tobytes() for column in columns),
            event_ids,
            (str(member) for member in lots["member"].tolist()),
        )


_engines: dict[tuple[str, int], Engine] = {}


def rules_of(pool: models.Pool) -> Rules:
    """The rules a pool runs under."""
    return rules_from_toml(pool.rules.text)


def empty(rules: Rules, rules_id: int) -> Engine:
    """An engine at the beginning of a pool's history."""
    return Engine(rules, rules_id, FallbackEconomy(rules))


def _economy(
    rules: Rules, numbers: Mapping[str, int], lots: Mapping[str, Array]
) -> "FallbackEconomy | KernelEconomy":
    if len(lots["spend"]) < KERNEL_FROM_LOTS:
        return FallbackEconomy(rules, numbers, lots)
    from zengzhi.core.kernel.economy import KernelEconomy

    return KernelEconomy.restore(rules, numbers, lots)


def state_of(pool: models.Pool) -> dict[str, int]:
    """The state numbers in a pool's row."""
    return {name: int(getattr(pool, name)) for name in STATE_NUMBERS}


def _load(pool: models.Pool) -> Engine:
    rows = models.Lot.objects.filter(pool=pool).order_by("id").values_list("id", *LOT_FIELDS)
    parts = [np.zeros((0, 1 + len(LOT_FIELDS)), np.int64)]
    chunk: list[tuple[Any, ...]] = []
    for row in rows.iterator(chunk_size=20_000):
        chunk.append(row)
        if len(chunk) == 20_000:
            parts.append(np.array(chunk, np.int64))
            chunk = []
    if chunk:
        parts.append(np.array(chunk, np.int64))
    table = np.concatenate(parts)
    lots = {name: table[:, place].copy() for place, name in enumerate(LOT_COLUMNS, 1)}
    opened = table[:, 0] - row_id(pool.pk, 0)
    rules = rules_of(pool)
    engine = Engine(rules, pool.rules_id, _economy(rules, state_of(pool), lots))
    engine._note_opened(opened)
    engine.sequence, engine.batches, engine.head = pool.sequence, pool.batches, pool.head
    return engine


def fold(engine: Engine, packed: Packed, payload: bytes) -> BatchResult:
    """Apply a sealed batch to an engine that stands before it."""
    result = engine.apply(packed.kernel_columns())
    engine.head = seal_head(engine.head, payload)
    engine.batches += 1
    return result


def _catch_up(engine: Engine, pool: models.Pool) -> bool:
    """Apply what others settled since; false when the history is not a continuation of ours."""
    if not 0 < pool.sequence - engine.sequence <= CATCH_UP_EVENTS_MAX:
        return False
    batches = Batch.objects.filter(stream=stream_of(pool.code), number__gt=engine.batches)
    for batch in batches.order_by("number"):
        first = row_id(pool.pk, engine.sequence + 1)
        if (batch.first, batch.previous) != (first, engine.head):
            return False
        payload = bytes(batch.payload)
        packed = unpack(payload)
        if packed.header["rules"] != engine.rules_id:
            return False
        fold(engine, packed, payload)
    reached = (engine.sequence, engine.head) == (pool.sequence, pool.head)
    return reached and engine.numbers() == state_of(pool)


def engine_for(pool: models.Pool, database: str) -> Engine:
    """The engine of a locked pool row, brought to its sequence."""
    key = (database, pool.pk)
    engine = _engines.get(key)
    if engine is not None and _stands_at(engine, pool):
        return engine
    if engine is None or engine.rules_id != pool.rules_id or not _catch_up(engine, pool):
        engine = _load(pool)
    _engines[key] = engine
    return engine


def _stands_at(engine: Engine, pool: models.Pool) -> bool:
    here = (engine.sequence, engine.head, engine.rules_id)
    return here == (pool.sequence, pool.head, pool.rules_id)


def forget(pool_pk: int, database: str) -> None:
    """Drop what is in memory: the transaction that changed it was not committed."""
    _engines.pop((database, pool_pk), None)
