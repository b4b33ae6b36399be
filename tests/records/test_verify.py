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
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Event, Lot, LotMovement
from zengzhi.records.settlement.settle import settle
from zengzhi.verify.checks import RECORDS
from zengzhi.verify.run import run, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(pool):
    """A history of five batches."""
    Member.objects.bulk_create(Member(pk=key, nickname=str(key)) for key in range(1, 41))
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
    return f"ledger_batch {batch.pk}"


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
    "event, number": lambda p: f"settlement_event {change(one(Event, op=1), points_units=1).pk}",
    "event, id": lambda p: f"settlement_event {change(one(Event, op=1), event_id='other').pk}",
    "event, moment": lambda p: (
        f"settlement_event {change(e := one(Event, op=1), happened_at=e.happened_at + timedelta(microseconds=1)).pk}"  # noqa: E501
    ),
    "event, refusal": lambda p: (
        f"settlement_event {change(one(Event, error='insufficient_points'), message='').pk}"
    ),
    "event, deleted": forge_event,
    "lot, points": lambda p: (
        f"settlement_lot {change(one(Lot, remaining_units__gt=5), remaining_units=F('remaining_units') - 1).pk}"  # noqa: E501
    ),
    "lot, paid": lambda p: f"settlement_lot {change(one(Lot), paid_fen=F('paid_fen') + 1).pk}",
    "lot, name": lambda p: f"settlement_lot {change(one(Lot), event_id='x').pk}",
    "lot, exited": lambda p: f"settlement_lot {change(one(Lot, exited=False), exited=True).pk}",
    "movement": lambda p: (
        "settlement_lotmovement "
        f"{(m := change(one(LotMovement), payout_fen=F('payout_fen') + 1)).event_pk}/{m.position}"
    ),
    "leg, amount": lambda p: leg_name(change(one(Leg, kind=3), amount=F("amount") + 1)),
    "leg, two amounts": swap_amounts,
    "leg, account": lambda p: leg_name(change(one(Leg, kind=6), owner=4)),
    "head, reference": lambda p: f"ledger_transaction {change(one(Transaction), reference='x').pk}",
    "head, legs": lambda p: f"ledger_transaction {change(one(Transaction), leg_count=9).pk}",
    "payload": flip_payload,
    "batch, head": lambda p: f"ledger_batch {change(pool_batch(2), head='0' * 64).pk}",
    "batch, previous": lambda p: f"ledger_batch {change(pool_batch(4), previous='1' * 64).pk}",
    "batch, deleted": lambda p: pool_batch(5).delete() and f"settlement_pool {p.pk}",
    "balance": lambda p: (
        change(b := one(Purse), available_fen=b.available_fen + 1) and f"ledger_purse {b.member}"
    ),
    "pool, money": lambda p: change(p, pool_fen=F("pool_fen") + 1) and f"settlement_pool {p.pk}",
    "pool, head": lambda p: change(p, head="2" * 64) and f"settlement_pool {p.pk}",
    "pool, reserve": lambda p: change(p, pool_reserve_fen=7) and f"settlement_pool {p.pk}",
}


def test_untouched_books_hold(books):
    assert_books_hold()


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_one_old_row_is_named(books, case):
    with no_guards():
        row = CASES[case](books)
    report = run(checks=RECORDS)
    assert not report.ok
    assert any(row in str(problem) for problem in report.problems), (row, report.problems)


def test_fast_finds_what_breaks_a_sum_or_the_chain(books):
    with no_guards():
        change(one(Transaction), reference="x")
    assert run(fast=True, checks=RECORDS).ok
    assert not run(checks=RECORDS).ok
    with no_guards():
        change(pool_batch(2), head="0" * 64)
    assert not run(fast=True, checks=RECORDS).ok


def test_the_command_exits_with_1_and_names_the_row(books, monkeypatch):
    monkeypatch.setattr("zengzhi.verify.run.CHECKS", RECORDS)
    runner = CliRunner()
    good = runner.invoke(main, ["verify", "--rederive", "--json"])
    assert good.exit_code == 0, good.stdout
    answer = json.loads(good.stdout)
    assert set(answer) == {"ok", "checked", "problems", "tail"}
    assert answer["ok"] is True
    assert answer["problems"] == []
    assert answer["checked"]["settlement_event"] == 250
    assert set(answer["tail"]) == {"rows", "age_s"}
    with no_guards():
        event = change(one(Event, op=1), points_units=1)
    bad = runner.invoke(main, ["verify"])
    assert bad.exit_code == 1
    assert f"settlement_event {event.pk} points_units: is 1" in bad.stdout
    named = json.loads(runner.invoke(main, ["verify", "--json"]).stdout)["problems"]
    place = {"table": "settlement_event", "id": str(event.pk), "field": "points_units"}
    assert any(place.items() <= problem.items() for problem in named)


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
        assert run(checks=RECORDS).checked["settlement_event"] == 60
    assert Event.objects.count() == 120
    assert_books_hold()
