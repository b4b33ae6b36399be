"""What happens at the same moment happens in some order, and only as often as it can."""

import uuid

import pytest
from django.db import connection

from tests.records.books import assert_books_hold
from tests.records.story import START, mixed_stream
from tests.records.threads import at_once
from zengzhi.core.economy.events import Order, Refund, Sell, Subsidise
from zengzhi.core.errors import InsufficientPoints
from zengzhi.records.intake.sell import SaleResult, sell_points
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import balance
from zengzhi.records.settlement.models import Event, Lot, LotMovement, Pool
from zengzhi.records.settlement.settle import Request, settle, settle_one

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_fifty_sales_of_one_lot_exactly_one_wins(pool, member):
    settle_one(pool.pk, Order("o1", str(member.pk), 100_000), START)
    units = Lot.objects.get().granted_units
    sales = [
        lambda: sell_points(pool, member, units, uuid.uuid4(), lot_event_id="o1") for _ in range(50)
    ]
    results = at_once(*sales)
    won = [result for result in results if isinstance(result, SaleResult)]
    assert len(won) == 1, results
    assert {result.code for result in results if result not in won} == {"unknown_order"}
    assert balance(Account(Kind.MEMBER_AVAILABLE, member.pk)) == won[0].payout_fen == 24_000
    assert_books_hold()


def test_fifty_times_the_same_form_is_one_sale_with_one_answer(pool, member):
    settle_one(pool.pk, Order("o1", str(member.pk), 100_000), START)
    token = uuid.uuid4()
    results = at_once(*[lambda: sell_points(pool, member, 10**9, token) for _ in range(50)])
    assert {type(result) for result in results} == {SaleResult}, results
    assert len({(result.units, result.payout_fen) for result in results}) == 1
    assert Event.objects.filter(op=2).count() == 1
    assert_books_hold()


def test_fifty_partial_sales_never_sell_more_than_there_is(pool, member):
    settle_one(pool.pk, Order("o1", str(member.pk), 100_000), START)
    settle_one(pool.pk, Order("o2", "99", 100_000), START)
    part = Lot.objects.get(event_id="o1").granted_units // 10
    results = at_once(*[lambda: sell_points(pool, member, part, uuid.uuid4()) for _ in range(50)])
    assert sum(isinstance(result, SaleResult) for result in results) == 10, results
    assert sum(isinstance(result, InsufficientPoints) for result in results) == 40
    assert Lot.objects.get(event_id="o1").remaining_units == 0
    assert_books_hold()


@pytest.mark.parametrize("round_number", range(5))
def test_a_sale_against_a_refund_of_the_same_lot(pool, member, round_number):
    settle_one(pool.pk, Order("o1", str(member.pk), 100_000), START)
    settle_one(pool.pk, Order("o2", "99", 100_000), START)
    sale, refund = at_once(
        lambda: settle_one(pool.pk, Sell("s1", str(member.pk), None, "o1"), START),
        lambda: settle_one(pool.pk, Refund("r1", "o1"), START),
    )
    assert refund.ok
    if sale.sequence < refund.sequence:
        assert (sale.ok, refund.points_units) == (True, 0)
    else:
        assert (sale.error, refund.points_units) == ("insufficient_points", 21_000_000_000)
    lot = Lot.objects.get(event_id="o1")
    assert (lot.remaining_units, lot.refunded_fen) == (0, 100_000)
    assert_books_hold()


@pytest.mark.parametrize("round_number", range(5))
def test_a_forced_exit_against_a_sale_of_the_same_lot(pool, member, round_number):
    settle_one(pool.pk, Order("o1", str(member.pk), 100_000), START)
    settle_one(pool.pk, Order("o2", "99", 100_000), START)
    sale, subsidy = at_once(
        lambda: settle_one(pool.pk, Sell("s1", str(member.pk), None, "o1"), START),
        lambda: settle_one(pool.pk, Subsidise("f1", 10_000_000), START),
    )
    assert subsidy.ok
    exited = LotMovement.objects.filter(is_exit=True, lot_pk=Lot.objects.get(event_id="o1").pk)
    assert sale.ok != exited.exists()
    assert Lot.objects.get(event_id="o1").remaining_units == 0
    assert_books_hold()


def test_the_same_batch_from_eight_settlers_at_once_is_settled_once(pool):
    requests = mixed_stream(200)
    results = at_once(*[lambda: list(settle(pool.pk, requests)) for _ in range(8)])
    assert all(result == results[0] for result in results), results
    assert Event.objects.count() == 200
    assert Pool.objects.get(pk=pool.pk).batches == 1
    assert_books_hold()


def test_overlapping_batches_each_settle_what_is_new(pool):
    requests = mixed_stream(260, seed=3)
    parts = [requests[start : start + 120] for start in range(0, 160, 20)]
    results = at_once(*[lambda part=part: list(settle(pool.pk, part)) for part in parts])
    answered = {}
    for result in results:
        assert isinstance(result, list), result
        for reply in result:
            assert answered.setdefault(reply.event_id, reply) == reply
    assert Event.objects.count() == 260
    assert_books_hold()


def test_two_pools_that_pay_the_same_members_never_block_each_other(pool):
    other = Pool.objects.create(code="other", rules=pool.rules)
    members = [str(n) for n in range(1, 41)]

    def work(pk, prefix, order):
        for turn in range(6):
            name = f"{prefix}{turn}"
            orders = [Order(f"{name}o{m}", m, 100_000) for m in order]
            sales = [Sell(f"{name}s{m}", m, 10**8) for m in order]
            settle(pk, [Request(event, START) for event in [*orders, *sales]])

    results = at_once(
        lambda: work(pool.pk, "a", members),
        lambda: work(other.pk, "b", members[::-1]),
        lambda: work(pool.pk, "c", members[::-1]),
        lambda: work(other.pk, "d", members),
    )
    assert results == [None] * 4
    assert Event.objects.count() == 4 * 6 * 80
    assert connection.vendor in {"sqlite", "postgresql"}
    assert_books_hold()
