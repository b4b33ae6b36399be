"""One rule of debt: in, a debt first; out, what is available first. By entry and by batch alike."""

import threading
import uuid

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.story import START
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, balance, record
from zengzhi.records.ledger.purses import Purses

purses = st.dictionaries(st.integers(1, 5), st.integers(-300, 300))
changes = st.lists(st.tuples(st.integers(1, 5), st.integers(-200, 200)), max_size=30)


def held(amounts):
    """Purses where a negative amount is owed."""
    return Purses(
        {member: max(0, fen) for member, fen in amounts.items()},
        {member: -fen for member, fen in amounts.items() if fen < 0},
    )


@settings(deadline=None)
@given(purses, changes)
def test_the_batch_says_what_the_entries_say(amounts, rows):
    one_by_one, together = held(amounts), held(amounts)
    parts = [one_by_one.part(member, fen) for member, fen in rows]
    table = np.array(rows, np.int64).reshape(-1, 2)
    assert together.divide(table[:, 0], table[:, 1]).tolist() == parts


@settings(deadline=None)
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


def moved(member, fen):
    entry = Entry("test", uuid.uuid4().hex, START).money(Account(Kind.PLATFORM), -fen)
    with transaction.atomic():
        found = Purses.lock([member])
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
