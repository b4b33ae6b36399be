"""``zengzhi verify`` names the row that was changed behind the database's back."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.db import connection
from django.db.models import F

from tests.records.books import assert_books_hold, no_guards
from tests.records.story import in_batches, mixed_stream
from tests.records.threads import at_once
from zengzhi.cli.main import main
from zengzhi.records.ledger.models import Batch, Leg, Purse, Transaction
from zengzhi.records.settlement.models import Event, Lot, LotMovement, Pool
from zengzhi.records.settlement.settle import settle
from zengzhi.records.settlement.verify.run import snapshot, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(pool):
    """A history of five batches."""
    for part in in_batches(mixed_stream(250), 50):
        settle(pool.pk, part)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return pool


def one(model, **where):
    """A row in the middle."""
    rows = model.objects.filter(**where).order_by("pk")
    return rows[rows.count() // 2]


def change(row, **values):
    assert type(row).objects.filter(pk=row.pk).update(**values) == 1
    return row


def leg_name(leg):
    return f"ledger_leg {leg.transaction_id}/{leg.position}"


def pool_batch(number):
    return Batch.objects.get(stream="pool:main", number=number)


def flip_payload(pool):
    batch = pool_batch(3)
    payload = bytearray(batch.payload)
    payload[len(payload) // 2] ^= 1
    change(batch, payload=bytes(payload))
    return "ledger_batch pool:main #3"


def swap_amounts(pool):
    """A leg and its neighbour, so that the entry still sums to zero."""
    leg = one(Leg, kind=2)
    change(leg, amount=leg.amount + 1)
    other = Leg.objects.get(transaction_id=leg.transaction_id, kind=6)
    change(other, amount=other.amount - 1)
    return leg_name(leg)


def forge_event(pool):
    Event.objects.filter(pk=one(Event, op=1).pk).delete()
    return "settlement_event"


CASES = {
    "event, number": lambda p: f"event {change(one(Event, op=1), points_units=1).pk}",
    "event, id": lambda p: f"event {change(one(Event, op=1), event_id='other').pk}",
    "event, moment": lambda p: (
        f"event {change(e := one(Event, op=1), happened_at=e.happened_at + timedelta(microseconds=1)).pk}"  # noqa: E501
    ),
    "event, refusal": lambda p: (
        f"event {change(one(Event, error='insufficient_points'), message='').pk}"
    ),
    "event, deleted": forge_event,
    "lot, points": lambda p: (
        f"lot {change(one(Lot, remaining_units__gt=5), remaining_units=F('remaining_units') - 1).pk}"  # noqa: E501
    ),
    "lot, paid": lambda p: f"lot {change(one(Lot), paid_fen=F('paid_fen') + 1).pk}",
    "lot, name": lambda p: f"lot {change(one(Lot), event_id='x').pk}",
    "lot, exited": lambda p: f"lot {change(one(Lot, exited=False), exited=True).pk}",
    "movement": lambda p: (
        f"movement {(m := change(one(LotMovement), payout_fen=F('payout_fen') + 1)).event_pk}/"
        f"{m.position}"
    ),
    "leg, amount": lambda p: leg_name(change(one(Leg, kind=3), amount=F("amount") + 1)),
    "leg, two amounts": swap_amounts,
    "leg, account": lambda p: leg_name(change(one(Leg, kind=6), owner=4)),
    "head, reference": lambda p: f"transaction {change(one(Transaction), reference='x').pk}",
    "head, legs": lambda p: f"transaction {change(one(Transaction), leg_count=9).pk}",
    "payload": flip_payload,
    "batch, head": lambda p: change(pool_batch(2), head="0" * 64) and "ledger_batch pool:main #2",
    "batch, previous": lambda p: (
        change(pool_batch(4), previous="1" * 64) and "ledger_batch pool:main #4"
    ),
    "batch, deleted": lambda p: pool_batch(5).delete() and "settlement_pool main",
    "balance": lambda p: (
        change(b := one(Purse), available_fen=b.available_fen + 1) and f"ledger_purse {b.member}"
    ),
    "pool, money": lambda p: change(p, pool_fen=F("pool_fen") + 1) and "settlement_pool main",
    "pool, head": lambda p: change(p, head="2" * 64) and "settlement_pool main",
    "pool, reserve": lambda p: change(p, pool_reserve_fen=7) and "settlement_pool main",
}


def test_untouched_books_hold(books):
    assert_books_hold()


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_one_old_row_is_named(books, case):
    with no_guards():
        row = CASES[case](books)
    report = verify(rederive=True)
    assert not report.ok
    assert any(row in problem.row for problem in report.problems), (row, report.problems)


def test_the_plain_verify_finds_everything_but_a_forged_entry_that_still_balances(books):
    """What --rederive adds: heads and legs that were changed without breaking a sum."""
    with no_guards():
        change(one(Transaction), reference="x")
    assert verify().ok
    assert not verify(rederive=True).ok


def test_the_command_exits_with_1_and_names_the_row(books):
    runner = CliRunner()
    good = runner.invoke(main, ["verify", "--rederive", "--json"])
    assert good.exit_code == 0
    answer = json.loads(good.stdout)
    assert (answer["ok"], answer["events"], answer["batches"]) == (True, 250, 5)
    assert answer["heads"] == {"main": Pool.objects.get(pk=books.pk).head}
    with no_guards():
        event = change(one(Event, op=1), points_units=1)
    bad = runner.invoke(main, ["verify"])
    assert bad.exit_code == 1
    assert f"settlement_event {event.pk}: points_units is 1" in bad.stdout


def test_books_without_any_event_hold(pool):
    assert_books_hold()


@pytest.mark.django_db(transaction=True)
def test_a_fresh_process_verifies_one_picture_while_others_write(pool):
    requests = mixed_stream(120)
    settle(pool.pk, requests[:60])
    connection.close()
    with snapshot():
        assert Event.objects.count() == 60
        assert at_once(lambda: len(settle(pool.pk, requests[60:]))) == [60]
        assert Event.objects.count() == 60
        assert verify(rederive=True).events == 60
    assert Event.objects.count() == 120
    assert_books_hold()
