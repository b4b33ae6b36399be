"""The limiter: so many tries at once, then one every so often, whoever asks and wherever."""

from datetime import UTC, datetime, timedelta

import pytest

from zengzhi.records.control import limiter
from zengzhi.records.control.errors import TooManyTries
from zengzhi.records.control.limiter import CODE, GUESS, Limit, give_back, refuse_if_spent, take
from zengzhi.records.control.models import Budget
from zengzhi.records.store import clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def tried(at: datetime, limit: Limit = GUESS, holder: object = "wang") -> bool:
    with clock.at(at):
        try:
            take((limit, holder))
        except TooManyTries:
            return False
    return True


def test_in_any_fifteen_minutes_an_account_takes_ten_guesses():
    granted = [
        moment
        for moment in (NOON + timedelta(seconds=6 * step) for step in range(600))
        if tried(moment)
    ]
    most = max(
        sum(first <= later <= first + timedelta(minutes=15) for later in granted)
        for first in granted
    )
    assert most == 10
    assert GUESS.most_in(900) == CODE.most_in(900) == 10


def test_a_refused_try_says_when_the_next_one_counts():
    with clock.at(NOON):
        for _i in range(GUESS.burst):
            take((GUESS, "wang"))
        with pytest.raises(TooManyTries) as refused:
            take((GUESS, "wang"))
        assert 0 < refused.value.wait_s <= GUESS.every_s
    wait = timedelta(seconds=refused.value.wait_s)
    assert not tried(NOON + wait - timedelta(seconds=5))
    assert tried(NOON + wait + timedelta(seconds=1))


def test_holders_and_limits_do_not_touch_one_another():
    for _i in range(GUESS.burst):
        assert tried(NOON)
    assert not tried(NOON)
    assert tried(NOON, holder="li")
    assert tried(NOON, CODE)


def test_a_try_that_was_none_is_given_back():
    for _i in range(50):
        assert tried(NOON)
        with clock.at(NOON):
            give_back((GUESS, "wang"))


def test_of_several_budgets_all_or_none_is_spent():
    for _i in range(GUESS.burst):
        tried(NOON)
    for _i in range(100):
        with clock.at(NOON), pytest.raises(TooManyTries):
            take((CODE, "wang"), (GUESS, "wang"))
    assert tried(NOON, CODE)


def test_looking_spends_nothing():
    with clock.at(NOON):
        for _i in range(50):
            refuse_if_spent(GUESS, "wang")
        for _i in range(GUESS.burst):
            take((GUESS, "wang"))
        with pytest.raises(TooManyTries):
            refuse_if_spent(GUESS, "wang")


def test_a_clock_that_was_put_right_locks_nobody_out():
    assert tried(NOON + timedelta(days=30))
    assert tried(NOON)


def test_rows_that_say_nothing_any_more_go():
    for step in range(50):
        tried(NOON, holder=step)
    tried(NOON + timedelta(minutes=30), holder="now")
    with clock.at(NOON + timedelta(minutes=30)):
        assert limiter.forget_spent() == 50
    assert Budget.objects.count() == 1


def test_nobody_reads_who_was_limited_from_the_table():
    tried(NOON, holder="wang")
    key = Budget.objects.get().key
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
