"""What doors show of a pool: the price, quotes, holdings, history, the truth. Reads only.

A quote is computed by the core's own formulas from the stored state; a shown price promises
nothing, a quoted payout is exact for the state it was quoted in.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import takewhile
from typing import cast

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import F, Q, Sum

from zengzhi.core.economy.order_split import reward_value, split_order
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.economy.sale import sale_payout
from zengzhi.core.errors import InsufficientPoints, UnknownOrder, ZengzhiError
from zengzhi.core.rounding import split_pro_rata
from zengzhi.core.units import PPM, UNITS_PER_POINT, format_half_up, format_points, format_price
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Event, Lot, LotMovement, Pool, row_id
from zengzhi.records.store import clock

BORDER = 1e-9
"""Lots whose value is closer to a multiple than this are compared in exact integers."""
TRUTH_LOTS = 200_000
TRUTH_SECONDS = 60
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
class Market:
    """The state of a pool as shown."""

    pool_pk: int
    pool_fen: int
    outstanding_units: int
    rules: Rules
    settled_orders: int
    as_of: datetime

    @property
    def opening_price_fen(self) -> int | Fraction:
        """The price while no points are out."""
        return self.rules.opening_price_fen

    @property
    def retention_ppm(self) -> int:
        """What stays in the pool of a sale."""
        return self.rules.retention_ppm

    @property
    def exit_multiple(self) -> Fraction | None:
        """The multiple of the spend at which a lot is sold by force."""
        return self.rules.exit_multiple

    @property
    def tick_1x(self) -> str:
        """Where 1× lies on a track that ends at the exit multiple, as a CSS width."""
        if self.exit_multiple is None:
            return "100%"
        share = format_half_up(
            100 * self.exit_multiple.denominator, self.exit_multiple.numerator, 3
        )
        return f"{share}%"

    @property
    def economy(self) -> Economy:
        """The pool's numbers without lots, for the core's formulas."""
        return Economy(self.rules, pool_fen=self.pool_fen, outstanding_units=self.outstanding_units)

    @property
    def price_text(self) -> str:
        """Yuan per point, 4 decimals."""
        return format_price(self.pool_fen, self.outstanding_units, self.opening_price_fen)

    @property
    def payout_price_text(self) -> str:
        """Yuan per point after the retention, 4 decimals."""
        keep_ppm = PPM - self.retention_ppm
        if not self.outstanding_units:
            return format_half_up(self.opening_price_fen * keep_ppm, 100 * PPM, 4)
        return format_half_up(
            self.pool_fen * UNITS_PER_POINT * keep_ppm, self.outstanding_units * 100 * PPM, 4
        )


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """What an order of this amount would do if it settled now. Money in fen."""

    cost_fen: int
    distribution_fen: int
    platform_fen: int
    contribution_fen: int
    reward_fen: int
    points_units: int
    value_fen: int
    payout_fen: int


@dataclass(frozen=True, slots=True)
class QuotedPart:
    """One lot's part of a quoted sale."""

    lot: Lot
    units: int
    left_units: int
    payout_fen: int


@dataclass(frozen=True, slots=True)
class SaleQuote:
    """A sale in the present state, exact. Money in fen."""

    units: int
    value_fen: int
    retention_fen: int
    payout_fen: int
    lots: list[QuotedPart]
    remaining_units: int
    price_after_text: str


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot with its value now. Money in fen, progress in ppm."""

    lot: Lot
    units: int
    value_fen: int
    payout_fen: int
    multiple_ppm_1x: int | None
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


@dataclass(frozen=True, slots=True)
class Truth:
    """What became of all lots and all money (spec 6.2)."""

    lots: int
    reached_1x: int
    reached_3x: int
    put_in_fen: int
    paid_out_fen: int
    spend_fen: int
    bound_ppm: int
    break_even_factor_text: str
    settled_orders: int


def default_pool() -> Pool:
    """The mall's pool."""
    return Pool.objects.select_related("rules").get(code="main")


def market(pool: Pool) -> Market:
    """The state of a pool as stored."""
    return Market(
        pool.pk,
        pool.pool_fen,
        pool.outstanding_units,
        rules_of(pool),
        pool.lots_opened,
        clock.now(),
    )


