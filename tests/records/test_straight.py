"""The journal of one order reads straight: no account ever gives what it does not hold."""

import uuid
from collections import defaultdict

import pytest

from tests.bonuses.story import RANKED, activate, chain, pay, refund, settle
from tests.records.books import assert_books_hold
from zengzhi.core.economy.events import Subsidise
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.settlement.settle import settle_one

GIVES = {Kind.CLEARING, Kind.OUTSIDE, Kind.ISSUED, Kind.REFUND_RESERVE, Kind.MEMBER_DEBT}
"""Accounts that are negative by their meaning: who paid, whoever is not named, points issued, what
refunds had to bear, what a member owes."""


def walk() -> dict[Account, int]:
    """Every account after every entry, in the order in which they were written."""
    held: dict[tuple[Account, Unit], int] = defaultdict(int)
    for entry in Transaction.objects.order_by("recorded_at", "id"):
        for leg in Leg.objects.filter(transaction_id=entry.pk).order_by("position"):
            account = Account(Kind(leg.kind), leg.owner), Unit(leg.unit)
            held[account] += leg.amount
        for (account, unit), amount in held.items():
            if account.kind not in GIVES:
                assert amount >= 0, f"{entry.kind} {entry.reference}: {account.code} {unit.name}"
    return {account: amount for (account, unit), amount in held.items() if unit is Unit.CNY}


@pytest.fixture
def family(pool, settings):
    settings.REFUND_WINDOW_DAYS = 7
    activate(RANKED)
    members = chain("top", "middle", "buyer")
    return members


def test_paid_settled_partly_and_wholly_refunded(family, product):
    order = settle(pay(family[2], product))
    held = walk()
    assert held[Account(Kind.ORDERS_PENDING, order.pool_id)] == 0
    assert held[Account(Kind.DIVIDEND_POOL)] == 2_000
    assert held[Account(Kind.UNALLOCATED_DISTRIBUTION)] > 0
    refund(order, 30_000)
    walk()
    refund(order)
    held = walk()
    assert held[Account(Kind.UNALLOCATED_DISTRIBUTION)] == 0
    assert held[Account(Kind.DIVIDEND_POOL)] == 0
    assert_books_hold()


def test_refunded_in_part_before_it_settles(family, product):
    order = pay(family[2], product)
    refund(order, 30_000)
    settle(order)
    assert walk()[Account(Kind.ORDERS_PENDING, order.pool_id)] == 0
    refund(order)
    walk()
    assert_books_hold()


def test_a_sale_pays_a_debt_inside_its_own_entry(family, product, pool):
    first, buyer = settle(pay(family[2], product)), family[2]
    settle(pay(family[1], product))
    settle_one(pool.pk, Subsidise("s", 20_000))
    sell_points(pool, buyer, None, uuid.uuid4())
    refund(first)
    held = walk()
    assert held.get(Account(Kind.MEMBER_DEBT, buyer.pk), 0) <= 0
    assert_books_hold()
