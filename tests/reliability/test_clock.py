"""A clock that jumps reorders nothing: events are numbered by the pool, not by the time."""

import uuid
from datetime import timedelta

import pytest

from tests.records.books import assert_books_hold
from zengzhi.core.economy.events import Order
from zengzhi.mall.orders.money import confirm_demo, start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.payments.demo_gateway import callback_for
from zengzhi.records.control.cooling import is_cooling
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.holdings import PointsLocked, holdings
from zengzhi.records.settlement.models import Event, Lot
from zengzhi.records.settlement.settle import settle_one
from zengzhi.records.store import clock
from zengzhi.records.wallet.payees import PayeeForm, save_payee


@pytest.mark.django_db
def test_the_sequence_goes_on_however_the_clock_jumps(pool):
    members = [Member.objects.create(nickname=str(number)) for number in range(4)]
    began = clock.now()
    jumps = (timedelta(), timedelta(days=365), timedelta(days=-1), timedelta())
    for number, (member, jump) in enumerate(zip(members, jumps, strict=True)):
        with clock.at(began + jump):
            assert settle_one(pool.pk, Order(f"o{number}", str(member.pk), 100_000), clock.now()).ok
    events = Event.objects.order_by("sequence").values_list("event_id", "sequence")
    assert list(events) == [(f"o{number}", number + 1) for number in range(4)]
    granted = list(Lot.objects.order_by("id").values_list("granted_units", flat=True))
    assert granted == sorted(granted, reverse=True)
    assert_books_hold()


DAY = timedelta(days=1)


@pytest.mark.django_db
def test_points_stay_locked_while_the_clock_jumps_back(settings, pool, product, member):
    settings.POINT_LOCK_DAYS = 3
    confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    pool.refresh_from_db()
    now = clock.now()
    for jump, units in ((-2 * DAY, 0), (DAY, 0), (4 * DAY, 210 * 10**8), (-365 * DAY, 0)):
        with clock.at(now + jump):
            assert holdings(pool, member).sellable_units == units, jump
            if not units:
                with pytest.raises(PointsLocked):
                    sell_points(pool, member, 10**8, uuid.uuid4())


@pytest.mark.django_db
def test_an_account_goes_on_cooling_while_the_clock_jumps_back(member):
    save_payee(member, PayeeForm("wechat", "王磊", "wanglei_88"), uuid.uuid4())
    added = save_payee(member, PayeeForm("alipay", "王磊", "13800138000"), uuid.uuid4())
    now = clock.now()
    for jump, cooling in ((-DAY, True), (DAY, True), (4 * DAY, False), (-30 * DAY, True)):
        with clock.at(now + jump):
            assert is_cooling(added.usable_from, clock.now()) is cooling, jump


@pytest.mark.django_db
def test_a_callback_from_before_or_after_the_jump_is_stale(client, pool, product, member):
    order = place_order(member, product, 1, uuid.uuid4())
    payment = start_payment(order)
    body, mark = callback_for(payment.reference, order.number, payment.amount_fen)

    def answer(sender):
        kept = {"headers": {"X-Demo-Signature": mark}, "REMOTE_ADDR": sender}
        return client.post("/pay/demo/callback", body, "application/json", **kept).status_code

    now = clock.now()
    jumps = (-DAY, DAY, -timedelta(minutes=6), timedelta(minutes=6))
    for number, jump in enumerate(jumps):  # Each from elsewhere: who is refused is slowed.
        with clock.at(now + jump):
            assert answer(f"203.0.113.{number}") == 400, jump
        assert Event.objects.count() == 0
    assert answer("203.0.113.99") == 200
    assert Event.objects.count() == 1