def order_quote(state: Market, paid_fen: int, product_split: Split | None = None) -> OrderQuote:
    """What an order of ``paid_fen`` would do now; the number of points is fixed at settlement."""
    economy = state.economy
    parts = split_order(paid_fen, product_split or state.rules.split)
    reward_fen = reward_value(parts.contribution_fen, state.rules.reward_ppm)
    points_units = economy.points_for(reward_fen)
    if economy.outstanding_units:
        value_fen = economy.value_fen(points_units)
        payout_fen = sale_payout(economy, points_units)
    else:
        value_fen = points_units * state.opening_price_fen // UNITS_PER_POINT
        payout_fen = value_fen * (PPM - state.retention_ppm) // PPM
    return OrderQuote(
        parts.cost_fen,
        parts.distribution_fen,
        parts.platform_fen,
        parts.contribution_fen,
        reward_fen,
        points_units,
        value_fen,
        payout_fen,
    )


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


def sale_quote(
    pool: Pool, member: Member, units: int | None, lot_event_id: str | None = None
) -> SaleQuote:
    """A sale as the core would do it now.

    Errors: ``insufficient_points``, ``unknown_order``, ``points_locked``.
    """
    state = market(pool)
    economy = state.economy
    lots = open_lots(pool, member)
    held_units = sum(lot.remaining_units for lot in lots)
    if lot_event_id is not None:
        lots = [lot for lot in lots if lot.event_id == lot_event_id]
        if not lots:
            raise UnknownOrder(lot_event_id)
    choice_units = sum(lot.remaining_units for lot in lots)
    free = sellable_lots(lots, clock.now())
    free_units = sum(lot.remaining_units for lot in free)
    sold_units = (free_units or choice_units) if units is None else units
    if not 0 < sold_units <= choice_units:
        raise InsufficientPoints(sold_units, choice_units)
    if sold_units > free_units:
        raise PointsLocked(free_units, unlocked_at(lots[len(free)]))
    taken: list[tuple[Lot, int]] = []
    left_units = sold_units
    for lot in lots:
        part_units = min(left_units, lot.remaining_units)
        if part_units:
            taken.append((lot, part_units))
        left_units -= part_units
    value_fen = economy.value_fen(sold_units)
    payout_fen = sale_payout(economy, sold_units)
    payouts = split_pro_rata(payout_fen, [part for _lot, part in taken])
    return SaleQuote(
        sold_units,
        value_fen,
        value_fen - payout_fen,
        payout_fen,
        [
            QuotedPart(lot, part, lot.remaining_units - part, fen)
            for (lot, part), fen in zip(taken, payouts, strict=True)
        ],
        held_units - sold_units,
        format_price(
            state.pool_fen - payout_fen,
            state.outstanding_units - sold_units,
            state.opening_price_fen,
        ),
    )


def lot_view(state: Market, lot: Lot, exit_payout_fen: int = 0) -> LotView:
    """A lot with value, payout, and how far it is to 1× and to its exit."""
    economy = state.economy
    units = lot.remaining_units
    value_fen = economy.value_fen(units)
    payout_fen = sale_payout(economy, units) if state.outstanding_units else 0
    if lot.is_grant or not lot.spend_fen:
        return LotView(lot, units, value_fen, payout_fen, None, None, "no_spend")
    multiple_ppm = 0
    if state.outstanding_units:
        multiple_ppm = (
            lot.granted_units * state.pool_fen * PPM // (lot.spend_fen * state.outstanding_units)
        )
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
    units = sum(lot.remaining_units for lot in lots)
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


def _first_since(pool: Pool, moment: datetime) -> int:
    """The sequence of the first event at or after a moment, by halving: events are in order."""

    def happened_at(sequence: int) -> datetime:
        row = Event.objects.only("happened_at").get(pk=row_id(pool.pk, sequence))
        return row.happened_at

    return bisect_left(range(1, pool.sequence + 1), moment, key=happened_at) + 1


