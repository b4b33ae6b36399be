"""A crash at any statement of any use-case leaves the state before it, never one between."""

import uuid

import pytest
from django.db import connection

from tests.crash import crash_everywhere, state
from tests.records.books import assert_books_hold
from tests.records.story import START, mixed_stream
from tests.records.test_settler import received_order
from zengzhi.core.economy.events import Order as OrderEvent
from zengzhi.core.economy.events import Refund
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import confirm_demo, settle_at_once, start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.settler import Settler
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.settlement.models import Event, Lease
from zengzhi.records.settlement.settle import settle, settle_one

pytestmark = pytest.mark.django_db(transaction=True)


def after_all_crashes(use_case, least):
    """The use-case got through at last, all its statements were crashed, the books hold."""
    before = state()
    statements, result = crash_everywhere(use_case)
    assert statements >= least
    assert state() != before
    assert_books_hold()
    return result


@pytest.fixture
def placed(pool, product, member):
    return place_order(member, product, 2, uuid.uuid4())


def test_placing_an_order(pool, product, member):
    token = uuid.uuid4()
    order = after_all_crashes(lambda: place_order(member, product, 2, token), 5)
    product.refresh_from_db()
    assert (Order.objects.get().pk, product.stock) == (order.pk, 498)


def test_paying_an_order(placed, settings):
    settings.REFUND_WINDOW_DAYS = 7
    start_payment(placed)
    after_all_crashes(lambda: confirm_demo(placed), 15)


def test_an_order_that_settles_as_soon_as_its_payment_is_committed(placed, settings):
    settings.REFUND_WINDOW_DAYS = 7
    placed = confirm_demo(placed)
    settings.REFUND_WINDOW_DAYS = 0
    after_all_crashes(lambda: settle_at_once(Order.objects.get(), placed.paid_at), 15)
    placed.refresh_from_db()
    assert placed.is_settled
    assert Event.objects.count() == 1


def test_a_settler_that_settles_due_orders(pool, product, member, settings):
    settings.REFUND_WINDOW_DAYS = 7
    for _n in range(3):
        received_order(product, member, 30)
    after_all_crashes(lambda: Settler().once(), 15)
    assert Order.objects.filter(settled_at__isnull=False).count() == 3
    assert Event.objects.count() == 3
    assert not Lease.objects.exists()


def test_selling_points(pool, member):
    settle_one(pool.pk, OrderEvent("o1", str(member.pk), 100_000), START)
    token = uuid.uuid4()
    result = after_all_crashes(lambda: sell_points(pool, member, 10**9, token), 12)
    assert result.units == 10**9
    assert sell_points(pool, member, 10**9, token).payout_fen == result.payout_fen


def test_refunding_a_settled_order(pool, member):
    settle_one(pool.pk, OrderEvent("o1", str(member.pk), 100_000), START)
    after_all_crashes(lambda: settle_one(pool.pk, Refund("r1", "o1", 30_000), START), 8)


def test_settling_a_batch_of_every_verb_with_the_reference_and_with_the_kernel(pool):
    requests = mixed_stream(350)
    settle(pool.pk, requests[:60])
    after_all_crashes(lambda: settle(pool.pk, requests[60:110]), 10)
    after_all_crashes(lambda: settle(pool.pk, requests[110:]), 10)
    assert Event.objects.count() == 350


def test_nothing_is_left_open_after_a_crash(pool):
    crash_everywhere(lambda: settle_one(pool.pk, OrderEvent("o1", "7", 100_000), START))
    assert not connection.in_atomic_block
