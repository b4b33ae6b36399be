"""Payment × delivery × settlement: every act from every state goes along an edge or changes
nothing, and one function says what a member sees."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.records.threads import at_once
from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.models import AFTER_SALE_EDGES, AfterSale, AfterSaleState, Order
from zengzhi.mall.orders.delivery import confirm_receipt, receive_overdue, ship
from zengzhi.mall.orders.money import close_order, close_unpaid, mark_paid, settle_orders
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.orders.states import (
    EDGES,
    DeliveryAxis,
    OrderState,
    PaymentAxis,
    shown_state,
)
from zengzhi.records.settlement.models import Event

NOW = timezone.now()
PAYMENTS = {
    "awaiting": (),
    "closed": ("close",),
    "paid": ("pay",),
    "paid in part": ("pay", "refund_part"),
    "refunded": ("pay", "refund"),
}
GOODS = {"waiting": (), "shipped": ("ship",), "received": ("ship", "receive")}


def acts(order: Order) -> dict:
    """Everything that can be tried on an order."""
    pk, member = order.pk, order.member
    return {
        "pay": lambda: mark_paid(pk, order.total_fen, 1, NOW),
        "pay_other": lambda: mark_paid(pk, order.total_fen - 1, 1, NOW),
        "close": lambda: close_order(member, order.number),
        "close_unpaid": lambda: close_unpaid(NOW + timedelta(days=1)),
        "ship": lambda: ship(pk, NOW, "顺丰", "1"),
        "receive": lambda: confirm_receipt(member, order.number, NOW),
        "receive_overdue": lambda: receive_overdue(NOW + timedelta(days=99)),
        "settle": lambda: settle_orders(order.pool, [Order.objects.get(pk=pk)], NOW),
        "refund": lambda: refund_order(pk, None, uuid.uuid4(), NOW),
        "refund_part": lambda: refund_order(pk, 1, uuid.uuid4(), NOW),
    }


def legal(before: str, after: str, axis: str) -> bool:
    return before == after or before in EDGES[axis].get(after, ())


STORIES = [
    (steps + goods + settle, kind)
    for (kind, steps), goods, settle in itertools.product(
        PAYMENTS.items(), GOODS.values(), ((), ("settle",))
    )
    if "paid" in kind or not (goods or settle)
]


@pytest.mark.parametrize(("story", "kind"), STORIES)
def test_every_act_from_every_state_goes_along_an_edge(
    settings, pool, product, member, story, kind
):
    settings.REFUND_WINDOW_DAYS = 7
    names = list(acts(place_order(member, product, 1, uuid.uuid4())))
    for name in names:
        order = place_order(member, product, 1, uuid.uuid4())
        for step in story:
            acts(order)[step]()
        before = Order.objects.get(pk=order.pk)
        events = Event.objects.count()
        try:
            acts(order)[name]()
        except ZengzhiError:
            assert Order.objects.values().get(pk=order.pk) == {
                field.attname: getattr(before, field.attname)
                for field in Order._meta.concrete_fields
            }
            assert Event.objects.count() == events
        after = Order.objects.get(pk=order.pk)
        assert legal(before.payment, after.payment, "payment"), name
        assert legal(before.delivery, after.delivery, "delivery"), name
        if before.is_settled:
            assert after.settled_at == before.settled_at
        if after.delivery != before.delivery:
            assert before.payment == PaymentAxis.PAID
        if after.is_settled and not before.is_settled:
            assert before.payment == PaymentAxis.PAID


def test_an_order_settled_at_once_is_shipped_and_received_like_any_other(pool, product, member):
    """Finding O5."""
    order = place_order(member, product, 1, uuid.uuid4())
    order = mark_paid(order.pk, order.total_fen, 1, NOW)
    assert (order.is_settled, order.state) == (True, OrderState.PAID)
    assert ship(order.pk, NOW, "顺丰", "1").state == OrderState.SHIPPED
    assert confirm_receipt(member, order.number, NOW).state == OrderState.COMPLETED


def test_what_a_member_sees_is_one_function_of_the_three():
    shown = {
        (payment, delivery, settled): shown_state(payment, delivery, settled).value
        for payment in PaymentAxis.values
        for delivery in DeliveryAxis.values
        for settled in (False, True)
    }
    assert {state for key, state in shown.items() if key[0] == "awaiting"} == {"awaiting_payment"}
    assert {state for key, state in shown.items() if key[0] == "closed"} == {"closed"}
    assert {state for key, state in shown.items() if key[0] == "refunded"} == {"refunded"}
    assert [shown["paid", d, False] for d in DeliveryAxis.values] == ["paid", "shipped", "received"]
    assert [shown["paid", d, True] for d in DeliveryAxis.values] == ["paid", "shipped", "completed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"payment": "awaiting", "delivery": "shipped"},
        {"payment": "closed", "delivery": "received"},
        {"payment": "refunded", "refunded_fen": 1},
        {"payment": "paid", "refunded_fen": 100_000},
        {"payment": "closed", "refunded_fen": 1},
        {"refunded_fen": 100_001},
    ],
)
def test_the_database_refuses_states_that_cannot_be(pool, product, member, wrong):
    order = place_order(member, product, 1, uuid.uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**wrong)


@pytest.mark.parametrize("before", AfterSaleState.values)
@pytest.mark.parametrize("to", [value for value in AfterSaleState.values if value != "requested"])
def test_an_after_sale_moves_along_its_edges_only(pool, product, member, before, to):
    order = place_order(member, product, 1, uuid.uuid4())
    row = AfterSale.objects.create(
        number="A", order=order, token=uuid.uuid4(), amount_fen=1, state=before, requested_at=NOW
    )
    moved = row.move(to)
    assert moved == (before in AFTER_SALE_EDGES[to])
    row.refresh_from_db()
    assert row.state == (to if moved else before)


@pytest.mark.django_db(transaction=True)
def test_of_those_who_pay_and_those_who_close_one_wins(settings, pool, product, member):
    settings.REFUND_WINDOW_DAYS = 7
    order = place_order(member, product, 1, uuid.uuid4())
    stock = product.stock

    def attempt(act):
        def run():
            try:
                act()
            except ZengzhiError:
                return None
            return True

        return run

    tried = acts(order)
    at_once(*[attempt(tried[name]) for name in ("pay", "close", "close_unpaid") * 4])
    after = Order.objects.get(pk=order.pk)
    product.refresh_from_db()
    assert (after.payment, product.stock) in {("paid", stock - 1), ("closed", stock)}
