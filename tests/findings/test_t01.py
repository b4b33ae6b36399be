"""T1, T2a: an entry platform → member over 10 000 000 for an order that does not exist passed
``verify --rederive``; one inside a pool's range of ids too. Every entry is sealed and has a cause.
"""

import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.bonuses.story import agreed, chain
from tests.findings import raw
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.ledger.seal import seal_tail
from zengzhi.verify.run import run

pytestmark = pytest.mark.django_db(transaction=True)
TEN_MILLION = 10_000_000_00


@pytest.fixture
def books(pool, product):
    """A paid order with bonuses, sealed."""
    agreed('name = "direct"\n[direct]\nrate = "10%"\n')
    _top, buyer = chain("top", "buyer")
    confirm_demo(place_order(buyer, product, 1, uuid.uuid4()))
    seal_tail()
    assert run().problems == []
    return pool


@pytest.mark.parametrize("sealed", ["in the tail", "not even in the tail"])
@pytest.mark.parametrize("settled", [False, True], ids=["single act", "in the range of a pool"])
def test_an_invented_entry_is_named(books, sealed, settled):
    number = (books.pk << 40) + 999 if settled else 999_999
    raw.insert_entry(number, [(6, 0, -TEN_MILLION), (12, 1, TEN_MILLION)])
    with connection.cursor() as cursor:
        if sealed == "in the tail":
            cursor.execute("INSERT INTO ledger_tail (entry) VALUES (%s)", [number])
        cursor.execute(
            "UPDATE ledger_purse SET available_fen = available_fen + %s WHERE member = 1",
            [TEN_MILLION],
        )
    named = [(p.table, str(p.id)) for p in run().problems]
    assert ("ledger_transaction", str(number)) in named


def test_an_entry_written_by_this_program_without_a_cause_is_named(books):
    entry = Entry("bonus", "an order that does not exist", timezone.now())
    entry.money(Account(Kind.PLATFORM), -500).money(Account(Kind.FEES), 500)
    number = record(entry)
    for _again in range(2):
        named = {str(p.id) for p in run().problems if p.table == "ledger_transaction"}
        assert named & {str(number), entry.reference}
        seal_tail()


def test_a_cause_without_its_entry_is_named(books):
    payment = Transaction.objects.get(kind="payment")
    raw.delete_entry(payment.pk)
    problems = run().problems
    assert any(str(payment.pk) in str(p.id) or payment.reference in str(p) for p in problems)


def test_two_entries_of_one_cause_are_refused(books):
    payment = Transaction.objects.get(kind="payment")
    entry = Entry("payment", payment.reference, timezone.now())
    entry.money(Account(Kind.CLEARING, 1), -1).money(Account(Kind.PLATFORM), 1)
    with pytest.raises(Exception, match=r"entry_once_a_cause|UNIQUE"), transaction.atomic():
        record(entry)
