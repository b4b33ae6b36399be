"""What a sale or an exit pays to a member who owes goes to the debt first."""

import uuid

import pytest
from django.utils import timezone

from zengzhi.core.economy.events import Refund, Subsidise
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.ledger.chart import MEMBER_KINDS, Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.settlement.settle import settle_one
from zengzhi.records.wallet.service import balances
from zengzhi.verify.checks import RECORDS
from zengzhi.verify.run import run


def owe(member, fen):
    entry = Entry("test", "owe", timezone.now())
    entry.money(Account(Kind.MEMBER_DEBT, member.pk), -fen)
    record(entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), fen))


@pytest.fixture
def holder(pool, product, member):
    """A member with 210 points, worth 240 yuan if sold."""
    confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    return member


@pytest.mark.parametrize(
    ("debt", "available", "left"), [(10_000, 14_000, 0), (24_000, 0, 0), (30_000, 0, 6_000)]
)
def test_a_sale_is_set_off(holder, pool, debt, available, left):
    owe(holder, debt)
    assert sell_points(pool, holder, None, uuid.uuid4()).payout_fen == 24_000
    held = balances(holder)
    assert (held.available_fen, held.debt_fen) == (available, left)


def test_an_exit_is_set_off(holder, pool):
    owe(holder, 100_000)
    settle_one(pool.pk, Subsidise("lift", 10_000_000))
    held = balances(holder)
    assert (held.available_fen, held.debt_fen) == (140_000, 0)


def test_the_books_still_hold(holder, pool):
    owe(holder, 30_000)
    sell_points(pool, holder, None, uuid.uuid4())
    assert not run(checks=RECORDS).problems


def legs_of(kind, member):
    """The legs of the member's money in the one entry of a kind, in order."""
    entry = Transaction.objects.get(kind=kind).pk
    legs = Leg.objects.filter(transaction_id=entry, owner=member.pk, kind__in=MEMBER_KINDS)
    return list(legs.order_by("position").values_list("kind", "amount"))


def test_a_sale_meets_the_debt_in_its_own_entry(holder, pool):
    owe(holder, 10_000)
    sell_points(pool, holder, None, uuid.uuid4())
    assert legs_of("sale", holder) == [
        (Kind.MEMBER_AVAILABLE, 24_000),
        (Kind.MEMBER_DEBT, 10_000),
        (Kind.MEMBER_AVAILABLE, -10_000),
    ]
    assert not Transaction.objects.filter(kind="set_off").exists()


def test_a_refund_takes_what_is_there_before_it_becomes_debt(holder, pool):
    settle_one(pool.pk, Subsidise("lift", 10_000_000))
    spent = Entry("test", "test", timezone.now())
    spent.money(Account(Kind.MEMBER_AVAILABLE, holder.pk), -150_000)
    record(spent.money(Account(Kind.PLATFORM), 150_000))
    held = balances(holder)
    order = Order.objects.get(member=holder)
    settle_one(pool.pk, Refund("back", order.number, None))
    after = balances(holder)
    assert after.available_fen == 0 < after.debt_fen
    lent, borrowed, met = legs_of("refund", holder)
    assert lent == (Kind.MEMBER_DEBT, -after.debt_fen)
    assert borrowed == (Kind.MEMBER_AVAILABLE, after.debt_fen)
    assert met == (Kind.MEMBER_AVAILABLE, -held.available_fen - after.debt_fen)
    assert not run(checks=RECORDS).problems
