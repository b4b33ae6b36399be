"""Every address of both doors, taken from the URLconf, with arguments out of the database."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.urls import URLPattern, get_resolver, resolve
from django.urls.exceptions import Resolver404

from zengzhi.mall.models import Order, Product
from zengzhi.records.bonuses.models import Plan
from zengzhi.records.members.links import make_link
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.models import Event, Op
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import PayeeAccount, Withdrawal

MEMBER = "linxiao"


def patterns(resolver=None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each pattern with its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry
        else:
            yield from patterns(entry, route)


def addresses() -> dict[str, str]:
    """Route → an address that it answers; every argument is one that exists, where one does."""
    found = {}
    for route, pattern in patterns():
        values = {
            name: _value(route, name) for name in pattern.pattern.converters | _groups(pattern)
        }
        found[route] = "/" + _filled(route, values)
    return found


def _groups(pattern: URLPattern) -> dict[str, None]:
    regex = pattern.pattern.regex
    return dict.fromkeys(regex.groupindex)


def _filled(route: str, values: dict[str, object]) -> str:
    def named(match: re.Match[str]) -> str:
        return str(values[match["a"] or match["b"]])

    text = re.sub(r"<(?:\w+:)?(?P<a>\w+)>|\(\?P<(?P<b>\w+)>[^)]*\)", named, route)
    return text.replace("^", "").replace("$", "").replace("\\", "")


def _value(route: str, name: str) -> object:
    """One argument. An unknown one fails here: say what it is."""
    parts = route.split("/")
    if name in {"object_id", "pk", "id"} and parts[0] == "office" and parts[1] != "r":
        first = apps.get_model(parts[1], parts[2])._default_manager.order_by("pk").first()
        return first.pk if first else 1
    member = Member.objects.get(user__username=MEMBER)
    known = {
        "app_label": lambda: "mall",
        "url": lambda: "nothing-here",
        "content_type_id": lambda: 1,
        "object_id": lambda: 1,
        "verb": lambda: "approve",
        "year": lambda: clock.today().year,
        "number": lambda: _number(route, member),
        "event_id": lambda: Event.objects.filter(op=Op.SELL).first().event_id,
        "code": lambda: member.invite_code,
        "secret": lambda: make_link(member.user, None),
        "name": lambda: Product.objects.first().picture,
        "slug": lambda: (
            (
                Product.objects.first()
                if "goods" not in route
                else Product.objects.first().category
            ).slug
        ),
        "pk": lambda: getattr(PayeeAccount.objects.filter(member=member).first(), "pk", 1),
        "plan": lambda: Plan.objects.first().pk,
    }
    return known[name]()


def _number(route: str, member: Member) -> str:
    if "withdrawals" in route:
        return Withdrawal.objects.filter(member=member).first().number
    return Order.objects.filter(member=member).first().number


def answers(address: str) -> bool:
    """Whether the URLconf knows the address."""
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def staff() -> User:
    """Somebody who sees every page of the office."""
    found = User.objects.filter(username="all-seeing").first()
    return found or User.objects.create_superuser("all-seeing", password="correct horse 9")
