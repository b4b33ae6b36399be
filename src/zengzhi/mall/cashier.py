"""The cashier: an order begins to be paid, and the payer at the demo gateway confirms."""

from datetime import datetime

from zengzhi.mall.errors import NotPayable
from zengzhi.mall.models import Order
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.payments import demo_gateway, service
from zengzhi.payments.models import Callback, Payment


def start_payment(order: Order) -> Payment:
    """The payment of an order; started once. Errors: ``not_payable``."""
    if order.payment != PaymentAxis.AWAITING:
        raise NotPayable
    return service.start_payment(order.number, order.total_fen, demo_gateway.PROVIDER)


def pay_at_demo(order: Order, at: datetime | None = None) -> Callback:
    """What the demo gateway does when its payer confirms: it sends its callback, whatever became
    of the order meanwhile."""
    payment = service.start_payment(order.number, order.total_fen, demo_gateway.PROVIDER)
    body, signature = demo_gateway.callback_for(
        payment.reference, payment.subject, payment.amount_fen, at=at
    )
    return service.receive(demo_gateway.DemoGateway(), body, signature, at)


def confirm_demo(order: Order, at: datetime | None = None) -> Order:
    """An order paid at the demo gateway, as it stands then.

    Errors: ``not_payable`` when the order could not be paid; the money is in suspense then.
    """
    outcome = pay_at_demo(order, at).outcome
    order = Order.objects.select_related("pool", "pool__rules").get(pk=order.pk)
    if outcome == "suspense":
        raise NotPayable
    return order
