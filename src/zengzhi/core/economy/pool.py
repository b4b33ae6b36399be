"""The state of one economy: the pool, the points in circulation, and the lots.

Price = pool / outstanding, always a ratio of two integers, never stored rounded. Verbs live in
files of their own and change this state only after every check has passed (G4).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import InsufficientPoints, LimitExceeded, UnknownMember, UnknownOrder
from zengzhi.core.units import OUTSTANDING_UNITS_LIMIT, POOL_FEN_LIMIT, UNITS_PER_POINT


@dataclass(slots=True)
class Lot:
    """The points of one order or grant (批次). V, n and c never change."""

    sequence: int
    event_id: str
    member: str
    is_grant: bool
    spend_fen: int
    contribution_fen: int
    granted_units: int
    remaining_units: int
    paid_fen: int = 0
    """Everything the lot has paid out: sales, exits, conversions."""
    refunded_fen: int = 0
    """Cumulative refund R of the spend V."""
    exited: bool = False
    """Its cycle was closed by a forced exit; it counts in no later one."""


@dataclass(slots=True)
class Cycle:
    """A member's order lots since the last exit (basis ``member``, 需重新投入)."""

    first_sequence: int
    spend_fen: int = 0
    granted_units: int = 0
    lots: list[Lot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LotPart:
    """What one lot gave and got in a sale, a conversion, an expiry or an exit."""

    lot: Lot
    units: int
    payout_fen: int


@dataclass(slots=True)
class Outcome:
    """What an accepted verb did. Money in fen, points in units."""

    points_units: int = 0
    contribution_fen: int = 0
    payout_fen: int = 0
    from_pool_fen: int = 0
    parts: list[LotPart] = field(default_factory=list)
    """Of a sale, conversion or expiry: lot by lot."""
    exits: list[LotPart] = field(default_factory=list)
    opened: Lot | None = None
    """The lot an order or grant opened."""
    set_off_fen: int = 0
    """y of a refund: what the lot had paid out, set off against the refund."""
    reserve_fen: int = 0
    """What the refund reserve bears (negative: receives)."""
    swept_fen: int = 0
    """What went to the pool reserve because no points were left."""


@dataclass(slots=True)
class Economy:
    """A pool with all its lots. Conserves: Σ points of open lots = outstanding (G2)."""

    rules: Rules
    pool_fen: int = 0
    outstanding_units: int = 0
    epoch: int = 1
    pool_reserve_fen: int = 0
    refund_reserve_fen: int = 0
    put_in_fen: int = 0
    paid_out_fen: int = 0
    converted_fen: int = 0
    refunded_fen: int = 0
    """Taken out of the pool by refunds."""
    lots: list[Lot] = field(default_factory=list)
    lot_by_id: dict[str, Lot] = field(default_factory=dict)
    lots_by_member: dict[str, list[Lot]] = field(default_factory=dict)
    cycles: dict[str, Cycle] = field(default_factory=dict)
    exit_queue: list[tuple[int, int, str]] = field(default_factory=list)
    """Heap of (exit price key, first lot sequence, member): see forced_exit.py."""

    def open_lot(self, lot: Lot) -> None:
        """Enter a new lot into every index."""
        self.lots.append(lot)
        self.lot_by_id[lot.event_id] = lot
        self.lots_by_member.setdefault(lot.member, []).append(lot)

    def open_lots_of(self, member: str) -> Iterator[Lot]:
        """The member's lots with points left, first in first."""
        lots = self.lots_by_member[member]
        if lots and not lots[0].remaining_units:
            # Lots never fill up again: forget the empty head, so that the walk stays short.
            first = next((i for i, lot in enumerate(lots) if lot.remaining_units), len(lots))
            del lots[:first]
        return (lot for lot in lots if lot.remaining_units)

    def value_fen(self, units: int) -> int:
        """⌊units × price⌋ in fen; 0 in an empty pool."""
        return units * self.pool_fen // self.outstanding_units if self.outstanding_units else 0

    def points_for(self, value_fen: int) -> int:
        """⌊value / price⌋ in units at the price *now*; at the opening price while S = 0."""
        if self.outstanding_units:
            return value_fen * self.outstanding_units // self.pool_fen
        return value_fen * UNITS_PER_POINT // self.rules.opening_price_fen

    def take_units(
        self, member: str, units: int | None, event_id: str | None = None
    ) -> list[tuple[Lot, int]]:
        """Choose the lots that ``units`` (``None``: all) come from, first in first out, or one
        named lot only. Changes nothing. Errors: ``unknown_member``, ``unknown_order``,
        ``insufficient_points``."""
        if member not in self.lots_by_member:
            raise UnknownMember(member)
        if event_id is None:
            lots = self.open_lots_of(member)
        else:
            named = self.lot_by_id.get(event_id)
            if named is None or named.member != member:
                raise UnknownOrder(event_id)
            lots = iter([named] if named.remaining_units else [])
        taken: list[tuple[Lot, int]] = []
        taken_units = 0
        for lot in lots:
            part_units = lot.remaining_units
            if units is not None:
                part_units = min(part_units, units - taken_units)
            taken.append((lot, part_units))
            taken_units += part_units
            if taken_units == units:
                return taken
        if taken_units == 0 or units is not None:
            raise InsufficientPoints(units or 0, taken_units)
        return taken

    def check_limits(self, pool_fen: int, outstanding_units: int) -> None:
        """Refuse a step that would leave the domain in which the batch kernel is exact."""
        if pool_fen >= POOL_FEN_LIMIT:
            raise LimitExceeded("the pool", "2^53 fen")
        if outstanding_units >= OUTSTANDING_UNITS_LIMIT:
            raise LimitExceeded("the points in circulation", "2^60 units")
