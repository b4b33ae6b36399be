"""Pending, then settled (spec 1.6): paid, shipped, received, settled; refunds on either side."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from tests.conftest import token
from zengzhi.core.errors import IdReused, InsufficientPoints
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.errors import NotPossibleNow, NotRefundable
from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders.delivery import confirm_receipt, receive_overdue, ship
from zengzhi.mall.orders.money import confirm_demo, due_orders, mark_paid, settle_orders
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.orders.states import OrderState, PaymentAxis
from zengzhi.records.intake.orders import Outcome
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Leg
from zengzhi.records.members.models import User
from zengzhi.records.settlement.holdings import PointsLocked, holdings
from zengzhi.records.settlement.models import Event, Lot, Pool, RulesVersion
from zengzhi.records.settlement.quotes import sale_quote

NOW = timezone.now()


@pytest.fixture
def window(settings):
    """A live mall's refund window."""
    settings.REFUND_WINDOW_DAYS = 7


@pytest.fixture
def paid(window, pool, product, member):
    """An order of 1000 yuan, paid and pending."""
    return confirm_demo(place_order(member, product, 1, uuid.uuid4()))


def money(kind: Kind) -> int:
    return Leg.objects.filter(kind=kind, unit=1).aggregate(fen=Sum("amount"))["fen"] or 0


def receive(order: Order, at=NOW) -> Order:
    ship(order.pk, at, "顺丰", "SF1")
    return confirm_receipt(order.member, order.number, at)


def test_a_paid_order_is_pending_and_the_pool_knows_nothing_of_it(paid, pool):
    pool.refresh_from_db()
    assert paid.state == OrderState.PAID
    assert (pool.pool_fen, pool.outstanding_units, Event.objects.count()) == (0, 0, 0)
    assert money(Kind.ORDERS_PENDING) == 100_000


def test_it_settles_when_the_window_after_receipt_has_closed_and_not_before(paid, pool):
    receive(paid)
    for days, due in ((0, False), (6.99, False), (7, True)):
        assert bool(due_orders(pool, NOW + timedelta(days=days), 10)) == due
    settle_orders(pool, due_orders(pool, NOW + timedelta(days=7), 10), NOW + timedelta(days=7))
    paid.refresh_from_db()
    pool.refresh_from_db()
    assert paid.state == OrderState.COMPLETED
    assert (pool.pool_fen, pool.outstanding_units) == (30_000, 210 * 10**8)
    assert money(Kind.ORDERS_PENDING) == 0


def test_an_order_that_was_never_received_never_settles(paid, pool):
    ship(paid.pk, NOW)
    assert not due_orders(pool, NOW + timedelta(days=9), 10)
    assert receive_overdue(NOW + timedelta(days=9)) == 0
    assert receive_overdue(NOW + timedelta(days=10)) == 1
    assert due_orders(pool, NOW + timedelta(days=17), 10)


def test_settling_twice_gives_one_lot(paid, pool):
    receive(paid)
    orders = due_orders(pool, NOW + timedelta(days=8), 10)
    settle_orders(pool, orders, NOW)
    assert settle_orders(pool, orders, NOW) == Outcome()
    assert Lot.objects.count() == 1


@pytest.mark.parametrize("steps", [(), ("ship",), ("ship", "receive")])
def test_a_pending_refund_undoes_the_order_and_leaves_the_pool_untouched(paid, pool, steps):
    stock = Product.objects.get().stock
    if "ship" in steps:
        ship(paid.pk, NOW)
    if "receive" in steps:
        confirm_receipt(paid.member, paid.number, NOW)
    refund_order(paid.pk, None, uuid.uuid4(), NOW)
    paid.refresh_from_db()
    pool.refresh_from_db()
    assert (paid.state, paid.refunded_fen) == (OrderState.REFUNDED, 100_000)
    assert (pool.pool_fen, Event.objects.count()) == (0, 0)
    assert (money(Kind.ORDERS_PENDING), money(Kind.CLEARING)) == (0, 0)
    assert Product.objects.get().stock == stock + (0 if steps else 1)


