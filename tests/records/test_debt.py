"""One rule of debt: in, a debt first; out, what is available first. By entry and by batch alike."""

import threading
import uuid

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.records.story import START
from zengzhi.records.ledger import debt
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.debt import Purses
from zengzhi.records.ledger.journal import Entry, balance, record

purses = st.dictionaries(st.integers(1, 5), st.integers(-300, 300))
changes = st.lists(st.tuples(st.integers(1, 5), st.integers(-200, 200)), max_size=30)


def held(amounts):
    """Purses where a negative amount is owed."""
    return Purses(
        {member: max(0, fen) for member, fen in amounts.items()},
        {member: -fen for member, fen in amounts.items() if fen < 0},
    )


@given(purses, changes)
def test_the_batch_says_what_the_entries_say(amounts, rows):
    one_by_one, together = held(amounts), held(amounts)
    parts = [one_by_one.part(member, fen) for member, fen in rows]
    table = np.array(rows, np.int64).reshape(-1, 2)
    assert together.divide(table[:, 0], table[:, 1]).tolist() == parts


@given(purses, changes)
def test_nobody_has_money_and_owes_at_once_and_no_fen_is_lost(amounts, rows):
    found = held(amounts)
    for member, fen in rows:
        part = found.part(member, fen)
        assert abs(part) <= abs(fen)
        assert part * fen >= 0
        amounts[member] = amounts.get(member, 0) + fen
        available, owed = found.available_fen[member], found.owed_fen[member]
        assert available >= 0
        assert owed >= 0
        assert available * owed == 0
        assert available - owed == amounts[member]


@given(changes, st.data())
def test_columns_are_cut_and_still_balance(rows, data):
    legs = [
        leg
        for entry, (member, fen) in enumerate(rows)
        if fen
        for leg in (
            (entry, 0, int(Kind.POOL), 1, int(Unit.CNY), -fen),
            (entry, 1, int(Kind.MEMBER_AVAILABLE), member, int(Unit.CNY), fen),
        )
    ]
    names = ("transaction_id", "position", "kind", "owner", "unit", "amount")
    table = np.array(legs, np.int64).reshape(-1, 6)
    columns = {name: table[:, place] for place, name in enumerate(names)}
    parts = np.zeros(len(table), np.int64)
    for place in range(1, len(table), 2):
        fen = int(table[place, 5])
        parts[place] = data.draw(st.integers(min(0, fen), max(0, fen)))
    cut = debt.lead(columns, parts)
    assert 0 not in cut["amount"].tolist()
    by_entry = {}
    for entry, position, kind, owner, _unit, amount in zip(
        *(cut[name].tolist() for name in names), strict=True
    ):
        by_entry.setdefault(entry, []).append((position, kind, owner, amount))
    for entry, found in by_entry.items():
        assert [position for position, *_rest in found] == list(range(len(found)))
        assert sum(amount for *_rest, amount in found) == 0
        fen = rows[entry][1]
        mine = [(kind, amount) for _position, kind, owner, amount in found[1:]]
        assert sum(amount for _kind, amount in mine) == fen
        part = int(parts[2 * sorted(by_entry).index(entry) + 1])
        assert dict(mine).get(int(Kind.MEMBER_DEBT), 0) == part


def moved(member, fen):
    entry = Entry("test", uuid.uuid4().hex, START).money(Account(Kind.PLATFORM), -fen)
    with transaction.atomic():
        found = debt.lock([member])
        record((found.give if fen > 0 else found.take)(entry, member, abs(fen)))


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_lose_nothing(member):
    amounts = [300, -500, 700, -200, -400] * 4
    failures = []

    def run(fen):
        try:
            moved(member.pk, fen)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(fen,)) for fen in amounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    available = balance(Account(Kind.MEMBER_AVAILABLE, member.pk))
    owed = -balance(Account(Kind.MEMBER_DEBT, member.pk))
    assert available - owed == sum(amounts)
    assert available == 0 or owed == 0
