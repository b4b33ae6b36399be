"""The settlement of orders: the only place of the mall that talks to the owner of a pool."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from zengzhi.core.economy.events import Order as OrderEvent
from zengzhi.core.economy.events import Refund
from zengzhi.mall.models import AfterSale, Order
from zengzhi.mall.orders.splits import split_of
from zengzhi.mall.orders.states import DeliveryAxis, PaymentAxis
from zengzhi.mall.parties import of_order, of_refund
from zengzhi.records.bonuses import service as bonuses
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Leg
from zengzhi.records.settlement.models import Pool, row_id
from zengzhi.records.settlement.settle import Reply, Request, settle, settle_one


def lock_pool(pool_pk: int) -> None:
    """Lock the pool's row for the rest of the transaction, before members' purses."""
    Pool.objects.select_for_update().get(pk=pool_pk)


def due_orders(pool: Pool, at: datetime, limit: int) -> list[Order]:
    """Received orders whose refund window has closed, the longest received first."""
    closed = at - timedelta(days=settings.REFUND_WINDOW_DAYS)
    rows = Order.objects.filter(
        pool=pool,
        payment=PaymentAxis.PAID,
        delivery=DeliveryAxis.RECEIVED,
        settled_at=None,
        received_at__lte=closed,
    )
    return list(rows.order_by("received_at", "id")[:limit])


def settle_orders(pool: Pool, orders: list[Order], at: datetime) -> list[Reply]:
    """Settle pending orders in the order given, each for what was not refunded of it, and mark
    them, in one transaction. Those that were refunded or settled meanwhile are left out."""
    with transaction.atomic():
        locked = {
            order.pk: order
            for order in Order.objects.select_for_update()
            .filter(
                pk__in=[order.pk for order in orders],
                payment=PaymentAxis.PAID,
                settled_at=None,
            )
            .order_by("pk")
        }
        orders = [locked[order.pk] for order in orders if order.pk in locked]
        requests = [
            Request(
                OrderEvent(order.number, str(order.member_id), order.left_fen, split_of(order)),
                at,
                of_order(order),
            )
            for order in orders
        ]
        replies = settle(pool.pk, requests)
        settled = [order for order, reply in zip(orders, replies, strict=True) if reply.ok]
        Order.objects.filter(pk__in=[order.pk for order in settled]).update(settled_at=at)
        bonuses.orders_settled([order.number for order in settled], at)
        return replies


def refund_settled(after_sale: AfterSale, at: datetime) -> tuple[Reply, int]:
    """The core takes a refund of a settled order back out of the pool; its answer, and how much
    goes back to the buyer through the order's own provider."""
    order = after_sale.order
    event = Refund(after_sale.number, order.number, after_sale.amount_fen)
    reply = settle_one(order.pool_id, event, at, of_refund(order))
    if not reply.ok:
        return reply, 0
    back_fen = (
        Leg.objects.filter(
            transaction_id=row_id(order.pool_id, reply.sequence), kind=Kind.CLEARING
        ).aggregate(fen=Sum("amount"))["fen"]
        or 0
    )
    return reply, back_fen