def test_pump_sell_refund_moves_no_price(window, pool, product, member, other):
    """An accomplice's order lifts nothing while it can still be returned."""
    first = confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    settle_orders(pool, [receive(first)], NOW)
    before = sale_quote(Pool.objects.get(), member, None).payout_fen
    pump = confirm_demo(place_order(other, product, 99, uuid.uuid4()))
    assert sale_quote(Pool.objects.get(), member, None).payout_fen == before
    refund_order(pump.pk, None, uuid.uuid4(), NOW)
    assert sale_quote(Pool.objects.get(), member, None).payout_fen == before


def test_a_pending_order_refunded_in_part_settles_for_the_rest(paid, pool):
    refund_order(paid.pk, 40_000, uuid.uuid4(), NOW)
    paid.refresh_from_db()
    assert (paid.state, paid.refunded_fen) == (OrderState.PAID, 40_000)
    assert (money(Kind.CLEARING), money(Kind.ORDERS_PENDING)) == (-60_000, 60_000)
    settle_orders(pool, [receive(paid)], NOW)
    pool.refresh_from_db()
    assert (pool.pool_fen, pool.outstanding_units) == (18_000, 126 * 10**8)
    assert money(Kind.ORDERS_PENDING) == 0
    assert Lot.objects.get().spend_fen == 60_000


def test_a_settled_order_is_refunded_in_parts_and_never_more_than_was_paid(paid, pool):
    settle_orders(pool, [receive(paid)], NOW)
    twice = uuid.uuid4()
    for _i in range(3):
        refund_order(paid.pk, 40_000, twice, NOW)
    paid.refresh_from_db()
    assert (paid.state, paid.refunded_fen) == (OrderState.COMPLETED, 40_000)
    for wrong in (60_001, 0, -1):
        with pytest.raises(NotRefundable):
            refund_order(paid.pk, wrong, uuid.uuid4(), NOW)
    refund_order(paid.pk, None, uuid.uuid4(), NOW)
    paid.refresh_from_db()
    assert (paid.state, paid.refunded_fen) == (OrderState.REFUNDED, 100_000)
    assert Lot.objects.get().remaining_units == 0
    with pytest.raises(NotPossibleNow):
        refund_order(paid.pk, None, uuid.uuid4(), NOW)


@pytest.mark.parametrize("state", [PaymentAxis.AWAITING, PaymentAxis.CLOSED])
def test_what_was_not_paid_is_neither_shipped_nor_received_nor_refunded(
    window, pool, product, member, state
):
    order = place_order(member, product, 1, uuid.uuid4())
    Order.objects.update(payment=state)
    for act in (
        lambda: ship(order.pk, NOW),
        lambda: confirm_receipt(member, order.number, NOW),
        lambda: refund_order(order.pk, None, uuid.uuid4(), NOW),
    ):
        with pytest.raises(NotPossibleNow):
            act()
    assert Order.objects.get().payment == state


def test_locked_points_are_held_but_not_sold(settings, pool, product, member):
    """POINT_LOCK_DAYS after settlement a lot can be sold, first in first out."""
    settings.POINT_LOCK_DAYS = 3
    for days in (5, 1):
        confirm_demo(place_order(member, product, 1, uuid.uuid4()), NOW - timedelta(days=days))
    pool.refresh_from_db()
    held = holdings(pool, member)
    assert (held.units, held.sellable_units) == (357 * 10**8, 210 * 10**8)
    assert sale_quote(pool, member, None).units == 210 * 10**8
    with pytest.raises(PointsLocked) as refusal:
        sell_points(pool, member, 211 * 10**8, uuid.uuid4())
    assert refusal.value.sellable_units == 210 * 10**8
    with pytest.raises(InsufficientPoints):
        sell_points(pool, member, 358 * 10**8, uuid.uuid4())
    with pytest.raises(PointsLocked):
        sell_points(pool, member, None, uuid.uuid4(), 0, Lot.objects.last().event_id)
    assert sell_points(pool, member, None, uuid.uuid4()).units == 210 * 10**8


