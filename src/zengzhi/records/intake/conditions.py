"""What must hold for a command besides the rules of the pool, judged by the owner against the live
state: the quoted payout, locked points, the limits of the day, the money of the fund that pays."""

from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM
from zengzhi.records.intake.models import Command
from zengzhi.records.intake.refusals import (
    DailyPayoutLimit,
    DailySaleLimit,
    InsufficientFunds,
    PriceMoved,
)
from zengzhi.records.ledger.batches import row_id, stream_of
from zengzhi.records.ledger.journal import account_fen
from zengzhi.records.ledger.models import Batch
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Event, LotMovement, Op, Pool
from zengzhi.records.settlement.parties import parties_from_text
from zengzhi.records.settlement.quotes import sale_quote
from zengzhi.records.store import clock


def today() -> datetime:
    """The beginning of the local day."""
    return clock.midnight(clock.today())


def daily_sale_left(pool: Pool, member: Member) -> int | None:
    """Units the member may still sell today; ``None``: no limit (a small pool is exempt)."""
    brakes = rules_of(pool).brakes
    if pool.outstanding_units < brakes.exempt_below_units:
        return None
    sold = Event.objects.filter(
        pool=pool, member=member, op=Op.SELL, error="", happened_at__gte=today()
    ).aggregate(units=Sum("points_units"))["units"]
    limit_ppm = brakes.daily_sale_limit_ppm
    limit_units = mul_div(pool.outstanding_units, limit_ppm, PPM, Rounding.DOWN)
    return max(0, limit_units - (sold or 0))


def events_of_today(pool: Pool) -> QuerySet[Event]:
    """What happened in a pool today and was not refused; older batches are not looked through."""
    before = Batch.objects.filter(stream=stream_of(pool.code), sealed_at__lt=today())
    last = before.order_by("-number").values_list("first", "count").first()
    first = row_id(pool.pk, 0) if last is None else sum(last)
    within = Event.objects.filter(pk__gte=first, pk__lt=row_id(pool.pk + 1, 0))
    return within.filter(error="", happened_at__gte=today())


def daily_payout_left(pool: Pool) -> int | None:
    """Fen that sales may still take out of the pool today (每日支付上限): the rate of the rules of
    what came in today, less what was paid; ``None``: no limit. Forced exits run on, and count."""
    rate_ppm = rules_of(pool).brakes.daily_payout_ppm
    if rate_ppm is None:
        return None
    events = events_of_today(pool)
    flows = events.aggregate(
        orders=Sum("contribution_fen", filter=Q(op=Op.ORDER)),
        funds=Sum("amount", filter=Q(op__in=(Op.SUBSIDISE, Op.GRANT))),
        sold=Sum("payout_fen", filter=Q(op=Op.SELL)),
    )
    exits = LotMovement.objects.filter(is_exit=True, event_pk__in=events.values("pk"))
    exits_fen = exits.aggregate(fen=Sum("payout_fen"))["fen"] or 0
    inflow_fen = (flows["orders"] or 0) + (flows["funds"] or 0)
    paid_fen = (flows["sold"] or 0) + exits_fen
    return max(0, mul_div(inflow_fen, rate_ppm, PPM, Rounding.DOWN) - paid_fen)


def sale_units(pool: Pool, command: Command) -> int:
    """How much a sale sells in the present state of the pool, whose row is locked.

    Errors: ``insufficient_points``, ``unknown_order``, ``points_locked``, ``daily_sale_limit``,
    ``daily_payout_limit``, ``price_moved``.
    """
    assert command.member is not None  # noqa: S101
    units = None if command.amount < 0 else command.amount
    quote = sale_quote(pool, command.member, units, command.target or None)
    left_units = daily_sale_left(pool, command.member)
    if left_units is not None and quote.units > left_units:
        raise DailySaleLimit(left_units)
    left_fen = daily_payout_left(pool)
    if left_fen is not None and quote.payout_fen > left_fen:
        raise DailyPayoutLimit(left_fen)
    if quote.payout_fen < command.minimum_payout_fen:
        raise PriceMoved(command.minimum_payout_fen, quote.payout_fen)
    return quote.units


def check_funds(command: Command) -> None:
    """A fund pays what it holds. Errors: ``insufficient_funds``."""
    held_fen = account_fen(parties_from_text(command.parties).counterparty)
    if held_fen < command.amount:
        raise InsufficientFunds(command.amount, held_fen)
