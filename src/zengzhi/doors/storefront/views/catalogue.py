"""Home, shelves, search, product, pictures."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control

from zengzhi.mall.models import Category, Product
from zengzhi.mall.pictures import draw
from zengzhi.records.members.models import User
from zengzhi.records.members.service import member_of
from zengzhi.records.settlement.holdings import holdings
from zengzhi.records.settlement.pools import Market, default_pool, market
from zengzhi.records.settlement.quotes import order_quote
from zengzhi.records.settlement.truth import truth_of

SEARCH_MAX = 60


def quoted(products: Any, state: Market) -> list[dict[str, Any]]:
    """Products with their points quote at this moment."""
    return [
        {"product": item, "quote": order_quote(state, item.price_fen, item.split)}
        for item in products
    ]


def home(request: HttpRequest) -> HttpResponse:
    """What is on the shelves, what I hold, and the pool's plain facts."""
    pool = default_pool()
    state = market(pool)
    products = Product.objects.filter(active=True, featured=True)[:12]
    held = None
    if isinstance(request.user, User):
        held = holdings(pool, member_of(request.user), closed=0)
    return render(
        request,
        "storefront/home.html",
        {
            "market": state,
            "truth": truth_of(pool),
            "held": held,
            "goods": quoted(products, state),
            "categories": Category.objects.all(),
        },
    )


def shelf(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """All products, or one category's, or what a search finds."""
    words = request.GET.get("q", "").strip()[:SEARCH_MAX]
    products = Product.objects.filter(active=True)
    category = get_object_or_404(Category, slug=slug) if slug else None
    if category is not None:
        products = products.filter(category=category)
    for word in words.split():
        products = products.filter(
            Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(subtitle_zh__icontains=word)
            | Q(subtitle_en__icontains=word)
            | Q(merchant_zh__icontains=word)
            | Q(merchant_en__icontains=word)
        )
    state = market(default_pool())
    return render(
        request,
        "storefront/shelf.html",
        {
            "category": category,
            "categories": Category.objects.all(),
            "words": words,
            "goods": quoted(products[:60], state),
        },
    )


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """A product: price, points quote, where the money goes, the disclosure line."""
    item = get_object_or_404(Product, slug=slug, active=True)
    state = market(default_pool())
    quote = order_quote(state, item.price_fen, item.split)
    return render(
        request, "storefront/product.html", {"product": item, "quote": quote, "market": state}
    )


@cache_control(public=True, max_age=86_400)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A drawing as SVG."""
    return HttpResponse(draw(name), content_type="image/svg+xml")
