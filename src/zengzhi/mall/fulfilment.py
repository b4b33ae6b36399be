"""Delivery: shipped by the merchant, received by the member. Receipt opens the refund window."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from zengzhi.mall.errors import NotPossibleNow
from zengzhi.mall.models import Order, OrderState
from zengzhi.records.members.models import Member


def ship(order_pk: int, at: datetime, carrier: str = "", tracking: str = "") -> Order:
    """A paid order leaves the warehouse; a shipped one only gets its carrier and number.

    Errors: ``not_possible_now``.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_pk)
        if order.state not in {OrderState.PAID, OrderState.SHIPPED}:
            raise NotPossibleNow(order.get_state_display())
        order.carrier, order.tracking = carrier[:40], tracking[:60]
        if order.state == OrderState.PAID:
            order.state, order.shipped_at = OrderState.SHIPPED, at
        order.save(update_fields=["carrier", "tracking", "state", "shipped_at"])
        return order


def confirm_receipt(member: Member, number: str, at: datetime) -> Order:
    """The member has the goods: the refund window begins. A received order stays as it is.

    Errors: ``not_possible_now``.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(member=member, number=number)
        if order.state in {OrderState.RECEIVED, OrderState.SETTLED}:
            return order
        if order.state != OrderState.SHIPPED:
            raise NotPossibleNow(order.get_state_display())
        order.state, order.received_at = OrderState.RECEIVED, at
        order.save(update_fields=["state", "received_at"])
        return order


def receive_overdue(at: datetime) -> int:
    """Orders shipped ``AUTO_RECEIPT_DAYS`` ago count as received; how many did now."""
    shipped = at - timedelta(days=settings.AUTO_RECEIPT_DAYS)
    return Order.objects.filter(state=OrderState.SHIPPED, shipped_at__lte=shipped).update(
        state=OrderState.RECEIVED, received_at=at
    )
