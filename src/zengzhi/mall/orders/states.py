"""The states of an order: its payment × its delivery × its settlement, and what a member sees.

Each axis moves along its own table of edges, by conditional updates. The settlement's state is that
of the order's hold in the ledger; the order itself keeps none.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentAxis(models.TextChoices):
    """Whether the buyer's money is there. A refund of a part leaves it paid."""

    AWAITING = "awaiting", _("awaiting payment")
    PAID = "paid", _("paid")
    REFUNDED = "refunded", _("refunded in full")
    CLOSED = "closed", _("closed unpaid")


class DeliveryAxis(models.TextChoices):
    """Where the goods are."""

    WAITING = "waiting", _("not shipped yet")
    SHIPPED = "shipped", _("shipped")
    RECEIVED = "received", _("received")


EDGES: dict[str, dict[str, tuple[str, ...]]] = {
    "payment": {
        PaymentAxis.PAID: (PaymentAxis.AWAITING,),
        PaymentAxis.CLOSED: (PaymentAxis.AWAITING,),
        PaymentAxis.REFUNDED: (PaymentAxis.PAID,),
    },
    "delivery": {
        DeliveryAxis.SHIPPED: (DeliveryAxis.WAITING,),
        DeliveryAxis.RECEIVED: (DeliveryAxis.SHIPPED,),
    },
}
"""Axis → state → the states it is reached from; every other edge is refused. Goods move only while
the order is paid, settled or not."""


class OrderState(models.TextChoices):
    """What a member sees."""

    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PAID = "paid", _("Paid")
    SHIPPED = "shipped", _("Shipped")
    RECEIVED = "received", _("Received")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")
    REFUNDED = "refunded", _("Refunded")


_BY_PAYMENT = {
    PaymentAxis.AWAITING: OrderState.AWAITING_PAYMENT,
    PaymentAxis.CLOSED: OrderState.CLOSED,
    PaymentAxis.REFUNDED: OrderState.REFUNDED,
}
_BY_DELIVERY = {
    DeliveryAxis.WAITING: OrderState.PAID,
    DeliveryAxis.SHIPPED: OrderState.SHIPPED,
    DeliveryAxis.RECEIVED: OrderState.RECEIVED,
}


def shown_state(payment: str, delivery: str, settled: bool) -> OrderState:
    """The three states as one word: a paid order is where its goods are, and completed once they
    are received and it has settled.

    >>> str(shown_state("paid", "shipped", settled=True).value)
    'shipped'
    >>> str(shown_state("paid", "received", settled=True).value)
    'completed'
    """
    if payment != PaymentAxis.PAID:
        return _BY_PAYMENT[PaymentAxis(payment)]
    if settled and delivery == DeliveryAxis.RECEIVED:
        return OrderState.COMPLETED
    return _BY_DELIVERY[DeliveryAxis(delivery)]
