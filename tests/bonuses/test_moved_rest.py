"""The unallocated rest was moved away, then an order is refunded: what its distribution part lacks
comes from the platform, and the account is never below zero.
"""

import uuid

import pytest
from django.db import connection
from django.utils import timezone

from tests.bonuses.story import (
    TWO_LEVEL,
    XIHU,
    account,
    activate,
    chain,
    check_books,
    pay,
    refund,
    settle,
    users,
)
from tests.conftest import GUARDS
from tests.records.books import assert_books_hold
from tests.records.threads import at_once
from tests.verify.test_manipulations import _Executor, nothing_waits_for_the_commit
from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.models import AfterSale, Order
from zengzhi.records.intake.remainder import move_rest
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.verify.checks import CHECKS, RECORDS
from zengzhi.verify.run import run

REST = Kind.UNALLOCATED_DISTRIBUTION
TO_POOL = 'remainder = "pool"\n' + TWO_LEVEL


def settled(product, buyer) -> Order:
    return settle(pay(buyer, product, XIHU))


def problems() -> list:
    """What verify finds; the story's orders are paid past the providers."""
    causes = ("rests moved", "accounts below zero", "refunds", "bonuses and their holds")
    names = {check.name for check in RECORDS} | set(causes)
    return run(checks=[check for check in CHECKS if check.name in names]).problems


def lowest(kind: Kind) -> int:
    """The lowest that an account has been, entry by entry, in the order in which they were made."""
    moved: dict[int, int] = {}
    for entry, fen in Leg.objects.filter(kind=kind).values_list("transaction_id", "amount"):
        moved[entry] = moved.get(entry, 0) + fen
    heads = Transaction.objects.filter(pk__in=moved).order_by("recorded_at", "pk")
    held, low = 0, 0
    for entry in heads.values_list("pk", flat=True):
        held += moved[entry]
        low = min(low, held)
    return low


def back() -> list[int]:
    """What came back of the rest, entry by entry."""
    legs = Leg.objects.filter(kind=REST, amount__gt=0, transaction_id__lt=2**40)
    heads = Transaction.objects.filter(kind="remainder").values("pk")
    return list(legs.filter(transaction_id__in=heads).values_list("amount", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("plan", [None, TWO_LEVEL, TO_POOL])
@pytest.mark.parametrize("parts", [(None,), (1, None), (33_333, 33_333, 33_334), (50_000,)])
def test_a_refund_after_the_rest_was_moved(pool, product, plan, parts):
    if plan is not None:
        activate(plan)
    buyer = chain("top", "middle", "buyer")[2]
    order, other, _third = (settled(product, buyer) for _each in range(3))
    platform = account(Kind.PLATFORM)
    moved = move_rest(pool.pk, users()[0], "month's end")
    assert moved == account(Kind.PLATFORM) - platform or plan == TO_POOL
    assert account(REST) == 0
    for fen in parts:
        refund(order, fen)
        assert account(REST) == 0
    rest_of_one = moved // 3
    assert sum(back()) == rest_of_one // (2 if parts == (50_000,) else 1)
    assert lowest(REST) == 0
    check_books()
    assert_books_hold()
    assert problems() == []
    refund(other)
    assert account(REST) == 0


@pytest.mark.django_db
def test_what_is_left_is_taken_first(pool, product):
    buyer = chain("top", "buyer")[1]
    order = settled(product, buyer)
    move_rest(pool.pk, users()[0], "month's end")
    settled(product, buyer)
    refund(order)
    assert back() == []
    assert account(REST) == 0


@pytest.mark.django_db
def test_a_refused_refund_brings_nothing_back(pool, product):
    order = settled(product, chain("top", "buyer")[1])
    move_rest(pool.pk, users()[0], "month's end")
    refund(order)
    with pytest.raises(ZengzhiError):
        refund_order(order.pk, 1, uuid.uuid4(), timezone.now())
    assert len(back()) == 1


@pytest.mark.django_db(transaction=True)
def test_moved_and_refunded_at_once_it_is_never_below_zero(pool, product):
    orders = [settled(product, buyer) for buyer in chain("top", "a", "b", "c", "d")[1:]]
    by = users()[0]
    results = at_once(
        *(lambda order=order: refund(order) for order in orders[1:]),
        lambda: move_rest(pool.pk, by, "month's end"),
        lambda: refund(orders[0]),
    )
    assert AfterSale.objects.count() == len(orders), results
    assert account(REST) == 0
    assert problems() == []
    connection.close()


@pytest.mark.django_db
def test_a_rest_that_came_back_for_no_refund_is_named(pool, product):
    order = settled(product, chain("top", "buyer")[1])
    move_rest(pool.pk, users()[0], "month's end")
    refund(order)
    assert problems() == []
    nothing_waits_for_the_commit()
    for guards in GUARDS:
        guards.remove(_Executor())
    entry = Transaction.objects.filter(kind="remainder").order_by("pk").last()
    Transaction.objects.filter(pk=entry.pk).update(reference="nothing")
    found = {(problem.table, problem.id, problem.field) for problem in problems()}
    assert ("ledger_transaction", str(entry.pk), "reference") in found


@pytest.mark.django_db
def test_a_rest_below_zero_is_named(pool):
    entry = Entry("test", "below zero", timezone.now()).money(Account(REST), -1)
    record(entry.money(Account(Kind.PLATFORM), 1))
    found = [problem.message for problem in problems() if problem.field == "amount"]
    assert found == ["unallocated_distribution is -1: nothing explains it"]
