"""A member sells points: the confirmed payout or nothing, once per form, within the daily limit."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from zengzhi.core.economy.events import Sell
from zengzhi.core.units import PointUnits
from zengzhi.records.intake.commands import submit
from zengzhi.records.intake.owner import reply_to
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.settle import event_name


@dataclass(frozen=True, slots=True)
class SaleResult:
    """What a sale did. Money in fen."""

    event_id: str
    units: int
    payout_fen: int
    remaining_units: int


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
    """Sell ``units`` (``None``: all that can be sold) for at least ``minimum_payout_fen``.

    The same token answers what it answered before, a refusal too. Errors: ``insufficient_points``,
    ``unknown_order``, ``points_locked``, ``daily_sale_limit``, ``daily_payout_limit``,
    ``price_moved``, ``id_reused`` for a
    token with other content; none of them changes anything.
    """
    some = None if units is None else PointUnits(units)
    event = Sell(event_name("sell", token), str(member.pk), some, lot_event_id)
    command = submit(pool.pk, event, at, minimum_payout_fen=minimum_payout_fen)
    reply = reply_to(command)
    return SaleResult(event.id, reply.points_units, reply.payout_fen, _held(pool, member))
