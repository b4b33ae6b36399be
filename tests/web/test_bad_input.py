"""Bad input gets a clear message in the page's language, and changes nothing."""

import uuid

import pytest
from django.db import connection

from tests.conftest import token
from tests.purses import all_purses
from zengzhi.core.economy.events import WindDown
from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders.money import confirm_demo, start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.orders.states import OrderState
from zengzhi.payments.demo_gateway import callback_for, sign
from zengzhi.payments.models import Callback
from zengzhi.records.ledger.models import Leg
from zengzhi.records.settlement.models import Event, Lot, Pool
from zengzhi.records.settlement.settle import settle_one
from zengzhi.records.store import clock

BAD_POINTS = [
    "-1",
    "0",
    "0.00000000",
    "NaN",
    "nan",
    "Infinity",
    "1e400",
    "1E3",
    "1.123456789",
    "１００",
    "١٢",
    " ",
    "1 000",
    "1,000",
    "+1",
    "0x10",
    ".5",
    "1.",
    "9" * 400,
    "abc",
    "1.2.3",
]
BAD_QUANTITIES = [
    "-1",
    "0",
    "NaN",
    "1e400",
    "1.5",
    "１",
    "",
    " 1",
    "100",
    "999999999999",
    "all",
]
DELIVERY = {"recipient": "王磊", "phone": "13800138000", "address": "杭州"}


def everything() -> dict[str, object]:
    """All that money, points and stock consist of."""
    pool = Pool.objects.get()
    return {
        "pool": {f.name: getattr(pool, f.attname) for f in Pool._meta.concrete_fields},
        "events": Event.objects.count(),
        "lots": list(Lot.objects.order_by("pk").values()),
        "legs": Leg.objects.count(),
        "balances": all_purses(),
        "orders": list(Order.objects.order_by("pk").values()),
        "stock": list(Product.objects.order_by("pk").values("stock", "sold")),
    }


@pytest.fixture
def signed_in(client, pool, product, member):
    """wang, who holds 210 points."""
    confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    client.force_login(member.user)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("points", BAD_POINTS)
def test_points_to_sell(signed_in, points, language):
    signed_in.cookies["django_language"] = language
    before = everything()
    answer = signed_in.get("/points/sell/", {"step": "confirm", "points": points})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'data-test="error"' in page
    assert {"zh-hans": ("请用普通数字", "多了"), "en": ("plain digits", "too many")}[language][
        points == "9" * 400
    ] in page
    posted = signed_in.post(
        "/points/sell/", {"points": points, "token": token(), "minimum_fen": "0"}
    )
    assert posted.status_code in {409, 422}
    assert everything() == before


def test_what_was_typed_stays_in_the_field(signed_in):
    page = signed_in.get("/points/sell/", {"step": "confirm", "points": "1e400"}).content.decode()
    assert 'value="1e400"' in page


def test_more_points_than_held_says_by_how_much(signed_in):
    signed_in.cookies["django_language"] = "en"
    page = signed_in.get("/points/sell/", {"step": "confirm", "points": "210.5"}).content.decode()
    assert "0.5 too many. You can sell at most 210." in page


@pytest.mark.parametrize("quantity", BAD_QUANTITIES)
def test_quantity(signed_in, product, quantity):
    before = everything()
    answer = signed_in.post(
        f"/checkout/{product.slug}/", {"quantity": quantity, "token": token(), **DELIVERY}
    )
    assert answer.status_code == 422
    assert "1 到 99" in answer.content.decode()
    assert everything() == before


