"""The database itself refuses a journal that is changed, cut or out of balance."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests.records.story import START, mixed_stream
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, InsufficientBalance, Unbalanced, balance, record
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.ledger.seal import seal_tail
from zengzhi.records.settlement.settle import settle

pytestmark = pytest.mark.django_db(transaction=True)

SEALED = (
    "ledger_batch",
    "ledger_net",
    "ledger_root",
    "ledger_transaction",
    "ledger_leg",
    "settlement_event",
    "settlement_lotmovement",
)
A_COLUMN = {
    "ledger_batch": "head = ''",
    "ledger_net": "amount = amount + 1",
    "ledger_root": "signature = ''",
    "ledger_transaction": "kind = 'x'",
    "ledger_leg": "amount = amount + 1",
    "settlement_event": "points_units = 1",
    "settlement_lotmovement": "units = 1",
}
HEAD = (
    "INSERT INTO ledger_transaction (id, kind, reference, happened_at, recorded_at, version, "
    "corrects, leg_count, step, facts, mac) VALUES ({0}, 'x', 'y', '2026-01-01 00:00:00+00', "
    "'2026-01-01 00:00:00+00', '', NULL, {1}, 0, '', '')"
)
LEG = "INSERT INTO ledger_leg (transaction_id, position, kind, owner, unit, amount) VALUES {0}"


def run(*statements):
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def in_order(head, legs):
    """Heads first on PostgreSQL, legs first on SQLite: the head seals them."""
    return [head, legs] if connection.vendor == "postgresql" else [legs, head]


@pytest.mark.parametrize("table", SEALED)
def test_what_is_written_is_never_changed_and_never_deleted(pool, table):
    settle(pool.pk, mixed_stream(60))
    record(Entry("in", "a", START).money(Account(Kind.PLATFORM), -5).money(Account(Kind.FEES), 5))
    seal_tail()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"UPDATE {table} SET {A_COLUMN[table]}")
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"DELETE FROM {table}")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"TRUNCATE {table} CASCADE")


def test_a_whole_and_balanced_entry_is_taken():
    run(*in_order(HEAD.format(1, 2), LEG.format("(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 1, -5)")))
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize(
    ("count", "legs"),
    [
        (2, "(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 1, -4)"),
        (2, "(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 2, -5)"),
        (3, "(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 1, -5)"),
        (1, "(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 1, -5)"),
        (2, "(1, -1, 3, 1, 1, 5), (1, 1, 6, 0, 1, -5)"),
        (4, "(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 1, -4), (1, 2, 3, 1, 2, 1), (1, 3, 3, 1, 2, -2)"),
        (2, "(1, 0, 3, 1, 2, 5), (1, 1, 6, 0, 2, -4)"),
    ],
    ids=[
        "unequal",
        "two units",
        "one leg missing",
        "one too many",
        "position",
        "equal in all",
        "points",
    ],
)
def test_an_entry_that_does_not_sum_to_zero_is_refused(count, legs):
    with pytest.raises(DatabaseError):
        run(*in_order(HEAD.format(1, count), LEG.format(legs)))
    assert Transaction.objects.count() == 0


def test_a_head_without_legs_is_refused_at_the_latest_at_commit():
    with pytest.raises(DatabaseError):
        run(HEAD.format(1, 2))
    with pytest.raises(DatabaseError):
        run(HEAD.format(1, 0))
    assert Transaction.objects.count() == 0


def test_legs_cannot_be_added_to_an_entry_afterwards():
    run(*in_order(HEAD.format(1, 2), LEG.format("(1, 0, 3, 1, 1, 5), (1, 1, 6, 0, 1, -5)")))
    for legs in (
        "(1, 2, 3, 1, 1, 9), (1, 3, 6, 0, 1, -9)",
        "(1, 7, 3, 1, 1, 9), (1, 8, 6, 0, 1, -9)",
    ):
        with pytest.raises(DatabaseError):
            run(LEG.format(legs))


def test_an_unbalanced_entry_is_refused_before_it_reaches_the_database():
    with pytest.raises(Unbalanced):
        record(Entry("x", "y", START).money(Account(Kind.PLATFORM), 5))


def test_a_balance_is_never_taken_below_zero():
    wallet = Account(Kind.MEMBER_AVAILABLE, 7)
    platform = Account(Kind.PLATFORM)
    record(Entry("in", "a", START).money(platform, -500).money(wallet, 500))
    with pytest.raises(InsufficientBalance):
        record(Entry("out", "b", START).money(platform, 501).money(wallet, -501))
    assert balance(wallet) == 500
    record(Entry("out", "c", START).money(platform, 500).money(wallet, -500))
    assert balance(wallet) == 0


def test_a_correction_names_the_entry_it_corrects():
    wallet, platform = Account(Kind.MEMBER_AVAILABLE, 7), Account(Kind.PLATFORM)
    wrong = record(Entry("bonus", "a", START).money(platform, -500).money(wallet, 500))
    undo = Entry("correction", "a", START, corrects=wrong)
    record(undo.money(platform, 500).money(wallet, -500))
    assert Transaction.objects.get(corrects=wrong).kind == "correction"
