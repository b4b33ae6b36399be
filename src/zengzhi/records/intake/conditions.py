"""What must hold for a command besides the rules of the pool, judged by the owner against the live
state: the quoted payout, locked points, the daily limit, the money of the fund that pays."""

from datetime import datetime

from django.db.models import Sum

from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM
from zengzhi.records.intake.models import Command
from zengzhi.records.intake.refusals import DailySaleLimit, InsufficientFunds, PriceMoved
from zengzhi.records.ledger.journal import account_fen
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Event, Op, Pool
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


def sale_units(pool: Pool, command: Command) -> int:
    """How much a sale sells in the present state of the pool, whose row is locked.

    Errors: ``insufficient_points``, ``unknown_order``, ``points_locked``, ``daily_sale_limit``,
    ``price_moved``.
    """
    assert command.member is not None  # noqa: S101
    units = None if command.amount < 0 else command.amount
    quote = sale_quote(pool, command.member, units, command.target or None)
    left_units = daily_sale_left(pool, command.member)
    if left_units is not None and quote.units > left_units:
        raise DailySaleLimit(left_units)
    if quote.payout_fen < command.minimum_payout_fen:
        raise PriceMoved(command.minimum_payout_fen, quote.payout_fen)
    return quote.units


def check_funds(command: Command) -> None:
    """A fund pays what it holds. Errors: ``insufficient_funds``."""
    held_fen = account_fen(parties_from_text(command.parties).counterparty)
    if held_fen < command.amount:
        raise InsufficientFunds(command.amount, held_fen)
