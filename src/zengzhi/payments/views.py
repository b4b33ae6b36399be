"""The demo cashier's confirmation and the demo gateway's callback address."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.models import Order
from zengzhi.mall.service import order_of
from zengzhi.payments.service import confirm_demo, handle_demo_callback
from zengzhi.records.members.models import User
from zengzhi.records.members.service import member_of


@login_required
@require_POST
def demo_confirm(request: HttpRequest, number: str) -> HttpResponse:
    """The payer confirms at the demo cashier; only where the demo gateway is switched on."""
    if not settings.DEMO:
        raise Http404
    assert isinstance(request.user, User)  # noqa: S101 (login_required)
    try:
        order = order_of(member_of(request.user), number)
    except Order.DoesNotExist as error:
        raise Http404 from error
    try:
        confirm_demo(order)
    except ZengzhiError as error:
        messages.error(request, error.message)
        return redirect("storefront:order", number=number)
    return redirect("storefront:paid", number=number)


@csrf_exempt
@require_POST
def demo_callback(request: HttpRequest) -> HttpResponse:
    """A callback from outside: same handling, same checks."""
    if not settings.DEMO:
        raise Http404
    try:
        handle_demo_callback(request.body, request.headers.get("X-Demo-Signature", ""))
    except ZengzhiError as error:
        return JsonResponse({"error": error.code}, status=400)
    return JsonResponse({"ok": True})