def test_more_than_the_stock(signed_in, product):
    Product.objects.update(stock=2)
    before = everything()
    answer = signed_in.post(
        f"/checkout/{product.slug}/", {"quantity": "3", "token": token(), **DELIVERY}
    )
    assert "只剩 2 件" in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh-hans", "盈利池已清盘关闭"), ("en", "has been wound down")]
)
def test_no_order_is_placed_into_a_pool_that_was_wound_down(
    signed_in, pool, product, language, sentence
):
    assert settle_one(pool.pk, WindDown("end"), clock.now()).ok
    before = everything()
    signed_in.cookies["django_language"] = language
    answer = signed_in.post(
        f"/checkout/{product.slug}/", {"quantity": "1", "token": token(), **DELIVERY}
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("bad", ["", "x", "１", "00000000-0000-0000-0000-00000000000g"])
def test_a_forged_token_is_no_form(signed_in, product, bad):
    before = everything()
    checkout = {"quantity": "1", "token": bad, **DELIVERY}
    assert signed_in.post(f"/checkout/{product.slug}/", checkout).status_code == 404
    sale = {"points": "1", "token": bad, "minimum_fen": "0"}
    assert signed_in.post("/points/sell/", sale).status_code == 404
    assert everything() == before


@pytest.mark.parametrize("minimum", ["", "-1", "1e9", "１", "9" * 30])
def test_a_forged_minimum_sells_nothing(signed_in, minimum):
    before = everything()
    answer = signed_in.post(
        "/points/sell/", {"points": "1", "token": token(), "minimum_fen": minimum}
    )
    assert answer.status_code == 422
    assert everything() == before


def test_below_the_quoted_payout_nothing_is_sold(signed_in):
    signed_in.cookies["django_language"] = "en"
    before = everything()
    answer = signed_in.post(
        "/points/sell/", {"points": "210", "token": token(), "minimum_fen": "24001"}
    )
    assert answer.status_code == 409
    assert "Nothing was sold: the payout would now be ¥240.00 instead of ¥240.01." in (
        answer.content.decode()
    )
    assert everything() == before


@pytest.mark.parametrize("address", ["/orders/{}/", "/orders/{}/pay/", "/orders/{}/paid/"])
def test_somebody_elses_order_does_not_exist(signed_in, product, other, address):
    theirs = place_order(other, product, 1, uuid.uuid4())
    before = everything()
    assert signed_in.get(address.format(theirs.number)).status_code == 404
    assert signed_in.post(f"/orders/{theirs.number}/close/").status_code == 404
    assert signed_in.post(f"/pay/demo/{theirs.number}/confirm").status_code == 404
    assert everything() == before


def test_somebody_elses_lot_and_sale_do_not_exist(signed_in, product, other, member):
    theirs = place_order(other, product, 1, uuid.uuid4())
    confirm_demo(theirs)
    before = everything()
    assert signed_in.get("/points/sell/", {"lot": theirs.number}).status_code == 404
    answer = signed_in.post(
        "/points/sell/",
        {"points": "1", "token": token(), "minimum_fen": "0", "lot": theirs.number},
    )
    assert answer.status_code == 422
    assert everything() == before
    mine = token()
    signed_in.post("/points/sell/", {"points": "1", "token": mine, "minimum_fen": "0"})
    sold = Event.objects.get(op=2).event_id
    signed_in.force_login(other.user)
    assert signed_in.get(f"/points/sold/{sold}/").status_code == 404


def test_a_form_sent_twice_acts_once(signed_in, product):
    form = {"quantity": "2", "token": token(), **DELIVERY}
    first = signed_in.post(f"/checkout/{product.slug}/", form)
    second = signed_in.post(f"/checkout/{product.slug}/", form)
    assert first.url == second.url
    assert Order.objects.count() == 2
    number = Order.objects.latest("pk").number
    for _i in range(3):
        signed_in.post(f"/pay/demo/{number}/confirm")
    assert Event.objects.count() == 2
    sale = {"points": "5", "token": token(), "minimum_fen": "0"}
    urls = {signed_in.post("/points/sell/", sale).url for _i in range(3)}
    assert len(urls) == 1
    assert Event.objects.count() == 3


def test_somebody_elses_token_is_not_taken_over(signed_in, product, member, other):
    shared = uuid.uuid4()
    place_order(other, product, 1, shared)
    with pytest.raises(Order.DoesNotExist):
        place_order(member, product, 1, shared)
    form = {"quantity": "1", "token": str(shared), **DELIVERY}
    assert signed_in.post(f"/checkout/{product.slug}/", form).status_code == 404
    assert Order.objects.count() == 2


def test_a_closed_order_cannot_be_paid(signed_in, product):
    form = {"quantity": "1", "token": token(), **DELIVERY}
    signed_in.post(f"/checkout/{product.slug}/", form)
    order = Order.objects.latest("pk")
    stock = Product.objects.get().stock
    signed_in.post(f"/orders/{order.number}/close/")
    assert Product.objects.get().stock == stock + 1
    before = everything()
    signed_in.post(f"/pay/demo/{order.number}/confirm")
    order.refresh_from_db()
    assert order.state == OrderState.CLOSED
    assert everything() == before


def test_callbacks_are_authentic_fresh_fitting_and_single(client, pool, product, member):
    order = place_order(member, product, 1, uuid.uuid4())
    payment = start_payment(order)
    good, signature = callback_for(payment.reference, order.number, payment.amount_fen)
    before = everything()
    stale = good.replace(b'"timestamp":1', b'"timestamp":2')
    dollars = good.replace(b"CNY", b"USD")
    wrong = [
        (good, "0" * 64),
        (good + b" ", signature),
        (stale, sign(stale)),
        (b"nonsense", sign(b"nonsense")),
        (b"[1]", sign(b"[1]")),
        (dollars, sign(dollars)),
    ]
    for body, mark in wrong:
        answer = client.post(
            "/pay/demo/callback", body, "application/json", headers={"X-Demo-Signature": mark}
        )
        assert answer.status_code == 400, body
        assert everything() == before
    for _i in range(5):
        client.post(
            "/pay/demo/callback", good, "application/json", headers={"X-Demo-Signature": signature}
        )
    assert Event.objects.count() == 1
    outcomes = Callback.objects.order_by("pk").values_list("outcome", "answer")
    assert list(outcomes)[-5:] == [("handled", 200), *[("repeated", 200)] * 4]


def test_pages_need_no_query_per_lot(signed_in, member, product, django_assert_max_num_queries):
    for _i in range(6):
        confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    assert connection.vendor in {"sqlite", "postgresql"}
    with django_assert_max_num_queries(22):
        assert signed_in.get("/points/").status_code == 200


@pytest.mark.parametrize("words", ["%", "_", "'; --", "𝒳" * 500, "山茶", "  "])
def test_search_takes_any_words(client, pool, product, words):
    assert client.get("/goods/", {"q": words}).status_code == 200
