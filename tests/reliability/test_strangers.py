"""Every address, asked for by those whom it is none of: nobody signed in, another member, staff
without a right."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, reverse

from tests.conftest import token
from tests.wallet.conftest import bank_card, everything, give
from zengzhi.doors.storefront.urls import urlpatterns
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.withdraw import request_withdrawal

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {"category", "product", "picture", "checkout", "invitation", "tax"}
"""They name goods, or a year of one's own."""
OWNED = {
    **dict.fromkeys(("order", "pay", "paid", "demo_confirm", "close", "receive"), "order"),
    "sold": "sale",
    **dict.fromkeys(("withdrawal", "withdrawal_done"), "withdrawal"),
    **dict.fromkeys(("payee_change", "payee_remove"), "payee"),
}
"""Address → what of a member it names."""
POST_ONLY = {"demo_confirm", "close", "receive", "payee_remove"}


def test_every_address_that_names_something_is_listed():
    named = {pattern.name for pattern in urlpatterns if "<" in str(pattern.pattern)}
    assert named == OPEN_TO_ALL | set(OWNED)


@pytest.fixture
def theirs(pool, product, other):
    """What another member has, by its name."""
    now = clock.now()
    bought = confirm_demo(place_order(other, product, 1, uuid.uuid4()))
    sold = sell_points(pool, other, 10**8, uuid.uuid4())
    waiting = place_order(other, product, 1, uuid.uuid4())
    give(other, 1_000_00, at=now)
    payee = bank_card(other, at=now)
    asked = request_withdrawal(other, 100_00, payee.pk, uuid.uuid4(), at=now)
    assert bought.is_settled
    return {
        "order": waiting.number,
        "sale": sold.event_id,
        "withdrawal": asked.number,
        "payee": payee.pk,
    }


@pytest.mark.parametrize("name", OWNED)
def test_what_belongs_to_another_does_not_exist(client, member, theirs, name):
    address = reverse(f"storefront:{name}", args=(theirs[OWNED[name]],))
    methods = ("post",) if name in POST_ONLY else ("get",)
    before = everything()
    for method in methods:
        answer = getattr(client, method)(address, {})
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")
    client.force_login(member.user)
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    before_own = everything()
    for method in methods:
        answer = getattr(client, method)(address, {"token": token()})
        if name == "payee_remove":
            assert answer.url == "/wallet/payees/"
        else:
            assert answer.status_code == 404
    assert everything() == before_own == before


def desks(patterns, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, address) of the back office, with numbers of things that do not exist."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from desks(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and pattern.name:
            address = prefix + str(pattern.pattern)
            if not address.startswith(prefix + "^"):
                yield pattern.name, "/office/" + re.sub(r"<[^>]*>", "1", address)


FOR_ALL_STAFF = {
    "index",
    "search",
    "login",
    "logout",
    "jsi18n",
    "autocomplete",
    "view_on_site",
    "password_change",
    "password_change_done",
}


def test_nobody_but_staff_enters_the_back_office(client, member):
    for user in (None, member.user):
        if user is not None:
            client.force_login(user)
        for name, address in desks(admin.site.get_urls()):
            if name in ("login", "logout", "jsi18n"):
                continue
            answer = client.get(address)
            assert answer.status_code == 302, address
            assert answer.url.startswith("/office/login/"), address


def test_staff_without_a_right_open_no_desk(client, pool, theirs):
    user = User.objects.create_user("newcomer", password="x", is_staff=True)
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": "x"})
    before = everything()
    for name, address in desks(admin.site.get_urls()):
        if name in FOR_ALL_STAFF:
            continue
        for answer in (client.get(address), client.post(address, {"why": "x"})):
            assert answer.status_code in (302, 403, 404, 405), address
            if answer.status_code == 302:
                assert "/login/" in answer.url or answer.url == "/office/", address
    assert everything() == before
