"""Callbacks handled together do what the handling of each alone does."""

import uuid
from datetime import timedelta

import pytest

from tests.approvals import appoint
from tests.bonuses.story import TWO_LEVEL, XIHU, agreed, chain
from zengzhi.mall.models import Order
from zengzhi.mall.orders.delivery import receive_overdue, ship_together
from zengzhi.mall.orders.money import close_order, settle_orders, start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.payments import service, together
from zengzhi.payments.demo_gateway import DemoGateway, callback_for
from zengzhi.payments.models import Arrival, Callback, Payment
from zengzhi.payments.service import receive
from zengzhi.payments.together import handle_waiting, store_together
from zengzhi.records.bonuses.models import BonusLine
from zengzhi.records.ledger.models import Leg, Place, Transaction
from zengzhi.records.ledger.purses import purse
from zengzhi.records.store import clock
from zengzhi.verify.run import run

NOW = clock.now()


@pytest.fixture
def buyers(pool, product, settings):
    settings.REFUND_WINDOW_DAYS = 7
    people = chain("甲", "乙", "丙")
    agreed(TWO_LEVEL)
    appoint(XIHU, people[0], NOW - timedelta(days=300))
    return people


def placed(buyers, product, count):
    orders = [
        place_order(buyers[-1], product, 1 + number % 2, uuid.uuid4(), region=XIHU)
        for number in range(count)
    ]
    for order in orders:
        start_payment(order)
    return orders


def say(order, transaction="", fen=0, at=NOW):
    number = transaction or f"T{order.number}"
    return callback_for(f"D{order.number}", order.number, fen or order.total_fen, number, at=at)


def alone(said):
    for body, signature in said:
        receive(DemoGateway(), body, signature, NOW)


def at_once(said):
    store_together(DemoGateway(), said, NOW)
    handle_waiting()


def facts(order):
    """Everything the payment of an order left, but numbers and its own name."""
    order.refresh_from_db()
    name = order.number
    entries = Transaction.objects.filter(reference=name).order_by("kind", "pk")
    legs = Leg.objects.filter(transaction_id__in=entries.values("pk")).order_by("transaction_id")
    return (
        [str(getattr(order, column)) for column in ("payment", "delivery", "paid_at", "provider")],
        [order.split_cost_ppm, order.split_legacy_ppm, order.payment_reference == f"D{name}"],
        [(one.kind, one.version, one.facts.replace(name, "")) for one in entries],
        list(legs.values_list("position", "kind", "owner", "unit", "amount")),
        list(Place.objects.filter(cause=name).order_by("kind").values_list("kind", "state")),
        list(BonusLine.objects.filter(order__order=name).values_list("kind", "amount_fen")),
        Payment.objects.get(subject=name).state,
        Arrival.objects.get(subject=name).unclaimed,
    )


def test_orders_paid_together_leave_what_each_alone_leaves(buyers, product):
    orders = placed(buyers, product, 8)
    alone([say(order) for order in orders[:4]])
    at_once([say(order) for order in orders[4:]])
    assert [facts(order) for order in orders[:4]] == [facts(order) for order in orders[4:]]
    assert set(Callback.objects.values_list("outcome", "answer", "tries")) == {("handled", 200, 1)}
    assert run().problems == []


def unusual(buyers, product):
    """Callbacks of every fate, in one batch."""
    good, twice, closed, over, stale, forged, other = placed(buyers, product, 7)
    close_order(closed.member, closed.number)
    return [
        say(good),
        say(good),
        say(twice),
        say(twice, f"X{twice.number}"),
        say(closed),
        say(over, fen=over.total_fen + 1),
        say(stale, at=NOW - timedelta(hours=1)),
        (say(forged)[0], "0" * 64),
        callback_for("Dnobody", other.number, 100, f"N{other.number}", at=NOW),
        (b"not a callback", "0" * 64),
    ]


def outcomes():
    return list(Callback.objects.order_by("pk").values_list("outcome", "answer", "tries"))


def test_every_fate_of_a_callback_is_the_same_together(buyers, product):
    alone(unusual(buyers, product))
    before = outcomes()
    at_once(unusual(buyers, product))
    assert outcomes()[len(before) :] == before
    assert {outcome for outcome, *_rest in before} == {
        "handled",
        "repeated",
        "suspense",
        "bad_callback",
    }
    assert run().problems == []


def test_a_batch_that_fails_is_handled_one_by_one(buyers, product, monkeypatch):
    orders = placed(buyers, product, 3)

    def broken(_arrived):
        raise AssertionError("a defect")

    monkeypatch.setattr(service, "_claim_together", broken)
    at_once([say(order) for order in orders])
    assert {order.payment for order in Order.objects.all()} == {"paid"}
    assert set(Callback.objects.values_list("outcome", flat=True)) == {"handled"}


def test_what_is_paid_together_is_released_to_the_same_wallets(buyers, product, pool):
    orders = placed(buyers, product, 6)
    at_once([say(order) for order in orders])
    shipped = NOW - timedelta(days=20)
    assert ship_together([order.pk for order in orders], shipped) == 6
    assert ship_together([order.pk for order in orders], shipped) == 0
    assert receive_overdue(shipped + timedelta(days=10)) == 6
    settle_orders(pool, [Order.objects.get(pk=order.pk) for order in orders], NOW)
    given = sum(fen for _kind, fen in BonusLine.objects.values_list("kind", "amount_fen"))
    assert sum(purse(member.pk).available_fen for member in buyers) == given > 0
    assert run().problems == []


def test_goods_of_an_unpaid_order_do_not_leave_with_the_others(buyers, product):
    paid, unpaid = placed(buyers, product, 2)
    at_once([say(paid), say(paid)])
    assert ship_together([paid.pk, unpaid.pk], NOW) == 1
    unpaid.refresh_from_db()
    assert unpaid.delivery == "waiting"


def test_callbacks_wait_where_the_round_takes_only_some(buyers, product):
    orders = placed(buyers, product, 3)
    store_together(DemoGateway(), [say(order) for order in orders], NOW)
    assert together._handle([Callback.objects.order_by("pk").first().pk]) == 1
    assert Callback.objects.filter(outcome="").count() == 2
    assert handle_waiting() == 2
