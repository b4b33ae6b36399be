"""Purses are locked in the order of members, however they are asked for, and all that a transaction
of a pool's owner moves at once.
"""

import uuid
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.bonuses.story import TWO_LEVEL, activate, chain, pay, refund, settle
from zengzhi.core.economy.events import Sell
from zengzhi.records.intake import owner
from zengzhi.records.intake.commands import submit
from zengzhi.records.ledger.purses import Purses, lock_purses
from zengzhi.records.store import clock

MEMBERS = (900_003, 900_001, 900_002)


@pytest.mark.django_db
def test_purses_are_locked_in_one_order():
    seen: list[tuple[str, str]] = []

    def note(execute, sql, params, many, context):
        seen.append((sql.strip(), str(params)))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        assert list(lock_purses(MEMBERS)) == sorted(MEMBERS)
    made = next(values for sql, values in seen if "INSERT" in sql)
    read = next(sql for sql, _values in seen if sql.startswith("SELECT"))
    places = [made.index(str(member)) for member in sorted(MEMBERS)]
    assert places == sorted(places)
    assert "ORDER BY" in read


@pytest.fixture
def locked(monkeypatch):
    """The members whose purses were locked, statement by statement, of each owner's transaction."""
    transactions: list[list[set[int]]] = []
    owning, lock = owner.owning, Purses.lock

    @contextmanager
    def noted(pool_pk):
        transactions.append([])
        with owning(pool_pk) as one:
            yield one

    def noting(members):
        chosen = set(members)
        if transactions:
            transactions[-1].append(chosen)
        return lock(chosen)

    monkeypatch.setattr(owner, "owning", noted)
    monkeypatch.setattr(Purses, "lock", noting)
    return transactions


def in_one_order(transactions) -> bool:
    """Whether each locked all it needed with its first statement."""
    return all(later <= first for first, *others in filter(None, transactions) for later in others)


@pytest.mark.django_db(transaction=True)
def test_commands_that_wait_lock_purses_once_each(pool, product, locked):
    activate(TWO_LEVEL)
    people = chain("top", "middle", "buyer")
    for member in people:
        settle(pay(member, product))
    locked.clear()
    for member in reversed(people):
        submit(pool.pk, Sell(f"sell-{uuid.uuid4()}", str(member.pk), 10**6, None), clock.now())
    assert owner.answer_waiting(pool.pk) == 3
    assert [len(each) for each in locked] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_refund_locks_the_buyer_with_those_who_earned(pool, product, locked):
    activate(TWO_LEVEL)
    people = chain("top", "middle", "buyer")
    order = settle(pay(people[2], product))
    sold = Sell("sell-all", str(people[2].pk), None, None)
    submit(pool.pk, sold, clock.now())
    owner.answer_waiting(pool.pk)
    locked.clear()
    refund(order, 10_000)
    assert {member.pk for member in people} in locked[0]
    assert in_one_order(locked)
