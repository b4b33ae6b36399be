"""Parked orders (挂起): what the economy refused waits aside, with its reason, until the cause is
gone or somebody asks again."""

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from zengzhi.core.errors import LimitExceeded
from zengzhi.core.units import OUTSTANDING_UNITS_LIMIT, POOL_FEN_LIMIT
from zengzhi.mall.errors import NotPossibleNow
from zengzhi.mall.models import Order
from zengzhi.records.control.audit import note, reason
from zengzhi.records.ledger.holds import HoldKind, HoldState, move
from zengzhi.records.ledger.models import Place
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.pools import market
from zengzhi.records.settlement.quotes import order_quote

UNPARKED = "unparked"
"""The reason of a hold that is due again after it was parked."""
LOOKED_AT = 100
"""Parked orders that are looked at in a round."""


def parked_orders(reason: str = "") -> QuerySet[Order]:
    """Orders that the economy refused, for this reason or any, the longest parked first."""
    parked = Place.objects.filter(kind=HoldKind.ORDER, state=HoldState.PARKED)
    if reason:
        parked = parked.filter(reason=reason)
    since = parked.filter(cause=OuterRef("number")).values("moved_at")
    rows = Order.objects.filter(number__in=parked.values("cause"))
    return rows.annotate(parked_at=Subquery(since)).order_by("parked_at", "id")


def unpark_what_fits(pool: Pool) -> int:
    """Put back what was refused for a limit that it no longer passes; how many."""
    waiting = parked_orders(LimitExceeded.code).filter(pool=pool)[:LOOKED_AT]
    fits = [order.number for order in waiting if _fits(pool, order)]
    with transaction.atomic():
        return len(move(HoldKind.ORDER, fits, HoldState.OPEN, reason=UNPARKED))


def _fits(pool: Pool, order: Order) -> bool:
    """Whether the pool could take the order now, by the core's own limits."""
    quote = order_quote(market(pool), order.left_fen, order.split)
    return (
        pool.pool_fen + quote.contribution_fen < POOL_FEN_LIMIT
        and pool.outstanding_units + quote.points_units < OUTSTANDING_UNITS_LIMIT
    )


def try_again(order_pk: int, by: User, why: str) -> Order:
    """Somebody asks for a parked order to be settled: it is due again, behind nobody.

    Errors: ``not_possible_now`` when it is not parked; ``reason_needed``.
    """
    why = reason(why)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_pk)
        hold = order.hold
        if hold is None or not move(
            HoldKind.ORDER, [order.number], HoldState.OPEN, reason=UNPARKED
        ):
            raise NotPossibleNow(order.get_state_display())
        note(by, "order_tried_again", order.number, f"{hold.reason}: {why}")
        return order
