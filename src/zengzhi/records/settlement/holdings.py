"""What a member holds in a pool: lots, what of them can be sold, value and progress. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.conf import settings

from zengzhi.core.economy.sale import sale_payout
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, PointUnits, format_points
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Lot, LotMovement, Pool
from zengzhi.records.settlement.pools import Market, market
from zengzhi.records.store import clock

NEAR_EXIT_PPM = 950_000
"""From this share of the exit multiple on a lot counts as near its exit."""


class PointsLocked(ZengzhiError):
    """The points are there, but some of them cannot be sold yet (spec 1.6)."""

    code = "points_locked"

    def __init__(self, sellable_units: int, until: datetime) -> None:
        super().__init__(
            f"{format_points(sellable_units)} points can be sold now, more from {until:%F %T}"
        )
        self.sellable_units = sellable_units
        self.until = until


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot with its value now. Money in fen, progress in ppm."""

    lot: Lot
    units: int
    value_fen: int
    payout_fen: int
    multiple_ppm_1x: int
    progress_ppm: int | None
    state: str
    exit_payout_fen: int = 0


@dataclass(frozen=True, slots=True)
class Holdings:
    """All a member holds in a pool."""

    units: int
    sellable_units: int
    value_fen: int
    payout_fen: int
    lots: list[LotView]


def open_lots(pool: Pool, member: Member) -> list[Lot]:
    """The member's lots with points left, first in first."""
    rows = Lot.objects.filter(pool=pool, member=member, remaining_units__gt=0)
    return list(rows.order_by("id"))


def unlocked_at(lot: Lot) -> datetime:
    """From when on the lot's points can be sold."""
    return lot.opened_at + timedelta(days=settings.POINT_LOCK_DAYS)


def sellable_lots(lots: list[Lot], at: datetime) -> list[Lot]:
    """The first of the open lots, up to the first that is still locked: sales are first in,
    first out, and never reach into a locked lot."""
    return list(takewhile(lambda lot: unlocked_at(lot) <= at, lots))


def lot_view(state: Market, lot: Lot, exit_payout_fen: int = 0) -> LotView:
    """A lot with value, payout, and how far it is to 1× and to its exit."""
    economy = state.economy
    units = PointUnits(lot.remaining_units)
    value_fen = economy.value_fen(units)
    payout_fen = sale_payout(economy, units) if state.outstanding_units else 0
    multiple_ppm = 0
    if state.outstanding_units:
        value = lot.granted_units * state.pool_fen
        spend = lot.spend_fen * state.outstanding_units
        multiple_ppm = mul_div(value, PPM, spend, Rounding.DOWN)
    exit_multiple = state.exit_multiple
    progress_ppm = None
    if exit_multiple is not None:
        progress_ppm = min(PPM, multiple_ppm * exit_multiple.denominator // exit_multiple.numerator)
    if lot.exited:
        name, progress_ppm = "exited", PPM
    elif not units:
        name = "sold"
    elif progress_ppm is not None and progress_ppm >= NEAR_EXIT_PPM:
        name = "near_exit"
    else:
        name = "past_1x" if multiple_ppm >= PPM else "new"
    return LotView(
        lot, units, value_fen, payout_fen, multiple_ppm, progress_ppm, name, exit_payout_fen
    )


def holdings(pool: Pool, member: Member, closed: int = 20) -> Holdings:
    """Everything the member holds, open lots first in first, then the last ``closed`` ones."""
    state = market(pool)
    lots = open_lots(pool, member)
    units = PointUnits(sum(lot.remaining_units for lot in lots))
    done = list(
        Lot.objects.filter(pool=pool, member=member, remaining_units=0).order_by("-id")[:closed]
    )
    exits = dict(
        LotMovement.objects.filter(lot_pk__in=[lot.pk for lot in done], is_exit=True).values_list(
            "lot_pk", "payout_fen"
        )
    )
    economy = state.economy
    return Holdings(
        units,
        sum(lot.remaining_units for lot in sellable_lots(lots, clock.now())),
        economy.value_fen(units),
        sale_payout(economy, units) if units else 0,
        [lot_view(state, lot, exits.get(lot.pk, 0)) for lot in [*lots, *done]],
    )


def sellable_units(held: Holdings, lot: Lot | None = None) -> int:
    """What can be sold now: of one lot, or of all."""
    if lot is None:
        return held.sellable_units
    return lot.remaining_units if unlocked_at(lot) <= clock.now() else 0
