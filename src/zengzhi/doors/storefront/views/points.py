"""Points: price, lots, selling; the public truth page."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from zengzhi.core.errors import InvalidAmount, ZengzhiError
from zengzhi.core.units import parse_points
from zengzhi.doors.shared.messages import explain
from zengzhi.doors.shared.reading import read_token
from zengzhi.doors.storefront.views.orders import signed_in
from zengzhi.mall.models import Order
from zengzhi.records.intake.conditions import daily_payout_left, daily_sale_left
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.members.models import User
from zengzhi.records.settlement.history import own_orders, price_history
from zengzhi.records.settlement.holdings import holdings, sellable_units
from zengzhi.records.settlement.models import Event, LotMovement
from zengzhi.records.settlement.pools import default_pool, market
from zengzhi.records.settlement.quotes import sale_quote
from zengzhi.records.settlement.truth import truth_of

RANGES = {"30": 30, "90": 90, "all": None}
SQUARES_MAX = 400


def orders_by_lot(event_ids: list[str]) -> dict[str, Order]:
    """The orders behind lots, with their products."""
    rows = Order.objects.filter(number__in=event_ids).prefetch_related("lines__product")
    return {row.number: row for row in rows}


def chart_of(request: HttpRequest, pool: Any) -> dict[str, Any]:
    """The price history of the chosen range, for the chart and as a table."""
    chosen = request.GET.get("range", "all")
    if chosen not in RANGES:
        chosen = "all"
    rows = price_history(pool, RANGES[chosen])
    own: list[tuple[Any, str]] = []
    if isinstance(request.user, User) and rows:
        member = signed_in(request)
        own = [row for row in own_orders(pool, member) if row[0] >= rows[0][0]]
    return {
        "range": chosen,
        "history": rows[:: max(1, len(rows) // 8)][-10:],
        "chart": {
            "price": [[at.isoformat(), price] for at, price, _payout in rows],
            "payout": [[at.isoformat(), payout] for at, _price, payout in rows],
            "own": [[at.isoformat(), price] for at, price in own],
        },
    }


def points(request: HttpRequest) -> HttpResponse:
    """The price now and before, my lots, selling."""
    pool = default_pool()
    context = {"market": market(pool), **chart_of(request, pool)}
    if isinstance(request.user, User):
        held = holdings(pool, signed_in(request))
        orders = orders_by_lot([view.lot.event_id for view in held.lots])
        context["held"] = held
        context["lots"] = [(view, orders.get(view.lot.event_id)) for view in held.lots]
    return render(request, "storefront/points.html", context)


@login_required
def sell(request: HttpRequest) -> HttpResponse:
    """Choose how much to sell, see the exact quote, confirm it; once per form."""
    pool = default_pool()
    member = signed_in(request)
    form = request.POST if request.method == "POST" else request.GET
    typed = form.get("points", "")
    lot_id = form.get("lot", "") or None
    held = holdings(pool, member, closed=0)
    lot = next((view.lot for view in held.lots if view.lot.event_id == lot_id), None)
    if lot_id is not None and lot is None and request.method == "GET":
        raise Http404
    context: dict[str, Any] = {
        "market": market(pool),
        "held": held,
        "typed": typed[:60],
        "lot": lot,
        "available_units": sellable_units(held, lot),
        "daily_left": daily_sale_left(pool, member),
        "daily_fen": daily_payout_left(pool),
        "token": uuid.uuid4(),
    }
    status = 200
    if typed or form.get("step") == "confirm" or request.method == "POST":
        try:
            units = None if typed == "all" else parse_points(typed)
            if request.method == "POST":
                return _confirm(request, pool, member, units, lot_id)
            context["quote"] = quote = sale_quote(pool, member, units, lot_id)
            context["orders"] = orders_by_lot([part.lot.event_id for part in quote.lots])
            context["parts"] = [
                (part, context["orders"].get(part.lot.event_id)) for part in quote.lots
            ]
        except ZengzhiError as refusal:
            context["error"] = explain(refusal)
            status = 422
            if request.method == "POST" and refusal.code not in {"invalid_amount", "unknown_order"}:
                status = 409
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "storefront/parts/sell_live.html", context)
    ready = "quote" in context and request.GET.get("step") == "confirm"
    template = "storefront/sell_confirm.html" if ready else "storefront/sell.html"
    return render(request, template, context, status=status)


def _confirm(
    request: HttpRequest, pool: Any, member: Any, units: int | None, lot_id: str | None
) -> HttpResponse:
    minimum = request.POST.get("minimum_fen", "")
    if not (minimum.isascii() and minimum.isdigit() and len(minimum) <= 16):
        raise InvalidAmount(minimum, "the quoted payout")
    token = read_token(request.POST.get("token", ""))
    result = sell_points(pool, member, units, token, int(minimum), lot_id)
    return redirect("storefront:sold", event_id=result.event_id)


@login_required
def sold(request: HttpRequest, event_id: str) -> HttpResponse:
    """What a sale of mine did, exactly."""
    pool = default_pool()
    member = signed_in(request)
    event = Event.objects.filter(pool=pool, event_id=event_id, member=member, error="").first()
    if event is None:
        raise Http404
    held = holdings(pool, member, closed=0)
    parts = LotMovement.objects.filter(event_pk=event.pk, is_exit=False)
    return render(
        request, "storefront/sold.html", {"event": event, "held": held, "parts": parts.count()}
    )


def truth(request: HttpRequest) -> HttpResponse:
    """What became of all lots and all money, from live data."""
    pool = default_pool()
    facts = truth_of(pool)
    step = max(1, -(-facts.lots // SQUARES_MAX))
    squares = -(-facts.lots // step) if facts.lots else 0
    reached = -(-facts.reached_1x // step) if facts.reached_1x else 0
    bound_fen = facts.spend_fen * facts.bound_ppm // 1_000_000
    return render(
        request,
        "storefront/truth.html",
        {
            "market": market(pool),
            "truth": facts,
            "one_in": facts.lots // facts.reached_1x if facts.reached_1x else 0,
            "squares": [position < reached for position in range(squares)],
            "square_step": step,
            "bound_fen": bound_fen,
            "put_in_ppm": facts.put_in_fen * 1_000_000 // facts.spend_fen if facts.spend_fen else 0,
            "paid_ppm": facts.paid_out_fen * 1_000_000 // facts.spend_fen if facts.spend_fen else 0,
            "share_1x": _share_text(facts.reached_1x, facts.lots),
            "share_3x": _share_text(facts.reached_3x, facts.lots),
            **chart_of(request, pool),
        },
    )


def _share_text(part: int, whole: int) -> str:
    from zengzhi.core.units import format_half_up

    return format_half_up(part * 100, whole, 2) if whole else "0.00"