def price_history(
    pool: Pool, days: int | None = None, points_max: int = 400
) -> list[tuple[datetime, str, str]]:
    """(moment, price, payout after retention) at evenly spread events; the last one is now's.

    Texts with 4 decimals: a price is never a float.
    """
    rows = Event.objects.filter(pool=pool, error="", outstanding_units__gt=0)
    first = 1 if days is None else _first_since(pool, clock.now() - timedelta(days=days))
    if first > pool.sequence:
        return []
    step = max(1, -(-(pool.sequence - first + 1) // points_max))
    wanted = [*range(first, pool.sequence, step), pool.sequence]
    keys = [row_id(pool.pk, sequence) for sequence in wanted]
    keep_ppm = PPM - rules_of(pool).retention_ppm
    return [
        (
            at,
            format_half_up(fen * UNITS_PER_POINT, units * 100, 4),
            format_half_up(fen * UNITS_PER_POINT * keep_ppm, units * 100 * PPM, 4),
        )
        for at, fen, units in rows.filter(pk__in=keys)
        .order_by("id")
        .values_list("happened_at", "pool_fen", "outstanding_units")
    ]


def break_even_factor(rules: Rules, multiple: int = 1) -> str:
    """How many times today's orders it takes for today's order to reach ``multiple`` × its spend:
    (m/(g·c/V))^(1/(1−g)); shown with 3 digits, "" when it never does."""
    split = rules.split
    share_ppm = PPM - split.cost_ppm - split.distribution_ppm - split.platform_ppm
    if not share_ppm or not rules.reward_ppm or rules.reward_ppm == PPM:
        return ""
    # For the eye only: the law itself is an approximation (spec 1.9).
    ratio = multiple * PPM * PPM / (rules.reward_ppm * share_ppm)
    factor = ratio ** (PPM / (PPM - rules.reward_ppm))
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"


def truth(pool: Pool) -> Truth:
    """How many lots reached 1× and 3×, and all money in and out, from the live records.

    A large pool's lots are counted at most once in ``TRUTH_SECONDS``.
    """
    if pool.lots_opened < TRUTH_LOTS:
        return _truth(pool)
    key = f"truth:{connection.settings_dict['NAME']}:{pool.pk}"
    return cast(Truth, cache.get_or_set(key, lambda: _truth(pool), TRUTH_SECONDS))


def _truth(pool: Pool) -> Truth:
    rules = rules_of(pool)
    split = rules.split
    lots = Lot.objects.filter(pool=pool, is_grant=False)
    spend_fen = lots.aggregate(spend=Sum("spend_fen"))["spend"] or 0

    def reached(multiple: int) -> int:
        exited = Q(exited=True) if (rules.exit_multiple or 0) >= multiple else Q(pk__in=())
        if not pool.outstanding_units:
            return lots.filter(exited).count()
        # n·A ≥ m·V·S does not fit the database's integers: those near the border are decided here.
        price = pool.pool_fen / pool.outstanding_units
        surely = exited | Q(granted_units__gt=F("spend_fen") * (multiple / price * (1 + BORDER)))
        near = lots.exclude(surely).filter(
            granted_units__gte=F("spend_fen") * (multiple / price * (1 - BORDER))
        )
        return lots.filter(surely).count() + sum(
            granted * pool.pool_fen >= multiple * spend * pool.outstanding_units
            for granted, spend in near.values_list("granted_units", "spend_fen").iterator()
        )

    return Truth(
        lots=lots.count(),
        reached_1x=reached(1),
        reached_3x=reached(3),
        put_in_fen=pool.put_in_fen,
        paid_out_fen=pool.paid_out_fen,
        spend_fen=spend_fen,
        bound_ppm=PPM - split.cost_ppm - split.distribution_ppm - split.platform_ppm,
        break_even_factor_text=break_even_factor(rules),
        settled_orders=lots.count(),
    )


def own_orders(pool: Pool, member: Member, most: int = 200) -> list[tuple[datetime, str]]:
    """(moment, price then) of the member's last settled orders, for the chart."""
    lots = Lot.objects.filter(pool=pool, member=member, is_grant=False).order_by("-id")
    names = list(lots.values_list("event_id", flat=True)[:most])
    rows = Event.objects.filter(pool=pool, event_id__in=names, outstanding_units__gt=0)
    return [
        (at, format_half_up(fen * UNITS_PER_POINT, units * 100, 4))
        for at, fen, units in rows.order_by("id").values_list(
            "happened_at", "pool_fen", "outstanding_units"
        )
    ]
