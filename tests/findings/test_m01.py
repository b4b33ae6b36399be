"""M1: a dividend period gets what entered the pool in it, whichever is run first, also when both
are frozen at the same moment; whatever decides a period is read as of its end.
"""

from datetime import timedelta

import pytest
from django.db import connection

from tests.approvals import approve, asked, hold_shares, pay_dividend, person
from tests.bonuses.story import RANKED, account, activate, enter, purse, users
from tests.records.threads import at_once
from zengzhi.core.errors import ZengzhiError
from zengzhi.records.bonuses import dividends
from zengzhi.records.bonuses.errors import NoDividend
from zengzhi.records.bonuses.models import DividendRun, Shareholding
from zengzhi.records.bonuses.period import bounds, end_of
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.members.changes import suspend
from zengzhi.records.members.models import Member

JANUARY, FEBRUARY = "2026-01", "2026-02"
PERIODS = (JANUARY, FEBRUARY)
FEN = {JANUARY: 10_000, FEBRUARY: 90_000}


def shareholder(name: str, shares: int = 1) -> Member:
    member = Member.objects.create(nickname=name)
    Shareholding.objects.create(member=member, shares=shares, since=bounds("2025-12").start)
    return member


def two_months() -> Member:
    """100.00 on 20 January, 900.00 on 10 February, one holder."""
    activate(RANKED)
    enter(FEN[JANUARY], bounds(JANUARY).start + timedelta(days=19))
    enter(FEN[FEBRUARY], bounds(FEBRUARY).start + timedelta(days=9))
    return shareholder("holder")


@pytest.mark.parametrize("order", [PERIODS, PERIODS[::-1]])
@pytest.mark.parametrize("pay_between", [True, False])
def test_each_month_gets_its_own_money_in_either_order(db, order, pay_between):
    holder = two_months()
    maker = users()[0]
    waiting = []
    for period in order:
        run = dividends.freeze(period, maker)
        assert run.pool_fen == FEN[period]
        waiting.append(run)
        if pay_between:
            pay_dividend(waiting.pop())
    for run in waiting:
        pay_dividend(run)
    assert list(DividendRun.objects.order_by("period").values_list("period", "paid_fen")) == list(
        FEN.items()
    )
    assert purse(holder)[1] == 100_000
    assert account(Kind.DIVIDEND_POOL) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [False, True])
def test_frozen_at_the_same_moment_the_pool_is_paid_once(same):
    holder = two_months()
    maker = users()[0]
    periods = (JANUARY, JANUARY) if same else PERIODS
    results = at_once(
        *(lambda period=period: dividends.freeze(period, maker) for period in periods)
    )
    refused = [result.code for result in results if isinstance(result, ZengzhiError)]
    assert refused == (["bad_period"] if same else [])
    for run in DividendRun.objects.order_by("-period"):
        assert run.pool_fen == FEN[run.period]
        pay_dividend(run)
    assert purse(holder)[1] == (10_000 if same else 100_000)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_paid_at_the_same_moment_a_list_is_paid_once():
    holder = two_months()
    maker = users()[0]
    run = dividends.freeze(JANUARY, maker)
    row, second = asked(dividends.PAY_DIVIDEND, f"dividend:{run.period}", {}), person("approver")
    results = at_once(*[lambda: approve(row, second)] * 4)
    codes = sorted(getattr(result, "code", "") for result in results)
    assert codes == ["", *["approval_over"] * 3]
    assert purse(holder)[1] == 10_000


def test_the_last_moment_of_a_month_and_the_first_of_the_next(db):
    activate(RANKED)
    shareholder("holder")
    enter(7, end_of(JANUARY))
    enter(11, bounds(FEBRUARY).start)
    assert [dividends.freeze(period, users()[0]).pool_fen for period in PERIODS] == [7, 11]


def test_whatever_happens_later_leaves_an_earlier_month_as_it_was(db):
    """Another holder, plan, suspension or sale of shares after the end changes nothing in it."""
    holder = two_months()
    maker = users()[0]
    after = bounds(FEBRUARY).start
    late = Member.objects.create(nickname="late")
    Shareholding.objects.create(member=late, shares=99, since=after)
    hold_shares(holder, 0, after)
    hold_shares(holder, 5, after + timedelta(days=1))
    suspend(holder, maker, "looked into", after)
    plan = activate(RANKED.replace('"2%"', '"1%"'), after)
    january, february = (dividends.freeze(period, maker) for period in PERIODS)
    assert january.plan_id != plan.pk == february.plan_id
    assert list(january.parts.values_list("member", "shares", "amount_fen")) == [
        (holder.pk, 1, 10_000)
    ]
    assert dict(february.parts.values_list("member", "amount_fen")) == {
        late.pk: 90_000,
        holder.pk: 0,
    }
    for run in (january, february):
        pay_dividend(run)
    assert purse(holder)[1] == 10_000


def test_without_a_plan_at_its_end_a_month_pays_nothing(db):
    activate(RANKED, bounds(FEBRUARY).start)
    enter(10_000, bounds(JANUARY).start)
    shareholder("holder")
    with pytest.raises(NoDividend):
        dividends.freeze(JANUARY, users()[0])


def test_money_recorded_late_for_a_month_whose_list_is_frozen_goes_into_the_next_list(db):
    two_months()
    maker = users()[0]
    pay_dividend(dividends.freeze(JANUARY, maker))
    enter(33, bounds(JANUARY).start + timedelta(days=30))
    assert DividendRun.objects.get(period=JANUARY).paid_fen == 10_000
    assert dividends.freeze(FEBRUARY, maker).pool_fen == 90_033
    enter(5, bounds("2026-03").start)
    assert dividends.freeze("2026-03", maker).pool_fen == 5
