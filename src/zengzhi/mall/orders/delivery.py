"""Delivery: shipped by the merchant, received by the member. Receipt opens the refund window.

The goods know nothing of the settlement: an order settled at once is shipped like any other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from zengzhi.mall.errors import NotPossibleNow
from zengzhi.mall.models import Order
from zengzhi.mall.orders.states import EDGES, DeliveryAxis, PaymentAxis
from zengzhi.records.members.models import Member

CHUNK = 5_000


def ship(order_pk: int, at: datetime, carrier: str = "", tracking: str = "") -> Order:
    """A paid order leaves the warehouse; a shipped one only gets its carrier and number.

    Errors: ``not_possible_now``.
    """
    parcel = {"carrier": carrier[:40], "tracking": tracking[:60]}
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_pk)
        if order.move("delivery", DeliveryAxis.SHIPPED, shipped_at=at, **parcel):
            return order
        if order.payment != PaymentAxis.PAID or order.delivery != DeliveryAxis.SHIPPED:
            raise NotPossibleNow(order.get_state_display())
        Order.objects.filter(pk=order.pk).update(**parcel)
        order.refresh_from_db()
        return order


def ship_together(order_pks: Sequence[int], at: datetime) -> int:
    """Paid orders leave the warehouse in one load; how many did. The others stay as they are."""
    wanted, shipped = sorted(set(order_pks)), 0
    with transaction.atomic():
        for start in range(0, len(wanted), CHUNK):
            rows = Order.objects.filter(
                pk__in=wanted[start : start + CHUNK],
                payment=PaymentAxis.PAID,
                delivery__in=EDGES["delivery"][DeliveryAxis.SHIPPED],
            )
            shipped += rows.update(delivery=DeliveryAxis.SHIPPED, shipped_at=at)
    return shipped


def confirm_receipt(member: Member, number: str, at: datetime) -> Order:
    """The member has the goods: the refund window begins. A received order stays as it is.

    Errors: ``not_possible_now``.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(member=member, number=number)
        received = order.payment == PaymentAxis.PAID and order.delivery == DeliveryAxis.RECEIVED
        if received or order.move("delivery", DeliveryAxis.RECEIVED, received_at=at):
            return order
        raise NotPossibleNow(order.get_state_display())


def receive_overdue(at: datetime) -> int:
    """Orders shipped ``AUTO_RECEIPT_DAYS`` ago count as received; how many did now."""
    shipped = at - timedelta(days=settings.AUTO_RECEIPT_DAYS)
    return Order.objects.filter(
        payment=PaymentAxis.PAID, delivery=DeliveryAxis.SHIPPED, shipped_at__lte=shipped
    ).update(delivery=DeliveryAxis.RECEIVED, received_at=at)
