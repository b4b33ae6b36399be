"""Agents as a map-like table: the provinces where they lie, a province city by city."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from zengzhi.core import regions
from zengzhi.records.members.models import RegionAgent
from zengzhi.records.store import clock

PLACES = {
    "65": (1, 1), "15": (5, 1), "23": (7, 1), "22": (8, 1),
    "62": (2, 2), "64": (3, 2), "13": (5, 2), "11": (6, 2), "21": (7, 2),
    "63": (2, 3), "61": (3, 3), "14": (4, 3), "41": (5, 3), "37": (6, 3), "12": (7, 3),
    "54": (1, 4), "51": (2, 4), "50": (3, 4), "42": (4, 4), "34": (5, 4), "32": (6, 4),
    "31": (7, 4),
    "53": (2, 5), "52": (3, 5), "43": (4, 5), "36": (5, 5), "33": (6, 5),
    "45": (3, 6), "44": (4, 6), "35": (5, 6), "46": (3, 7),
}  # fmt: skip
"""Province → column and row, roughly as on a map."""
LONG_NAMES = ("黑龙江", "内蒙古")


def _serving() -> dict[str, RegionAgent]:
    now = clock.now()
    rows = RegionAgent.objects.filter(since__lte=now)
    found = {}
    for row in rows.select_related("member"):
        if row.until is None or row.until > now:
            row.address = reverse("admin:members_regionagent_change", args=(row.pk,))  # type: ignore[attr-defined]
            found[row.region] = row
    return found


def _short(name: str) -> str:
    return next((long for long in LONG_NAMES if name.startswith(long)), name[:2])


def _tile(code: str, name: str, agents: dict[str, RegionAgent]) -> dict[str, Any]:
    below = [key for key in regions.names() if key.startswith(code) and regions.can_have_agent(key)]
    cities = [key for key in below if len(key) == 4]
    districts = [key for key in below if len(key) == 6]
    x, y = PLACES[code]
    return {
        "code": code,
        "short": _short(name),
        "agent": agents.get(code),
        "cities": (sum(key in agents for key in cities), len(cities)),
        "districts": (sum(key in agents for key in districts), len(districts)),
        "x": x,
        "y": y,
    }


def _city(code: str, name: str, agents: dict[str, RegionAgent]) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "formal": not regions.has_city_level(code),
        "agent": agents.get(code),
        "districts": [
            {"name": district, "agent": agents.get(key)}
            for key, district in regions.children(code)
            if regions.can_have_agent(key)
        ],
    }


def page(site: Any, request: HttpRequest) -> HttpResponse:
    """All provinces, or one."""
    agents = _serving()
    province = request.GET.get("province", "")
    province = province if province in PLACES else ""
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": gettext("Agents on the map"),
        "province": province,
    }
    if province:
        context["name"] = regions.full_name(province)
        context["agent"] = agents.get(province)
        context["cities"] = [_city(*row, agents) for row in regions.children(province)]
    else:
        context["tiles"] = [_tile(code, name, agents) for code, name in regions.children()]
    return TemplateResponse(request, "backoffice/regions.html", context)
