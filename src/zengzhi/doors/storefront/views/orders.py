"""Checkout, pay, orders."""

import re
import uuid
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zengzhi.core.errors import IdReused, ZengzhiError
from zengzhi.doors.shared.messages import explain
from zengzhi.doors.shared.reading import read_token
from zengzhi.doors.storefront.views.regions import region_context
from zengzhi.mall.errors import BadQuantity, RegionIncomplete
from zengzhi.mall.models import DELIVERED_TO, Order, Product
from zengzhi.mall.orders.delivery import confirm_receipt
from zengzhi.mall.orders.money import close_order, confirm_demo, pay_until, start_payment
from zengzhi.mall.orders.placing import QUANTITY_MAX, place_order
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.records.members.models import Member, User
from zengzhi.records.members.service import member_of
from zengzhi.records.settlement.holdings import lot_view
from zengzhi.records.settlement.models import Lot
from zengzhi.records.settlement.pools import default_pool, market
from zengzhi.records.settlement.quotes import order_quote
from zengzhi.records.store import clock

DELIVERY_FIELDS = {"recipient": 40, "phone": 20, "address": 200}
_QUANTITY = re.compile(r"[0-9]{1,2}", re.ASCII)


def signed_in(request: HttpRequest) -> Member:
    """The member behind a request that ``login_required`` let through."""
    assert isinstance(request.user, User)  # noqa: S101
    return member_of(request.user)


def read_quantity(text: str) -> int:
    """A whole number from 1 to 99 in ASCII digits. Errors: ``bad_quantity``."""
    if not _QUANTITY.fullmatch(text) or not 1 <= int(text) <= QUANTITY_MAX:
        raise BadQuantity
    return int(text)


def own_order(request: HttpRequest, number: str, *without: str) -> Order:
    """The signed-in member's order; somebody else's is not found. ``without``: what is not read."""
    rows = Order.objects.select_related("pool", "pool__rules").filter(number=number)
    rows = rows.defer(*without)
    return get_object_or_404(rows, member__user=request.user)


def checkout_context(item: Product, quantity: int) -> dict[str, Any]:
    """Amount, split and points quote of a quantity."""
    state = market(default_pool())
    total_fen = item.price_fen * quantity
    return {
        "product": item,
        "quantity": quantity,
        "total_fen": total_fen,
        "market": state,
        "quote": order_quote(state, total_fen, item.split),
    }


@login_required
def checkout(request: HttpRequest, slug: str) -> HttpResponse:
    """Check the amount and the delivery, then place the order; once per form."""
    item = get_object_or_404(Product, slug=slug, active=True)
    form = request.POST if request.method == "POST" else request.GET
    text = form.get("quantity", "1")
    token = read_token(request.POST["token"]) if "token" in request.POST else uuid.uuid4()
    typed = {name: form.get(name, "").strip() for name in DELIVERY_FIELDS}
    error = ""
    failed: ZengzhiError | None = None
    quantity, status = 1, 200
    place = region_context(form)
    try:
        quantity = read_quantity(text)
        if request.method == "POST" and "choose" not in request.POST:
            delivery = {name: typed[name][:size] for name, size in DELIVERY_FIELDS.items()}
            if place["province"] and not place["district"]:
                raise RegionIncomplete
            order = place_order(
                signed_in(request), item, quantity, token, **delivery, region=place["district"]
            )
            return redirect("storefront:pay", number=order.number)
    except ZengzhiError as refusal:
        failed, error = refusal, explain(refusal)
        status = 409 if isinstance(refusal, IdReused) else 422
    except Order.DoesNotExist as taken:  # a form's token that somebody else used
        raise Http404 from taken
    context = {
        **checkout_context(item, quantity),
        **place,
        "typed": typed,
        "token": token,
        "error": "" if isinstance(failed, RegionIncomplete) else error,
        "region_error": error if isinstance(failed, RegionIncomplete) else "",
        "quantity_text": text[:20],
    }
    template = "storefront/parts/checkout_sum.html" if request.htmx else "storefront/checkout.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=200 if request.htmx else status)  # type: ignore[attr-defined]


@login_required
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """The demo cashier."""
    order = own_order(request, number)
    if order.payment != PaymentAxis.AWAITING:
        return redirect("storefront:order", number=number)
    context = {"order": order, "payment": start_payment(order), "pay_until": pay_until(order)}
    return render(request, "storefront/pay.html", context)


@login_required
@require_POST
def demo_confirm(request: HttpRequest, number: str) -> HttpResponse:
    """The payer confirms at the demo cashier; only where the demo gateway is switched on."""
    if not settings.DEMO:
        raise Http404
    placed = own_order(request, number, *DELIVERED_TO)
    if placed.payment == PaymentAxis.AWAITING:
        try:
            confirm_demo(placed)
        except ZengzhiError as refusal:
            messages.error(request, explain(refusal))
            return redirect("storefront:order", number=number)
    return redirect("storefront:paid", number=number)


@login_required
def paid(request: HttpRequest, number: str) -> HttpResponse:
    """What the payment did: the lot it opened, exactly."""
    order = own_order(request, number)
    if order.payment != PaymentAxis.PAID:
        return redirect("storefront:order", number=number)
    return render(request, "storefront/paid.html", order_context(order))


def order_context(order: Order) -> dict[str, Any]:
    """An order with its lot and the pool now."""
    pool = default_pool()
    state = market(pool)
    lot = Lot.objects.filter(pool=order.pool, event_id=order.number).first()
    return {
        "order": order,
        "pay_until": pay_until(order),
        "lines": order.lines.select_related("product"),
        "market": state,
        "lot": lot,
        "view": lot_view(state, lot) if lot else None,
        "quote": order_quote(state, order.left_fen or order.total_fen, order.split),
    }


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """My orders, newest first."""
    rows = signed_in(request).orders.prefetch_related("lines__product")[:100]
    return render(request, "storefront/orders.html", {"orders": rows})


@login_required
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One of my orders."""
    return render(request, "storefront/order.html", order_context(own_order(request, number)))


@login_required
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close an order that was not paid."""
    own_order(request, number)
    with suppress(ZengzhiError):  # It was paid meanwhile: the order's page says so.
        close_order(signed_in(request), number)
    return redirect("storefront:order", number=number)


@login_required
@require_POST
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """The goods have arrived: the return period begins."""
    own_order(request, number)
    try:
        confirm_receipt(signed_in(request), number, clock.now())
        messages.success(request, _("Receipt confirmed. The return period has begun."))
    except ZengzhiError as refusal:
        messages.error(request, explain(refusal))
    return redirect("storefront:order", number=number)
