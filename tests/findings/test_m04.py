"""M4: money that arrived is always booked, whatever the state of what it was meant for."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from tests.conftest import token
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.errors import NotPayable
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import (
    assign_suspense,
    close_order,
    confirm_demo,
    pay_at_demo,
    start_payment,
)
from zengzhi.mall.orders.placing import place_order
from zengzhi.payments.demo_gateway import callback_for
from zengzhi.payments.models import Arrival, Callback, DemoPayout, Payback
from zengzhi.payments.paybacks import send_waiting
from zengzhi.payments.suspense import NotInSuspense, send_back_unclaimed
from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.control.models import Act
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, place
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.members.models import User

NOW = timezone.now()


@pytest.fixture
def order(pool, product, member, settings):
    """An order of 1000 yuan whose payment has begun."""
    settings.REFUND_WINDOW_DAYS = 7
    placed = place_order(member, product, 1, uuid.uuid4())
    start_payment(placed)
    return placed


@pytest.fixture
def finance(db):
    user = User.objects.create_user("finance", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="finance"))
    return user


def money(kind: Kind) -> int:
    return sum(Leg.objects.filter(kind=kind, unit=1).values_list("amount", flat=True))


def callback(client, reference, number, fen, transaction=""):
    body, mark = callback_for(reference, number, fen, transaction)
    return client.post(
        "/pay/demo/callback", body, "application/json", headers={"X-Demo-Signature": mark}
    )


def closed(order):
    close_order(order.member, order.number)


def paid(order):
    confirm_demo(order)


def refunded(order):
    confirm_demo(order)
    refund_order(order.pk, None, uuid.uuid4(), NOW)


@pytest.mark.parametrize(
    ("before", "fen", "why"),
    [
        (closed, 100_000, "closed"),
        (paid, 100_000, "twice"),
        (refunded, 100_000, "refunded"),
        (lambda _order: None, 100_001, "overpaid"),
        (lambda _order: None, 99_999, "underpaid"),
        (lambda _order: None, 1, "underpaid"),
        (lambda _order: None, 2**53, "overpaid"),
        (closed, 7, "closed"),
    ],
)
def test_money_that_pays_nothing_waits_in_suspense(client, order, before, fen, why):
    before(order)
    state = Order.objects.values().get()
    clearing = money(Kind.CLEARING)
    answer = callback(client, f"D{order.number}", order.number, fen, "another-payment")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert Callback.objects.latest("pk").outcome == "suspense"
    assert (money(Kind.CLEARING), money(Kind.SUSPENSE)) == (clearing - fen, fen)
    assert Order.objects.values().get() == state
    arrival = Arrival.objects.latest("pk")
    assert (arrival.unclaimed, arrival.left_fen) == (why, fen)
    assert place(HoldKind.SUSPENSE, arrival.code).state == HoldState.OPEN


@pytest.mark.parametrize(
    ("reference", "number"), [("D1", "1"), ("Dx", None), (None, "x"), ("a-b.c_d", "X" * 40)]
)
def test_money_for_something_unknown_waits_in_suspense(client, order, reference, number):
    answer = callback(client, reference or f"D{order.number}", number or order.number, 5)
    assert answer.status_code == 200
    assert Arrival.objects.get().unclaimed == "unknown"
    assert money(Kind.SUSPENSE) == 5
    order.refresh_from_db()
    assert order.payment == "awaiting"


def test_the_same_payment_told_often_is_booked_once(client, order):
    for _i in range(3):
        callback(client, f"D{order.number}", order.number, 100_000, "T1")
    assert (money(Kind.CLEARING), money(Kind.SUSPENSE)) == (-100_000, 0)
    callback(client, f"D{order.number}", order.number, 100_000, "T2")
    for _i in range(3):
        callback(client, f"D{order.number}", order.number, 100_000, "T2")
    assert (money(Kind.CLEARING), money(Kind.SUSPENSE)) == (-200_000, 100_000)
    assert Transaction.objects.filter(kind="payment").count() == 1


def test_a_provider_that_contradicts_itself_is_refused_and_kept(client, order):
    callback(client, f"D{order.number}", order.number, 100_000, "T1")
    answer = callback(client, f"D{order.number}", order.number, 90_000, "T1")
    assert answer.status_code == 400
    last = Callback.objects.latest("pk")
    assert (last.outcome, last.answer) == ("bad_callback", 400)
    assert money(Kind.CLEARING) == -100_000


def suspended(order) -> Arrival:
    closed(order)
    pay_at_demo(order)
    return Arrival.objects.get()


def test_suspense_is_sent_back_in_parts_and_never_twice(order, finance):
    arrival = suspended(order)
    with pytest.raises(ReasonNeeded):
        send_back_unclaimed(arrival.pk, None, finance, " ", uuid.uuid4(), NOW)
    same = uuid.uuid4()
    for _i in range(3):
        send_back_unclaimed(arrival.pk, 30_000, finance, "付款人要求退回", same, NOW)
    with pytest.raises(NotInSuspense):
        send_back_unclaimed(arrival.pk, 70_001, finance, "付款人要求退回", uuid.uuid4(), NOW)
    send_back_unclaimed(arrival.pk, None, finance, "付款人要求退回", uuid.uuid4(), NOW)
    with pytest.raises(NotInSuspense):
        send_back_unclaimed(arrival.pk, None, finance, "付款人要求退回", uuid.uuid4(), NOW)
    assert (money(Kind.CLEARING), money(Kind.SUSPENSE)) == (0, 0)
    assert sorted(Payback.objects.values_list("amount_fen", flat=True)) == [30_000, 70_000]
    assert place(HoldKind.SUSPENSE, arrival.code).state == HoldState.VOID
    assert Act.objects.filter(what="suspense_refund", by=finance).count() == 2


def test_the_provider_pays_back_once(order, finance):
    arrival = suspended(order)
    send_back_unclaimed(arrival.pk, None, finance, "付款人要求退回", uuid.uuid4(), NOW)
    assert (send_waiting(), send_waiting()) == (1, 0)
    assert Payback.objects.get().state == "done"
    assert DemoPayout.objects.get().amount_fen == 100_000


def test_suspense_pays_an_order_that_awaits_it(order, product, member, finance):
    arrival = suspended(order)
    dear = place_order(member, product, 2, uuid.uuid4())
    with pytest.raises(NotInSuspense):
        assign_suspense(arrival.pk, dear.number, finance, "会员重新下单", NOW)
    with pytest.raises(NotPayable):
        assign_suspense(arrival.pk, order.number, finance, "会员重新下单", NOW)
    again = place_order(member, product, 1, uuid.uuid4())
    with pytest.raises(ReasonNeeded):
        assign_suspense(arrival.pk, again.number, finance, "", NOW)
    assign_suspense(arrival.pk, again.number, finance, "会员重新下单", NOW)
    again.refresh_from_db()
    assert (again.payment, again.payment_reference) == ("paid", arrival.reference)
    assert (money(Kind.SUSPENSE), money(Kind.ORDERS_PENDING)) == (0, 100_000)
    assert place(HoldKind.SUSPENSE, arrival.code).state == HoldState.POSTED
    assert again.hold.state == HoldState.OPEN
    with pytest.raises(NotInSuspense):
        send_back_unclaimed(arrival.pk, 1, finance, "付款人要求退回", uuid.uuid4(), NOW)


def test_the_desk_decides_and_the_dashboard_shows_it(client, order, product, member, finance):
    arrival = suspended(order)
    client.force_login(finance)
    assert 'data-test="alert-suspense"' in client.get("/office/").content.decode()
    page = client.get(reverse("admin:payments_arrival_change", args=(arrival.pk,)))
    assert page.status_code == 200
    back = reverse("admin:payments_arrival_send_back", args=(arrival.pk,))
    form = {"amount": "1000.00", "token": token(), "reason": ""}
    assert client.post(back, form).status_code == 422
    form["reason"] = "付款人要求退回"
    assert client.post(back, {**form, "amount": "1000.01"}).status_code == 422
    again = place_order(member, product, 1, uuid.uuid4())
    assign = reverse("admin:payments_arrival_assign", args=(arrival.pk,))
    wrong = client.post(assign, {"order": "X", "reason": "会员重新下单"})
    assert wrong.status_code == 422
    assert client.post(back, form).status_code == 302
    late = client.post(assign, {"order": again.number, "reason": "会员重新下单"})
    assert late.status_code == 422
    assert money(Kind.SUSPENSE) == 0
    assert 'data-test="alert-suspense"' not in client.get("/office/").content.decode()
    assert Payback.objects.get().state == "done"


@pytest.mark.parametrize("role", ["operations", "support", "auditor"])
def test_who_may_not_decide_on_suspense(client, order, role):
    arrival = suspended(order)
    user = User.objects.create_user("staff", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    for act in ("assign", "send_back"):
        address = reverse(f"admin:payments_arrival_{act}", args=(arrival.pk,))
        assert client.post(address, {}).status_code == 403
