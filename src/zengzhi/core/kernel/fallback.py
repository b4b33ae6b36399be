"""The reference behind the kernel's interface, for rules and totals outside its exact numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from zengzhi.core.economy.apply import apply
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
from zengzhi.core.economy.pool import Economy, Lot, LotPart, Outcome
from zengzhi.core.economy.rules import Rules
from zengzhi.core.economy.verbs import OPENING
from zengzhi.core.errors import InsufficientPoints, InvalidAmount, LimitExceeded, ZengzhiError
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel import memory
from zengzhi.core.kernel.columns import BatchResult, Columns
from zengzhi.core.units import Fen, PointUnits

Array = npt.NDArray[Any]
OutcomeOf = Callable[[Columns, at.Output, int, Array], Outcome | None]

_FIELDS = {
    "spend": "spend_fen",
    "contribution": "contribution_fen",
    "granted": "granted_units",
    "remaining": "remaining_units",
    "paid": "paid_fen",
    "refunded": "refunded_fen",
    "exited": "exited",
    "is_grant": "is_grant",
}
_FLAGS = ("exited", "is_grant")
_LIMITS = {
    "the order": at.LIMIT_ORDER,
    "the pool": at.LIMIT_POOL,
    "the points in circulation": at.LIMIT_OUTSTANDING,
}


def reference_economy(
    rules: Rules, numbers: Mapping[str, int], lots: Mapping[str, Array]
) -> Economy:
    """A reference economy from state numbers and lot columns; lots and members by number."""
    economy = Economy(rules)
    for name, number in numbers.items():
        setattr(economy, name, number)
    economy.closed = bool(economy.closed)
    for sequence, member in enumerate(lots["member"].tolist()):
        values: dict[str, Any] = {
            field: int(lots[name][sequence]) for name, field in _FIELDS.items()
        }
        values |= {name: bool(values[name]) for name in _FLAGS}
        lot = Lot(sequence=sequence, event_id=str(sequence), member=str(member), **values)
        economy.open_lot(lot)
        if not lot.exited:
            economy.enqueue_lot(lot)
    return economy


def event_of(columns: Columns, row: int, opened: Array, lots: int) -> Event:
    """The event of a row; lots are named by their sequence."""
    op, member = int(columns.op[row]), str(int(columns.member[row]))
    amount = int(columns.amount[row])
    units = None if amount == at.ALL_UNITS else PointUnits(amount)
    ref = at.NO_LOT if columns.ref is None else int(columns.ref[row])
    if ref <= at.FIRST_ROW:
        named = at.FIRST_ROW - ref
        ref = int(opened[named]) if named < row and opened[named] >= 0 else at.UNKNOWN_LOT
    target = str(ref)
    if op == at.ORDER:
        place = -1 if columns.split is None else int(columns.split[row])
        return Order(str(lots), member, Fen(amount), columns.splits[place] if place >= 0 else None)
    if op == at.SELL:
        return Sell("", member, units, None if ref == at.NO_LOT else target)
    if op == at.SUBSIDISE:
        return Subsidise("", Fen(amount))
    if op == at.GRANT:
        return Grant(str(lots), member, Fen(amount))
    if op == at.REFUND:
        return Refund("", target, None if units is None else Fen(units))
    if op == at.WIND_DOWN:
        return WindDown("")
    return (Convert if op == at.CONVERT else Expire)("", member, units)


def _error_number(error: ZengzhiError) -> int:
    if isinstance(error, LimitExceeded):
        return _LIMITS[error.what]
    return at.ERROR_CODES.index(error.code)


class FallbackEconomy:
    """Batches of columns into a reference economy."""

    def __init__(
        self,
        rules: Rules,
        numbers: Mapping[str, int] | None = None,
        lots: Mapping[str, Array] | None = None,
    ) -> None:
        if numbers is None or lots is None:
            self.economy = Economy(rules)
        else:
            self.economy = reference_economy(rules, numbers, lots)

    @property
    def lot_count(self) -> int:
        """Lots ever opened."""
        return len(self.economy.lots)

    def numbers(self) -> dict[str, int]:
        """The state numbers, in the order of the digest."""
        return self.economy.numbers()

    def exited(self) -> Array:
        """Of every lot, whether its cycle was closed by a forced exit."""
        return np.fromiter((lot.exited for lot in self.economy.lots), np.uint8)

    def lots(self, places: Array | None = None) -> dict[str, Array]:
        """Every lot in sequence, or those at ``places``."""
        lots = self.economy.lots
        if places is not None:
            lots = [lots[place] for place in places.tolist()]
        columns = {
            name: np.asarray([getattr(lot, field) for lot in lots], np.int64)
            for name, field in _FIELDS.items()
        }
        columns |= {name: columns[name].astype(np.uint8) for name in _FLAGS}
        columns["member"] = np.asarray([int(lot.member) for lot in lots], np.int32)
        return columns

    def apply_batch(self, columns: Columns) -> BatchResult:
        """As :meth:`KernelEconomy.apply_batch`."""
        out = memory.new_output(len(columns), with_opened=True)
        return self.continue_batch(BatchResult(columns, out, self.lot_count), 0)

    def continue_batch(self, before: BatchResult, start: int) -> BatchResult:
        """Apply the rows from ``start`` on and complete what the kernel did before them."""
        return self._continued(before, start, self._apply)

    def result_of(self, columns: Columns, outcome: Outcome) -> BatchResult:
        """The result of a batch of one event that the economy has applied already."""
        out = memory.new_output(1, with_opened=True)
        before = BatchResult(columns, out, self.lot_count - (outcome.opened is not None))
        return self._continued(before, 0, lambda *_row: outcome)

    def _continued(self, before: BatchResult, start: int, outcome_of: OutcomeOf) -> BatchResult:
        columns, out = before.columns, before.output
        opened = before.opened.copy()
        exits: list[tuple[int, LotPart]] = []
        parts: list[tuple[int, LotPart]] = []
        for row in range(start, len(columns)):
            outcome = outcome_of(columns, out, row, opened)
            opened[row] = -1
            if outcome is not None:
                _write(out, row, outcome)
                if outcome.opened is not None:
                    opened[row] = outcome.opened.sequence
                exits += [(row, part) for part in outcome.exits]
                parts += [(row, part) for part in outcome.parts]
            out.pool[row] = self.economy.pool_fen
            out.outstanding[row] = self.economy.outstanding_units
        return BatchResult(
            columns,
            out._replace(
                exits=np.concatenate([out.exits, _rows(exits)]),
                parts=np.concatenate([out.parts, _rows(parts)]),
            ),
            before.first_lot,
        )

    def _apply(self, columns: Columns, out: at.Output, row: int, opened: Array) -> Outcome | None:
        economy = self.economy
        error = _refused_outright(columns, row)
        if error == 0:
            try:
                return apply(economy, event_of(columns, row, opened, len(economy.lots)))
            except InsufficientPoints as refusal:
                out.detail[row] = refusal.held_units
                error = at.INSUFFICIENT_POINTS
            except InvalidAmount:
                lot = economy.lot_by_id[event_of(columns, row, opened, 0).order]  # type: ignore[union-attr,index]
                out.detail[row] = lot.spend_fen - lot.refunded_fen
                error = at.INVALID_AMOUNT
            except ZengzhiError as refusal:
                error = _error_number(refusal)
        out.error[row] = error
        return None


def _refused_outright(columns: Columns, row: int) -> int:
    """What the reference never sees, because the reader of events refuses it."""
    op, amount = int(columns.op[row]), int(columns.amount[row])
    if not at.ORDER <= op <= at.WIND_DOWN:
        return at.MALFORMED
    if op == at.WIND_DOWN:
        return 0
    all_allowed = op in (at.SELL, at.CONVERT, at.EXPIRE, at.REFUND)
    if amount <= 0 and not (all_allowed and amount == at.ALL_UNITS):
        return at.INVALID_AMOUNT
    if op in OPENING and columns.member[row] < 0:
        return at.UNKNOWN_MEMBER
    return 0


def _write(out: at.Output, row: int, outcome: Outcome) -> None:
    out.points[row] = outcome.points_units
    out.contribution[row] = outcome.contribution_fen
    out.payout[row] = outcome.payout_fen
    out.from_pool[row] = outcome.from_pool_fen
    out.set_off[row] = outcome.set_off_fen
    out.reserve[row] = outcome.reserve_fen
    out.swept[row] = outcome.swept_fen


def _rows(found: list[tuple[int, LotPart]]) -> Array:
    rows = [(event, part.lot.sequence, part.units, part.payout_fen) for event, part in found]
    return np.asarray(rows, np.int64).reshape(len(rows), 4)
