"""A forger with full SQL, and one with the program's own functions: found all the same."""

import json

import pytest
from django.db import connection, transaction
from django.db.models import F

from tests.records.books import no_guards
from tests.records.story import in_batches, mixed_stream
from zengzhi.records.control.models import Record, Tail
from zengzhi.records.ledger import seal
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Batch, Purse, Root
from zengzhi.records.members.models import Member, Rank
from zengzhi.records.settlement.settle import settle
from zengzhi.records.store import clock
from zengzhi.verify.checks import RECORDS
from zengzhi.verify.run import run

pytestmark = pytest.mark.django_db
TEN_MILLION = 10_000_000_00


@pytest.fixture
def books(pool):
    """Settled, with members, sealed."""
    Member.objects.bulk_create(Member(pk=key, nickname=str(key)) for key in range(1, 41))
    for part in in_batches(mixed_stream(80), 40):
        settle(pool.pk, part)
    seal.seal_tail()
    assert run(checks=RECORDS).ok
    return pool


def named(table, **more):
    problems = [p.as_dict() for p in run(**more).problems]
    return [problem for problem in problems if problem["table"] == table]


def give(member, fen, kind="bonus", reference="O-invented"):
    entry = Entry(kind, reference, clock.now())
    entry.money(Account(Kind.PLATFORM), -fen)
    return post([entry.money(Account(Kind.MEMBER_AVAILABLE, member), fen)])[0]


@pytest.mark.parametrize("kind", ["bonus", "payment", "gift", "dividend", "withdrawal_back"])
def test_an_entry_without_a_cause_is_named_even_when_the_program_wrote_and_sealed_it(books, kind):
    """T1: platform → member over 10 000 000 for an order that does not exist."""
    entry = give(7, TEN_MILLION, kind)
    seal.seal_tail()
    assert run(checks=RECORDS).ok
    assert str(entry) in {problem["id"] for problem in named("ledger_transaction")}


def test_an_entry_that_fits_but_was_not_written_by_the_program_is_named_in_the_tail(books):
    good = give(7, 5_00)
    with no_guards(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_leg SET amount = amount * 7 WHERE transaction_id = %s", [good]
        )
        Purse.objects.filter(pk=7).update(available_fen=F("available_fen") + 30_00)
    (problem,) = named("ledger_transaction", checks=RECORDS)
    assert (problem["id"], problem["field"]) == (str(good), "mac")


def test_a_chain_that_was_hashed_anew_lacks_the_key_and_the_signature(books):
    batch = Batch.objects.filter(stream="pool:main").order_by("-number").first()
    with no_guards():
        key = batch.pk
        Batch.objects.filter(pk=key).update(mac="0" * 64)
    assert str(key) in {problem["id"] for problem in named("ledger_batch", checks=RECORDS)}


def test_a_control_record_written_by_hand_is_named(books):
    row = Rank.objects.create(level=1, code="V1", name_zh="一", name_en="One")
    forged = Record.objects.get(of_table="members_rank", row_key=row.pk)
    with no_guards(), connection.cursor() as cursor:
        cursor.execute("UPDATE members_rank SET name_en = 'Two' WHERE id = %s", [row.pk])
        forged.pk, forged.version = None, 2
        forged.content = forged.content.replace('"One"', '"Two"')
        forged.save(force_insert=True)
        Tail.objects.create(record_id=forged.pk)
    assert str(forged.pk) in {p["id"] for p in named("control_record", checks=RECORDS)}


def anchored(path):
    """What ``zengzhi seal anchor`` keeps outside."""
    root = Root.objects.order_by("-number").first()
    line = {"number": root.number, "body": root.body, "signature": root.signature}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    return root.number


def later_root(books, path):
    """The books went on, were sealed and anchored, and then set back to what they were."""
    point = transaction.savepoint()
    give(7, 1_00)
    seal.seal_tail()
    number = anchored(path)
    transaction.savepoint_rollback(point)
    return number


def test_an_older_copy_is_found_by_its_anchor(books, tmp_path):
    path = tmp_path / "anchors.jsonl"
    anchored(path)
    assert run(checks=RECORDS, anchors=path).ok
    number = later_root(books, path)
    assert run(checks=RECORDS).ok
    (problem,) = run(checks=RECORDS, anchors=path).problems
    assert (problem.table, problem.id) == ("ledger_root", str(number))


def test_books_written_anew_with_stolen_keys_are_found_by_their_anchor(books, tmp_path):
    path = tmp_path / "anchors.jsonl"
    number = later_root(books, path)
    give(8, 2_00)
    seal.seal_tail()
    assert run(checks=RECORDS).ok
    (problem,) = run(checks=RECORDS, anchors=path).problems
    assert (problem.table, problem.id, problem.field) == ("ledger_root", str(number), "body")


def test_an_anchor_that_nobody_signed_is_named(books, tmp_path):
    path = tmp_path / "anchors.jsonl"
    anchored(path)
    path.write_text(path.read_text("utf-8").replace("heads", "heats"), "utf-8")
    assert not run(checks=RECORDS, anchors=path).ok
