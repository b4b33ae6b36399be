"""The delivery region: province, city, district, chosen one after the other."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zengzhi.core import regions


def region_context(form: Any) -> dict[str, Any]:
    """The choices for what is chosen so far; what does not fit what is above it is forgotten."""
    province = form.get("province", "")
    province = province if province in dict(regions.children()) else ""
    cities = regions.children(province) if province else ()
    city = form.get("city", "")
    if city not in dict(cities):
        city = cities[0][0] if len(cities) == 1 else ""
    districts = regions.children(city) if city else ()
    district = form.get("district", "")
    if district not in dict(districts):
        district = districts[0][0] if len(districts) == 1 else ""
    return {
        "provinces": regions.children(),
        "cities": cities,
        "districts": districts,
        "province": province,
        "city": city,
        "district": district,
    }


def region(request: HttpRequest) -> HttpResponse:
    """The three choices again, after one of them changed."""
    return render(request, "storefront/parts/region.html", region_context(request.GET))
