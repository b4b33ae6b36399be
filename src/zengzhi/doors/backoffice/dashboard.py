"""The dashboard page: figures and charts for the template."""

from typing import Any

from django.http import HttpRequest

from zengzhi.doors.backoffice import figures
from zengzhi.records.settlement.history import price_history
from zengzhi.records.settlement.models import Pool

RANGES = {"30": 30, "90": 90, "all": None}


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the context of the start page; a mall without a pool shows how to make one."""
    context["may_see"] = request.user.has_perm("settlement.view_pool")  # type: ignore[union-attr]
    if not context["may_see"] or not Pool.objects.filter(code="main").exists():
        return context
    chosen = request.GET.get("range", "all")
    chosen = chosen if chosen in RANGES else "all"
    shown = figures.dashboard()
    history = price_history(shown["pool"], RANGES[chosen])
    context.update(shown)
    context["range"] = chosen
    context["chart"] = {
        "price": [[at.isoformat(), price] for at, price, _payout in history],
        "flows": [
            [flow.day.isoformat(), flow.in_fen / 100, flow.out_fen / 100] for flow in shown["flows"]
        ],
    }
    return context
