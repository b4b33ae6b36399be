"""M9: a frozen dividend list is checked again before it is paid: where a refund took from the pool
meanwhile, the shortfall reduces the list pro rata; the pool never goes below zero.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.approvals import approve, asked, pay_dividend, person
from tests.bonuses.story import RANKED, account, activate, chain, enter, pay, purse, refund, settle
from tests.bonuses.story import users as people
from tests.records.threads import at_once
from zengzhi.records.bonuses import dividends
from zengzhi.records.bonuses.models import DividendRun, Shareholding
from zengzhi.records.bonuses.period import bounds
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock


@pytest.fixture(autouse=True)
def window(settings):
    settings.REFUND_WINDOW_DAYS = 7


def last_month() -> str:
    return (clock.today().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def holders(*shares: int) -> list[Member]:
    members = []
    for number in shares:
        member = Member.objects.create(nickname=f"holds {number}")
        since = bounds(last_month()).start - timedelta(days=1)
        Shareholding.objects.create(member=member, shares=number, since=since)
        members.append(member)
    return members


def sold_last_month(product):
    """An order of 1000.00 that settled in the middle of last month: 20.00 for the dividend."""
    activate(RANKED)
    buyer = chain("top", "buyer")[1]
    middle = bounds(last_month()).start + timedelta(days=14)
    order = pay(buyer, product, at=middle)
    return settle(order, middle + timedelta(hours=1))


@pytest.mark.parametrize("refunded", [1, 33_333, 50_000, 99_999, 100_000])
def test_a_refund_between_list_and_payment_reduces_every_part_alike(pool, product, refunded):
    order = sold_last_month(product)
    members = holders(5, 3, 2, 1)
    run = dividends.freeze(last_month(), people()[0])
    listed = [part.amount_fen for part in run.parts.order_by("member_id")]
    assert sum(listed) == run.pool_fen == 2_000
    refund(order, refunded)
    there = 2_000 - 2_000 * refunded // 100_000
    assert account(Kind.DIVIDEND_POOL) == there
    pay_dividend(run)
    got = [purse(member)[1] for member in members]
    assert sum(got) == there == DividendRun.objects.get().paid_fen
    for fen, part in zip(got, listed, strict=True):
        assert abs(fen - part * there / 2_000) < 1
        assert fen <= part
    assert account(Kind.DIVIDEND_POOL) == 0


def test_a_refund_after_the_payment_falls_to_the_platform(pool, product):
    order = sold_last_month(product)
    (member,) = holders(1)
    pay_dividend(dividends.freeze(last_month(), people()[0]))
    before = account(Kind.PLATFORM)
    platform_part = 10_000
    refund(order, 50_000)
    assert account(Kind.DIVIDEND_POOL) == 0
    assert account(Kind.PLATFORM) == before - platform_part // 2 - 1_000
    assert account(Kind.UNALLOCATED_DISTRIBUTION) == (30_000 - 5_000 - 2_000) // 2
    assert purse(member)[1] == 2_000


@pytest.mark.parametrize("first", [0, 1])
def test_two_lists_bear_a_shortfall_together_whichever_is_paid_first(db, first):
    activate(RANKED)
    member = Member.objects.create(nickname="holder")
    Shareholding.objects.create(member=member, shares=1, since=bounds("2025-12").start)
    enter(10_000, bounds("2026-01").start)
    enter(90_000, bounds("2026-02").start)
    maker = people()[0]
    runs = [dividends.freeze(period, maker) for period in ("2026-01", "2026-02")]
    enter(-3_001, timezone.now())
    for run in runs if first == 0 else runs[::-1]:
        pay_dividend(run)
    paid = list(DividendRun.objects.order_by("period").values_list("paid_fen", flat=True))
    assert paid == [9_700, 87_299]
    assert account(Kind.DIVIDEND_POOL) == 0


def test_what_a_refund_had_cut_is_in_the_next_list_once_money_comes_again(db):
    activate(RANKED)
    member = Member.objects.create(nickname="holder")
    Shareholding.objects.create(member=member, shares=1, since=bounds("2025-12").start)
    maker = people()[0]
    enter(10_000, bounds("2026-01").start)
    january = dividends.freeze("2026-01", maker)
    enter(-3_000, bounds("2026-02").start)
    assert pay_dividend(january).paid_fen == 7_000
    enter(50_000, bounds("2026-02").start + timedelta(days=3))
    february = dividends.freeze("2026-02", maker)
    assert pay_dividend(february).paid_fen == 50_000
    assert account(Kind.DIVIDEND_POOL) == 0


@pytest.mark.django_db(transaction=True)
def test_a_refund_and_the_payment_at_the_same_moment_leave_nothing_below_zero(pool, product):
    order = sold_last_month(product)
    members = holders(2, 1)
    run = dividends.freeze(last_month(), people()[0])
    row, second = asked(dividends.PAY_DIVIDEND, f"dividend:{run.period}", {}), person("approver")
    results = at_once(lambda: approve(row, second), lambda: refund(order))
    assert not any(isinstance(result, Exception) for result in results), results
    run.refresh_from_db()
    assert run.paid_fen in {0, 2_000}
    assert sum(purse(member)[1] for member in members) == run.paid_fen
    assert account(Kind.DIVIDEND_POOL) == 0
