"""Parked orders (挂起): what the economy refused waits aside, with its reason, until the cause is
gone or somebody asks again."""

from django.db import transaction
from django.db.models import QuerySet

from zengzhi.core.errors import LimitExceeded
from zengzhi.core.units import OUTSTANDING_UNITS_LIMIT, POOL_FEN_LIMIT
from zengzhi.mall.errors import NotPossibleNow
from zengzhi.mall.models import Order
from zengzhi.mall.orders.splits import split_of
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.records.control.audit import note, reason
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.pools import market
from zengzhi.records.settlement.quotes import order_quote

LOOKED_AT = 100
"""Parked orders that are looked at in a round."""


def parked_orders() -> QuerySet[Order]:
    """Paid orders that the economy refused, the longest parked first."""
    rows = Order.objects.filter(payment=PaymentAxis.PAID, settled_at=None)
    return rows.exclude(parked_reason="").order_by("parked_at", "id")


def unpark_what_fits(pool: Pool) -> int:
    """Put back what was refused for a limit that it no longer passes; how many."""
    waiting = parked_orders().filter(pool=pool, parked_reason=LimitExceeded.code)[:LOOKED_AT]
    fits = [order.pk for order in waiting if _fits(pool, order)]
    return Order.objects.filter(pk__in=fits).update(parked_reason="") if fits else 0


def _fits(pool: Pool, order: Order) -> bool:
    """Whether the pool could take the order now, by the core's own limits."""
    quote = order_quote(market(pool), order.left_fen, split_of(order))
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
        if not order.parked_reason or order.settled_at is not None:
            raise NotPossibleNow(order.get_state_display())
        note(by, "order_tried_again", order.number, f"{order.parked_reason}: {why}")
        order.parked_reason = ""
        order.save(update_fields=["parked_reason"])
        return order
