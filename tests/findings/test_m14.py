"""M14: an order that nobody pays is closed in time, and its goods are for sale again."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from zengzhi.mall.chores import do_chores
from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders.money import close_unpaid, confirm_demo, pay_at_demo, start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.settler import Settler
from zengzhi.payments.models import Arrival

NOW = timezone.now()
MINUTE = timedelta(minutes=1)


def placed(member, product, minutes, quantity=1):
    return place_order(member, product, quantity, uuid.uuid4(), at=NOW - minutes * MINUTE)


def test_they_are_closed_after_the_time_and_not_before(pool, product, member, settings):
    settings.UNPAID_MINUTES = 30
    stock = product.stock
    orders = [placed(member, product, minutes, 99) for minutes in (31, 30, 29)]
    assert do_chores(NOW)["closed"] == 2
    assert do_chores(NOW)["closed"] == 0
    states = [Order.objects.get(pk=order.pk).payment for order in orders]
    assert states == ["closed", "closed", "awaiting"]
    product.refresh_from_db()
    assert (product.stock, product.sold) == (stock - 99, 99)


def test_the_time_can_be_set(pool, product, member, settings):
    settings.UNPAID_MINUTES = 5
    placed(member, product, 6)
    assert close_unpaid(NOW) == 1


def test_paid_orders_stay_however_old_and_a_late_payment_is_not_lost(pool, product, member):
    stock = product.stock
    confirm_demo(placed(member, product, 90))
    late = placed(member, product, 90)
    start_payment(late)
    assert close_unpaid(NOW) == 1
    pay_at_demo(late)
    assert Arrival.objects.latest("pk").unclaimed == "closed"
    assert close_unpaid(NOW) == 0
    assert Product.objects.get().stock == stock - 1


@pytest.mark.django_db(transaction=True)
def test_the_settler_does_it_in_its_round(pool, product, member):
    placed(member, product, 31)
    Settler().round(NOW)
    assert Order.objects.get().payment == "closed"


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "为你保留到"), ("en", "reserved for")])
def test_the_order_page_says_until_when(client, pool, product, member, language, words):
    client.force_login(member.user)
    client.cookies["django_language"] = language
    order = place_order(member, product, 1, uuid.uuid4())
    for page in (f"/orders/{order.number}/", f"/orders/{order.number}/pay/"):
        assert client.get(page).status_code == 200
    shown = client.get(f"/orders/{order.number}/").content.decode()
    assert words in shown
    until = timezone.localtime(order.created_at + timedelta(minutes=30))
    assert f"{until:%H:%M}" in shown
