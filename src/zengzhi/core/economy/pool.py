"""The state of one economy (盈利池): the pool, the points in circulation, and the lots.

Price = pool / outstanding, always a ratio of two integers, never stored rounded. Verbs live in
files of their own and change this state only after every check has passed (G4).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappush
from typing import TYPE_CHECKING

from zengzhi.core.economy.lot_choice import choose_lots
from zengzhi.core.economy.opening_price import points_at_opening
from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import LimitExceeded, PoolClosed, UnknownMember, UnknownOrder
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import OUTSTANDING_UNITS_LIMIT, POOL_FEN_LIMIT, Fen, PointUnits

if TYPE_CHECKING:
    from zengzhi.core.economy.settle_order import OrderParts

STATE_NUMBERS = (
    "pool_fen",
    "outstanding_units",
    "epoch",
    "pool_reserve_fen",
    "refund_reserve_fen",
    "put_in_fen",
    "paid_out_fen",
    "converted_fen",
    "refunded_fen",
    "closed",
)
"""The numbers of a state, in the order of the digest."""
KEY_SHIFT = 128
"""Two different V/n with n < 2⁶³ differ by more than 2⁻¹²⁶, so ⌊V·2¹²⁸/n⌋ orders them exactly."""


def exit_key(spend_fen: int, granted_units: int) -> int:
    """An integer that orders exit prices exactly as V/n does."""
    return mul_div(spend_fen, 1 << KEY_SHIFT, granted_units, Rounding.DOWN)


@dataclass(slots=True)
class Lot:
    """The points of one order or grant (批次). V, n and c never change."""

    sequence: int
    event_id: str
    member: str
    is_grant: bool
    """It is no order and cannot be refunded; V and c are the money that was given."""
    spend_fen: Fen
    contribution_fen: Fen
    granted_units: PointUnits
    remaining_units: PointUnits
    paid_fen: Fen = Fen(0)
    """Everything the lot has paid out: sales, exits, conversions, winding down."""
    refunded_fen: Fen = Fen(0)
    """Cumulative refund R of the spend V."""
    exited: bool = False
    """Its cycle was closed by a forced exit; it counts in no later one."""


@dataclass(slots=True)
class Cycle:
    """A member's lots since the last exit (basis ``member``, 需重新投入)."""

    first_sequence: int
    spend_fen: Fen = Fen(0)
    granted_units: PointUnits = PointUnits(0)
    lots: list[Lot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LotPart:
    """What one lot gave and got in a sale, a conversion, an expiry or an exit."""

    lot: Lot
    units: PointUnits
    payout_fen: Fen


@dataclass(slots=True)
class Outcome:
    """What an accepted verb did. Money in fen, points in units."""

    points_units: PointUnits = PointUnits(0)
    contribution_fen: Fen = Fen(0)
    payout_fen: Fen = Fen(0)
    from_pool_fen: Fen = Fen(0)
    parts: list[LotPart] = field(default_factory=list)
    """Of a sale, conversion or expiry: lot by lot."""
    exits: list[LotPart] = field(default_factory=list)
    """Forced exits in the order they happened; of winding down every open lot."""
    opened: Lot | None = None
    """The lot an order or grant opened."""
    split: "OrderParts | None" = None
    """What an order was split into."""
    set_off_fen: Fen = Fen(0)
    """y of a refund: what the lot had paid out, set off against the refund."""
    reserve_fen: Fen = Fen(0)
    """What the refund reserve bears (negative: receives)."""
    swept_fen: Fen = Fen(0)
    """What went to the pool reserve because no points were left."""


@dataclass(slots=True)
class Economy:
    """A pool with all its lots. Conserves: Σ points of open lots = outstanding (G2)."""

    rules: Rules
    pool_fen: Fen = Fen(0)
    outstanding_units: PointUnits = PointUnits(0)
    epoch: int = 1
    pool_reserve_fen: Fen = Fen(0)
    refund_reserve_fen: Fen = Fen(0)
    put_in_fen: Fen = Fen(0)
    paid_out_fen: Fen = Fen(0)
    """By sales, forced exits and winding down."""
    converted_fen: Fen = Fen(0)
    refunded_fen: Fen = Fen(0)
    """Taken out of the pool by refunds."""
    closed: bool = False
    """Wound down (清盘): no order, grant or subsidy any more."""
    lots: list[Lot] = field(default_factory=list)
    lot_by_id: dict[str, Lot] = field(default_factory=dict)
    lots_by_member: dict[str, list[Lot]] = field(default_factory=dict)
    cycles: dict[str, Cycle] = field(default_factory=dict)
    exit_queue: list[tuple[int, int, str]] = field(default_factory=list)
    """Heap of (exit price key, first lot sequence, member), the lowest first; what has left stays
    in it until it is met (forced_exit.py)."""

    def numbers(self) -> dict[str, int]:
        """The state numbers, in the order of the digest."""
        return {name: int(getattr(self, name)) for name in STATE_NUMBERS}

    def take_in(
        self,
        event_id: str,
        member: str,
        spend_fen: Fen,
        money_fen: Fen,
        points_units: PointUnits,
        is_grant: bool = False,
    ) -> Outcome:
        """A' = A + money, S' = S + points, and the lot that holds them.

        Errors: ``limit_exceeded``."""
        pool_fen = Fen(self.pool_fen + money_fen)
        outstanding_units = PointUnits(self.outstanding_units + points_units)
        self.check_limits(pool_fen, outstanding_units)
        self.pool_fen = pool_fen
        self.outstanding_units = outstanding_units
        self.put_in_fen = Fen(self.put_in_fen + money_fen)
        lot = Lot(
            sequence=len(self.lots),
            event_id=event_id,
            member=member,
            is_grant=is_grant,
            spend_fen=spend_fen,
            contribution_fen=money_fen,
            granted_units=points_units,
            remaining_units=points_units,
        )
        self.open_lot(lot)
        self.enqueue_lot(lot)
        return Outcome(points_units=points_units, contribution_fen=money_fen, opened=lot)

    def open_lot(self, lot: Lot) -> None:
        """Enter a new lot where lots are looked up."""
        self.lots.append(lot)
        self.lot_by_id[lot.event_id] = lot
        self.lots_by_member.setdefault(lot.member, []).append(lot)

    def enqueue_lot(self, lot: Lot) -> None:
        """Enter a new lot into the exit queue. A lot without points can never be due."""
        if self.rules.exit_multiple is None:
            return
        if self.rules.exit_basis == "lot":
            if lot.granted_units:
                key = exit_key(lot.spend_fen, lot.granted_units)
                heappush(self.exit_queue, (key, lot.sequence, lot.member))
            return
        cycle = self.cycles.get(lot.member)
        if cycle is None:
            cycle = self.cycles[lot.member] = Cycle(lot.sequence)
        cycle.spend_fen = Fen(cycle.spend_fen + lot.spend_fen)
        cycle.granted_units = PointUnits(cycle.granted_units + lot.granted_units)
        cycle.lots.append(lot)
        if cycle.granted_units:
            key = exit_key(cycle.spend_fen, cycle.granted_units)
            heappush(self.exit_queue, (key, cycle.first_sequence, lot.member))

    def nothing_due(self) -> bool:
        """Whether even the lowest price in the queue is above A/S: ⌊V·2¹²⁸/n⌋·m·S > A·2¹²⁸.

        The key is rounded down, so that this never holds of a holder who is due.
        """
        queue, multiple = self.exit_queue, self.rules.exit_multiple
        if not queue or multiple is None:
            return True
        pool_side = self.pool_fen * multiple.denominator << KEY_SHIFT
        return queue[0][0] * multiple.numerator * self.outstanding_units > pool_side

    def open_lots_of(self, member: str) -> Iterator[Lot]:
        """The member's lots with points left, first in first."""
        lots = self.lots_by_member[member]
        if lots and not lots[0].remaining_units:
            # Lots never fill up again: forget the empty head, so that the walk stays short.
            first = next((i for i, lot in enumerate(lots) if lot.remaining_units), len(lots))
            del lots[:first]
        return (lot for lot in lots if lot.remaining_units)

    def value_fen(self, units: PointUnits) -> Fen:
        """⌊units × price⌋ in fen; 0 in an empty pool."""
        if not self.outstanding_units:
            return Fen(0)
        return Fen(mul_div(units, self.pool_fen, self.outstanding_units, Rounding.DOWN))

    def points_for(self, value_fen: Fen) -> PointUnits:
        """⌊value / price⌋ in units at the price *now*; at the opening price while S = 0."""
        if not self.outstanding_units:
            return points_at_opening(value_fen, self.rules.opening_price_fen)
        return PointUnits(mul_div(value_fen, self.outstanding_units, self.pool_fen, Rounding.DOWN))

    def take_units(
        self, member: str, units: PointUnits | None, event_id: str | None = None
    ) -> list[tuple[Lot, PointUnits]]:
        """Choose the lots that ``units`` (``None``: all) come from, first in first out, or one
        named lot only. Changes nothing. Errors: ``unknown_member``, ``unknown_order``,
        ``insufficient_points``."""
        if member not in self.lots_by_member:
            raise UnknownMember(member)
        if event_id is None:
            return choose_lots(self.open_lots_of(member), units)
        named = self.lot_by_id.get(event_id)
        if named is None or named.member != member:
            raise UnknownOrder(event_id)
        return choose_lots([named], units)

    def check_limits(self, pool_fen: int, outstanding_units: int) -> None:
        """Refuse a step that would leave the domain in which the batch kernel is exact."""
        if pool_fen >= POOL_FEN_LIMIT:
            raise LimitExceeded("the pool", "2^53 fen")
        if outstanding_units >= OUTSTANDING_UNITS_LIMIT:
            raise LimitExceeded("the points in circulation", "2^60 units")

    def check_open(self) -> None:
        """Refuse what would bring money into a pool that was wound down."""
        if self.closed:
            raise PoolClosed

    def take_out(self, parts: list[LotPart]) -> tuple[PointUnits, Fen]:
        """The points of the parts leave circulation and their money the pool; each lot notes what
        it was paid. Returns both sums; which total the money counts in is the caller's to say."""
        for part in parts:
            part.lot.remaining_units = PointUnits(part.lot.remaining_units - part.units)
            part.lot.paid_fen = Fen(part.lot.paid_fen + part.payout_fen)
        units = PointUnits(sum(part.units for part in parts))
        paid_fen = Fen(sum(part.payout_fen for part in parts))
        self.outstanding_units = PointUnits(self.outstanding_units - units)
        self.pool_fen = Fen(self.pool_fen - paid_fen)
        return units, paid_fen
