"""M5: an order that the economy refuses (a limit) is parked with its reason, shown on a desk,
retried when the cause is gone or when somebody asks; it is never in the way of the others.
"""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.findings.full_pool import fill
from tests.records.books import assert_books_hold
from zengzhi.core.units import POOL_FEN_LIMIT
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.errors import NotPossibleNow
from zengzhi.mall.models import Order
from zengzhi.mall.orders.delivery import confirm_receipt, ship
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.parking import parked_orders, try_again
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.settler import Settler
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Event, Pool

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def window(settings):
    settings.REFUND_WINDOW_DAYS = 7


def received(member, product, days, quantity=1):
    at = timezone.now() - timedelta(days=days)
    order = confirm_demo(place_order(member, product, quantity, uuid.uuid4()), at)
    ship(order.pk, at)
    return confirm_receipt(member, order.number, at)


@pytest.fixture
def orders(pool, product, member, other):
    """The oldest does not fit into the pool, the others do."""
    big = received(member, product, 30, quantity=40)
    small = [received(member, product, days) for days in (20, 19, 18)]
    fill(pool, str(other.pk), 5 * 30_000)
    return big, small


def test_it_is_parked_and_the_others_settle_even_one_at_a_time(orders):
    big, small = orders
    assert Settler(cap=1).once() == 3
    big.refresh_from_db()
    assert (big.hold.reason, big.is_settled) == ("limit_exceeded", False)
    assert set(Order.objects.exclude(settled_at=None)) == set(small)
    assert list(parked_orders()) == [big]
    assert not Event.objects.filter(event_id=big.number).exists(), "a refusal takes no id"
    assert Settler(cap=1).once() == 0
    assert_books_hold()


def test_it_is_shown_on_the_desk_with_its_reason(orders, client, django_user_model):
    big, _small = orders
    Settler().once()
    boss = django_user_model.objects.create_superuser("boss", password="correct horse 9")
    client.force_login(boss)
    client.cookies["django_language"] = "en"
    front = client.get(reverse("admin:index")).content.decode()
    assert 'data-test="alert-parked"' in front
    address = reverse("admin:mall_order_changelist")
    listed = client.get(address, {"parked": "limit_exceeded"}).content.decode()
    assert big.number in listed
    page = client.get(reverse("admin:mall_order_change", args=(big.pk,))).content.decode()
    assert "would pass their limit" in page
    done = client.post(reverse("admin:mall_order_try_again", args=(big.pk,)), {"why": "asked for"})
    assert done.status_code == 302
    assert not parked_orders().exists()


def test_it_settles_once_the_cause_is_gone(orders, pool, other):
    big, _small = orders
    Settler().once()
    sell_points(Pool.objects.get(pk=pool.pk), other, None, uuid.uuid4())
    assert Pool.objects.get(pk=pool.pk).pool_fen < POOL_FEN_LIMIT - 40 * 30_000
    settler = Settler()
    assert settler.once() + settler.once() == 1
    big.refresh_from_db()
    assert (big.hold.reason, big.is_settled) == ("", True)
    assert_books_hold()


def test_asked_for_again_while_the_pool_is_full_it_is_parked_again(orders):
    big, _small = orders
    Settler().once()
    by = User.objects.create_user("clerk", is_staff=True)
    try_again(big.pk, by, "the member called")
    assert not parked_orders().exists()
    assert Settler().once() == 0
    assert list(parked_orders()) == [big]
    with pytest.raises(NotPossibleNow):
        try_again(_small_one(), by, "twice")


def _small_one():
    return Order.objects.exclude(settled_at=None).values_list("pk", flat=True)[0]


def test_a_parked_order_can_still_be_refunded_wholly(orders, pool):
    big, _small = orders
    Settler().once()
    refund_order(big.pk, None, uuid.uuid4(), timezone.now())
    assert not parked_orders().exists()
    assert Settler().once() == 0
    assert_books_hold()
