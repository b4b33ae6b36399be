"""One order settles in plain integers: the rows and sealed bytes are those of a batch of one."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from django.db import connection, transaction

from tests.records.books import assert_books_hold
from tests.records.story import START, mixed_stream
from zengzhi.core.economy.events import Order
from zengzhi.records.ledger.batches import NETS
from zengzhi.records.ledger.journal import LEGS, TRANSACTIONS
from zengzhi.records.ledger.models import Batch
from zengzhi.records.ledger.purses import COLUMNS
from zengzhi.records.settlement import engine
from zengzhi.records.settlement import settle as settlement
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.pools import open_pool
from zengzhi.records.settlement.rows import EVENTS, LOTS, MOVEMENTS
from zengzhi.records.settlement.settle import settle
from zengzhi.records.store import clock

pytestmark = pytest.mark.django_db

RULES = '[exit]\nmultiple = "{}"\nbasis = "{}"\n'
TABLES = {
    **{
        table.name: [name for name, _kind in table.columns]
        for table in (EVENTS, LOTS, MOVEMENTS, TRANSACTIONS, LEGS, NETS)
    },
    "ledger_batch": [field.column for field in Batch._meta.concrete_fields if field.name != "id"],
    "ledger_purse": ["member", *COLUMNS],
    "settlement_pool": [field.column for field in Pool._meta.concrete_fields],
}


class Undone(Exception):
    """The rows were looked at."""


def stored():
    """Every row that a settlement writes."""
    found = {}
    with connection.cursor() as cursor:
        for table, names in TABLES.items():
            cursor.execute(f"SELECT {', '.join(names)} FROM {table}")
            found[table] = sorted(repr([plain(value) for value in row]) for row in cursor)
    return found


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def requests(seed):
    """All verbs; parts of orders held elsewhere, ids that come twice, orders that are refused."""
    random, said = Random(seed), []
    for request in mixed_stream(90, seed, members=12):
        if isinstance(request.event, Order):
            held = random.choice([0, 0, request.event.paid_fen // 11])
            request = replace(request, held_fen=held)
            if random.random() < 0.05:
                request = replace(request, event=replace(request.event, paid_fen=10**10 + 1))
        said.append(request)
        if random.random() < 0.05:
            said.append(random.choice(said))
    return said


def settled_alone(pool, stream, monkeypatch, *, path):
    """Rows and answers after each event was settled by itself, and how many took the path."""
    taken = []
    rows_of_one = settlement.settled
    monkeypatch.setattr(
        settlement, "settled", lambda *said: (taken.append(1), rows_of_one(*said))[1]
    )
    ticks = count()
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(milliseconds=next(ticks)))
    if not path:
        monkeypatch.setattr(engine.Engine, "settle_order", lambda _engine, _order: None)
    frame = transaction.atomic()
    frame._from_testcase = True  # The owner's transaction is nested in none but the tests' own.
    try:
        with frame:
            answers = [settle(pool.pk, [request])[0] for request in stream]
            found = stored()
            if path:
                assert_books_hold()
            raise Undone
    except Undone:
        engine.forget(pool.pk, str(connection.settings_dict["NAME"]))
        monkeypatch.undo()
        return found, answers, len(taken)


@pytest.mark.parametrize("basis", ["lot", "member"])
@pytest.mark.parametrize("seed", range(4))
def test_one_order_writes_what_a_batch_of_one_writes(seed, basis, monkeypatch):
    pool = open_pool("alone", RULES.format("1.2", basis))
    stream = requests(seed)
    rows, answers, taken = settled_alone(pool, stream, monkeypatch, path=True)
    wanted, said, without = settled_alone(pool, stream, monkeypatch, path=False)
    for table in TABLES:
        assert rows[table] == wanted[table], table
    assert answers == said
    assert without == 0
    orders = sum(isinstance(request.event, Order) for request in stream)
    assert orders // 2 < taken < orders
    assert any(reply.exits for reply in answers)
