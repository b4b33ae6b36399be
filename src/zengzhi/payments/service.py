"""Start payments and handle callbacks: verified, stored raw, then handled once (spec 7.1)."""

import hmac
import json
from datetime import datetime

from django.db import transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.errors import NotPayable
from zengzhi.mall.models import Order, OrderState
from zengzhi.mall.service import mark_paid
from zengzhi.payments import demo_gateway
from zengzhi.payments.models import Callback, Payment, PaymentState
from zengzhi.records.store import clock

FRESH_SECONDS = 300
FIELDS = ("reference", "order", "amount_fen", "currency", "timestamp")


class BadCallback(ZengzhiError):
    """The callback is forged, stale, or does not fit its payment."""

    code = "bad_callback"


def start_payment(order: Order) -> Payment:
    """The payment of an order; started once. Errors: ``not_payable``."""
    if order.state != OrderState.AWAITING_PAYMENT:
        raise NotPayable
    payment, _made = Payment.objects.get_or_create(
        order=order,
        defaults={
            "reference": f"D{order.number}",
            "provider": demo_gateway.PROVIDER,
            "amount_fen": order.total_fen,
        },
    )
    return payment


def handle_demo_callback(body: bytes, signature: str, at: datetime | None = None) -> Order:
    """Verify, store, then handle once; a repeated callback changes nothing.

    Errors: ``bad_callback`` for a wrong signature, an old timestamp, or another amount, currency
    or order; ``not_payable`` for a closed order.
    """
    sent = signature.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(demo_gateway.sign(body).encode(), sent):
        raise BadCallback("wrong signature")
    stored = Callback.objects.create(provider=demo_gateway.PROVIDER, body=body, signature=signature)
    try:
        order = _handle(_content(body), at)
    except ZengzhiError as error:
        Callback.objects.filter(pk=stored.pk).update(outcome=error.code)
        raise
    Callback.objects.filter(pk=stored.pk).update(outcome="handled")
    return order


def _content(body: bytes) -> dict[str, object]:
    """The fields of a callback. Errors: ``bad_callback``."""
    try:
        content = json.loads(body)
        int(content["timestamp"])
        return {key: content[key] for key in FIELDS}
    except (ValueError, KeyError, TypeError) as error:
        raise BadCallback("not a callback of this gateway") from error


def _handle(content: dict[str, object], at: datetime | None) -> Order:
    if abs(clock.now().timestamp() - int(str(content["timestamp"]))) > FRESH_SECONDS:
        raise BadCallback("stale timestamp")
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update(of=("self",))
            .select_related("order")
            .filter(reference=content["reference"])
            .first()
        )
        if (
            payment is None
            or content["order"] != payment.order.number
            or content["amount_fen"] != payment.amount_fen
            or content["currency"] != "CNY"
        ):
            raise BadCallback("does not fit the payment")
        order = mark_paid(payment.order_id, payment.amount_fen, payment.provider, at or clock.now())
        payment.state = PaymentState.PAID
        payment.save(update_fields=["state"])
        return order


def confirm_demo(order: Order, at: datetime | None = None) -> Order:
    """What the demo cashier does when the payer confirms: the gateway sends its callback."""
    payment = Payment.objects.filter(order=order).first() or start_payment(order)
    body, signature = demo_gateway.callback_for(payment.reference, order.number, payment.amount_fen)
    return handle_demo_callback(body, signature, at)
