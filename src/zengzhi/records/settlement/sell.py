"""A member sells points: the quoted minimum or nothing, once per form, within the daily limit."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from zengzhi.core.economy.events import Sell
from zengzhi.core.errors import InsufficientPoints, ZengzhiError
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, PointUnits, format_points, format_yuan
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Event, Op, Pool
from zengzhi.records.settlement.quotes import sale_quote
from zengzhi.records.settlement.settle import event_name, settle_one
from zengzhi.records.store import clock


class PriceMoved(ZengzhiError):
    """The payout would now be below the quoted one; nothing was sold."""

    code = "price_moved"

    def __init__(self, quoted_fen: int, payout_fen: int) -> None:
        super().__init__(f"quoted {format_yuan(quoted_fen)}, now {format_yuan(payout_fen)}")
        self.quoted_fen = quoted_fen
        self.payout_fen = payout_fen


class DailySaleLimit(ZengzhiError):
    """More than a member may sell in a day (spec 1.5.1)."""

    code = "daily_sale_limit"

    def __init__(self, left_units: int) -> None:
        super().__init__(f"{format_points(left_units)} points are left of today's limit")
        self.left_units = left_units


@dataclass(frozen=True, slots=True)
class SaleResult:
    """What a sale did. Money in fen."""

    event_id: str
    units: int
    payout_fen: int
    remaining_units: int


def daily_sale_left(pool: Pool, member: Member) -> int | None:
    """Units the member may still sell today; ``None``: no limit (a small pool is exempt)."""
    brakes = rules_of(pool).brakes
    if pool.outstanding_units < brakes.exempt_below_units:
        return None
    sold = Event.objects.filter(
        pool=pool,
        member=member,
        op=Op.SELL,
        error="",
        happened_at__gte=clock.midnight(clock.today()),
    ).aggregate(units=Sum("points_units"))["units"]
    limit_ppm = brakes.daily_sale_limit_ppm
    limit_units = mul_div(pool.outstanding_units, limit_ppm, PPM, Rounding.DOWN)
    return max(0, limit_units - (sold or 0))


def _held(pool: Pool, member: Member) -> int:
    held = member.lots.filter(pool=pool).aggregate(units=Sum("remaining_units"))["units"]
    return int(held or 0)


def sell_points(
    pool: Pool,
    member: Member,
    units: int | None,
    token: uuid.UUID,
    minimum_payout_fen: int = 0,
    lot_event_id: str | None = None,
    at: datetime | None = None,
) -> SaleResult:
    """Sell ``units`` (``None``: all) for at least ``minimum_payout_fen``, or nothing.

    The same token answers what it answered before. Errors: ``insufficient_points``,
    ``unknown_order``, ``daily_sale_limit``, ``price_moved``; none of them changes anything.
    """
    event_id = event_name("sell", token)
    with transaction.atomic():
        pool = Pool.objects.select_for_update().select_related("rules").get(pk=pool.pk)
        done = Event.objects.filter(pool=pool, event_id=event_id, member=member).first()
        if done is not None and not done.error:
            return SaleResult(event_id, done.points_units, done.payout_fen, _held(pool, member))
        quote = sale_quote(pool, member, units, lot_event_id)
        left_units = daily_sale_left(pool, member)
        if left_units is not None and quote.units > left_units:
            raise DailySaleLimit(left_units)
        if quote.payout_fen < minimum_payout_fen:
            raise PriceMoved(minimum_payout_fen, quote.payout_fen)
        event = Sell(event_id, str(member.pk), PointUnits(quote.units), lot_event_id)
        reply = settle_one(pool.pk, event, at)
        if not reply.ok:
            raise InsufficientPoints(quote.units, 0)
        return SaleResult(event_id, reply.points_units, reply.payout_fen, _held(pool, member))
