"""M7: a refund gives the same answer once per token, and works in part before settlement too."""

import uuid

import pytest
from django.utils import timezone

from tests.bonuses.story import (
    TWO_LEVEL,
    account,
    activate,
    amounts,
    chain,
    check_books,
    pay,
    purse,
    refund,
    settle,
)
from zengzhi.core.errors import IdReused
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.errors import NotPossibleNow, NotRefundable
from zengzhi.mall.models import AfterSale, Product
from zengzhi.payments.models import Payback
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldState
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.settlement.models import Lot

NOW = timezone.now()


@pytest.fixture
def people(pool, settings):
    settings.REFUND_WINDOW_DAYS = 7
    activate(TWO_LEVEL)
    return chain("top", "middle", "buyer")


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("fen", [None, 100_000, 33_333])
def test_the_same_token_gets_the_same_answer(people, product, settled, fen):
    order = pay(people[2], product)
    if settled:
        order = settle(order)
    token = uuid.uuid4()
    first = refund_order(order.pk, fen, token, NOW)
    written = Transaction.objects.count()
    for _i in range(3):
        again = refund_order(order.pk, fen, token, NOW)
        assert (again.pk, again.amount_fen, again.state) == (first.pk, fen or 100_000, "done")
    assert (AfterSale.objects.count(), Transaction.objects.count()) == (1, written)
    order.refresh_from_db()
    assert order.refunded_fen == (fen or 100_000)


@pytest.mark.parametrize("settled", [False, True])
def test_the_same_token_with_another_amount_or_order_is_refused(people, product, settled):
    order, second = pay(people[2], product), pay(people[2], product)
    if settled:
        order, second = settle(order), settle(second)
    token = uuid.uuid4()
    refund_order(order.pk, 1_000, token, NOW)
    for other, fen in ((order, 1_001), (second, 1_000), (second, None)):
        with pytest.raises(IdReused):
            refund_order(other.pk, fen, token, NOW)
    order.refresh_from_db()
    second.refresh_from_db()
    assert (order.refunded_fen, second.refunded_fen) == (1_000, 0)


@pytest.mark.parametrize("parts", [(1,), (40_000,), (33_333, 33_333, 33_333), (99_999,)])
def test_parts_before_settlement_and_the_rest_settles(people, product, parts):
    """V' = V − R settles by the same split; bonuses give back ⌊b·R/V⌋ each."""
    order = pay(people[2], product)
    before = amounts(order)
    for fen in parts:
        refund(order, fen)
        check_books()
    gone = sum(parts)
    kept = {name: fen - fen * gone // 100_000 for name, fen in before.items()}
    assert amounts(order) == kept
    assert purse(people[1])[0] == kept["middle"]
    rounding = -account(Kind.PLATFORM)
    assert 0 <= rounding < len(before) + 1
    waiting = account(Kind.ORDERS_PENDING) + account(Kind.MEMBER_PENDING)
    assert waiting == 100_000 - gone + rounding
    assert account(Kind.CLEARING) == gone - 100_000
    order.refresh_from_db()
    assert (order.payment, order.left_fen) == ("paid", 100_000 - gone)
    settle(order)
    lot = Lot.objects.get()
    assert lot.spend_fen == 100_000 - gone
    assert (order.hold.state, order.hold.done_fen) == (HoldState.POSTED, gone)
    assert purse(people[1])[:2] == (0, kept["middle"])
    assert account(Kind.ORDERS_PENDING) == account(Kind.MEMBER_PENDING) == 0
    check_books()


def test_the_rest_of_such_an_order_is_refunded_after_settlement(people, product):
    order = pay(people[2], product)
    refund(order, 40_000)
    order = settle(order)
    refund(order, 30_000)
    for fen in (30_001, 0, -1):
        with pytest.raises(NotRefundable):
            refund(order, fen)
    refund(order, 30_000)
    order.refresh_from_db()
    assert (order.payment, order.refunded_fen) == ("refunded", 100_000)
    assert Lot.objects.get().remaining_units == 0
    assert amounts(order) == {}
    assert account(Kind.MERCHANT) == account(Kind.PLATFORM) == 0
    check_books()
    with pytest.raises(NotPossibleNow):
        refund(order, 1)


def test_parts_that_make_up_the_whole_undo_the_order_and_its_goods_come_back_once(people, product):
    stock = product.stock
    order = pay(people[2], product)
    refund(order, 99_999)
    assert Product.objects.get().stock == stock - 1
    refund(order, 1)
    order.refresh_from_db()
    assert (order.payment, order.state) == ("refunded", "refunded")
    assert Product.objects.get().stock == stock
    assert not Lot.objects.exists()
    assert (order.hold.state, order.hold.done_fen) == (HoldState.VOID, 100_000)
    assert account(Kind.ORDERS_PENDING) == account(Kind.CLEARING) == 0


def test_what_the_lot_had_paid_out_does_not_go_back_to_the_buyer(people, product):
    from zengzhi.records.intake.sell import sell_points

    order = settle(pay(people[2], product))
    sold = sell_points(order.pool, people[2], None, uuid.uuid4())
    refund(order)
    assert Payback.objects.get().amount_fen == 100_000 - sold.payout_fen


def test_what_is_asked_for_and_waits_cannot_be_asked_for_again(people, product, settings):
    settings.REFUND_CAP = -1
    order = settle(pay(people[2], product))
    assert refund_order(order.pk, 60_000, uuid.uuid4(), NOW).state == "requested"
    with pytest.raises(NotRefundable):
        refund_order(order.pk, 40_001, uuid.uuid4(), NOW)
    assert refund_order(order.pk, None, uuid.uuid4(), NOW).amount_fen == 40_000
