"""A few entries are written by plain statements, many as columns: the rows are the same."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger import journal
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.purses import COLUMNS, PURSE_KINDS
from zengzhi.records.store import bulk, clock

pytestmark = pytest.mark.django_db

TABLES = {
    "ledger_transaction": [name for name, _kind in journal.TRANSACTIONS.columns],
    "ledger_leg": [name for name, _kind in journal.LEGS.columns],
    "ledger_tail": ["entry"],
    "ledger_purse": ["member", *COLUMNS],
}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARED = [Account(Kind.PLATFORM), Account(Kind.POOL, 1), Account(Kind.POINTS, 3)]
MEMBERS = [Account(kind, member) for kind in PURSE_KINDS for member in (3, 4, 5)]


class Undone(Exception):
    """The rows were looked at."""


def stored():
    """Every row, as the database itself writes it."""
    found = {}
    with connection.cursor() as cursor:
        for table, names in TABLES.items():
            columns = ", ".join(f"CAST({name} AS text)" for name in names)
            cursor.execute(f"SELECT {columns} FROM {table}")
            found[table] = sorted(cursor.fetchall(), key=repr)
        if connection.vendor == "postgresql":
            cursor.execute("SELECT CAST(heads AS text), legs FROM ledger_posting ORDER BY id")
            found["ledger_posting"] = cursor.fetchall()
    return found


def drawn(random: Random) -> list[Entry]:
    """Some entries: references that now and then come twice, legs that may go below zero."""
    entries = []
    for _number in range(random.randint(1, 6)):
        entry = Entry(
            random.choice(["payment", "甲"]),
            random.choice(["a", "b", "订单", str(random.random())]),
            NOON + timedelta(microseconds=random.choice([0, 1, 1_000_000, 123_456])),
            version=random.choice(["", "plan:3"]),
            corrects=random.choice([None, None, 17]),
            step=random.randint(0, 2),
            values=random.choice([{}, {"member": 7, "名": "值", "none": None}]),
        )
        for unit in Unit:
            amounts = [random.randint(-(10**5), 10**5) for _leg in range(random.randint(0, 4))]
            for amount in (*amounts, -sum(amounts)):
                choice = SHARED if unit is Unit.POINT or random.random() < 0.4 else MEMBERS
                move = entry.money if unit is Unit.CNY else entry.points
                move(random.choice(choice), amount)
        entries.append(entry)
    return entries


def purses_with(random: Random) -> Entry:
    entry = Entry("gift", "start", NOON)
    for account in MEMBERS:
        fen = random.choice([10**5, 10**6, 10**7])
        sign = -1 if account.kind is Kind.MEMBER_DEBT else 1
        entry.money(account, sign * fen).money(SHARED[0], -sign * fen)
    return entry


def written(seed: int, limit: int, monkeypatch) -> object:
    """What is stored after the entries of a seed were posted, or why they were refused."""
    random = Random(seed)
    monkeypatch.setattr(journal, "FEW_LEGS", limit)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(microseconds=seed))
    numbers = iter(range(1000, 2000))
    monkeypatch.setattr(
        journal, "next_numbers", lambda count: [next(numbers) for _entry in range(count)]
    )
    tables = []
    insert = bulk.Table.insert
    monkeypatch.setattr(
        bulk.Table, "insert", lambda self, *rows: (tables.append(self.name), insert(self, *rows))
    )
    answer = None
    try:
        with transaction.atomic():
            post([purses_with(random)])
            post(drawn(random))
            answer = stored()
            raise Undone
    except Undone:
        pass
    except (IntegrityError, ZengzhiError) as error:
        answer = type(error)
    monkeypatch.setattr(bulk.Table, "insert", insert)
    assert bool(tables) == (limit < 0)
    return answer


@pytest.mark.parametrize("seed", range(40))
def test_few_and_many_write_the_same_rows(seed, monkeypatch):
    few = written(seed, 10**6, monkeypatch)
    assert few == written(seed, -1, monkeypatch)


def test_the_seeds_are_accepted_and_refused(monkeypatch):
    """Both happen: rows written, balances below zero, causes named twice."""
    answers = [written(seed, 10**6, monkeypatch) for seed in range(40)]
    refusals = {answer for answer in answers if isinstance(answer, type)}
    assert refusals == {journal.InsufficientBalance, IntegrityError}
    assert sum(isinstance(answer, dict) for answer in answers) > 10


@pytest.mark.parametrize("limit", [10**6, -1])
def test_the_database_names_the_rule_that_a_second_entry_breaks(limit, monkeypatch):
    monkeypatch.setattr(journal, "FEW_LEGS", limit)
    entry = Entry("payment", "a", NOON).money(SHARED[0], -5).money(SHARED[1], 5)
    post([entry])
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        post([entry])
    assert {
        "postgresql": "entry_once_a_cause" in str(refused.value),
        "sqlite": "ledger_transaction.kind" in str(refused.value),
    }[connection.vendor]