def test_the_member_confirms_receipt_on_the_order_page(client, paid):
    client.force_login(paid.member.user)
    page = f"/orders/{paid.number}/"
    assert 'data-test="receive"' not in client.get(page).content.decode()
    ship(paid.pk, NOW, "顺丰", "SF123")
    shown = client.get(page).content.decode()
    assert 'data-test="receive"' in shown
    assert "SF123" in shown
    client.post(f"{page}receive/")
    paid.refresh_from_db()
    assert paid.state == OrderState.RECEIVED


def test_nobody_confirms_somebody_elses_receipt(client, paid, other):
    ship(paid.pk, NOW)
    client.force_login(other.user)
    assert client.post(f"/orders/{paid.number}/receive/").status_code == 404
    paid.refresh_from_db()
    assert paid.state == OrderState.SHIPPED


@pytest.mark.parametrize(
    ("role", "ships", "refunds"),
    [
        ("owner", True, True),
        ("operations", True, False),
        ("finance", False, True),
        ("support", True, False),
        ("auditor", False, False),
    ],
)
def test_who_ships_and_who_refunds(client, paid, role, ships, refunds):
    user = User.objects.create_user("staff", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    shipping = reverse("admin:mall_order_ship", args=(paid.pk,))
    answer = client.post(shipping, {"carrier": "顺丰", "tracking": "1"})
    assert answer.status_code == (302 if ships else 403)
    refund = reverse("admin:mall_order_refund", args=(paid.pk,))
    form = {"amount": "1000.00", "token": token(), "kind": "return", "reason": "破损"}
    assert client.get(refund).status_code == (200 if refunds else 403)
    assert client.post(refund, form).status_code == (302 if refunds else 403)
    paid.refresh_from_db()
    assert (paid.state == OrderState.REFUNDED) == refunds


@pytest.mark.parametrize("amount", ["1e400", "-1", "0", "１００", "1000.01", ""])
def test_a_bad_refund_is_explained_and_changes_nothing(client, paid, amount):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    answer = client.post(
        reverse("admin:mall_order_refund", args=(paid.pk,)),
        {"amount": amount, "token": token(), "kind": "return", "reason": "破损"},
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    paid.refresh_from_db()
    assert paid.state == OrderState.PAID


def test_a_refund_form_serves_one_order(paid, pool, product, member):
    second = confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    settle_orders(pool, [receive(paid), receive(second)], NOW)
    token_of_the_form = uuid.uuid4()
    refund_order(paid.pk, 5_000, token_of_the_form, NOW)
    with pytest.raises(IdReused):
        refund_order(second.pk, 5_000, token_of_the_form, NOW)
    second.refresh_from_db()
    assert second.refunded_fen == 0


def test_a_refund_goes_back_through_the_orders_own_provider(window, pool, product, member):
    order = place_order(member, product, 1, uuid.uuid4())
    order = mark_paid(order.pk, order.total_fen, 3, NOW)
    settle_orders(pool, [receive(order)], NOW)
    refund_order(order.pk, 30_000, uuid.uuid4(), NOW)
    by_provider = dict(
        Leg.objects.filter(kind=Kind.CLEARING)
        .values_list("owner")
        .annotate(fen=Sum("amount"))
        .values_list("owner", "fen")
    )
    assert (by_provider[3], by_provider.get(1, 0)) == (-70_000, 0)


def test_an_order_settles_by_the_split_of_its_payment(paid, pool):
    """Rules that change in between touch neither the bonuses quoted nor the settlement."""
    rules = RulesVersion.objects.create(name="later", text='[split]\ndistribution = "1%"\n')
    Pool.objects.update(rules=rules)
    settle_orders(Pool.objects.get(), [receive(paid)], NOW)
    assert Lot.objects.get().contribution_fen == 30_000
    assert money(Kind.UNALLOCATED_DISTRIBUTION) == 30_000
