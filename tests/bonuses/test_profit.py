"""The platform's profit of a month, its parts down to the entries, and the dividend out of it."""

import uuid
from datetime import datetime, timedelta

import pytest

from tests.approvals import pay_dividend
from tests.bonuses.story import TWO_LEVEL, account, activate, pay, settle, users
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.records.bonuses import dividends
from zengzhi.records.bonuses.errors import NoDividend
from zengzhi.records.bonuses.models import Shareholding
from zengzhi.records.bonuses.period import bounds
from zengzhi.records.bonuses.profit import Profit, statement
from zengzhi.records.intake import remainder
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.members.models import Member
from zengzhi.records.members.tree import bind

JANUARY, FEBRUARY = "2026-01", "2026-02"
PROFIT = TWO_LEVEL + '[dividend]\nrate = "2%"\nsource = "profit"\n'
FEN = {"platform_parts": 20_000, "unallocated_distribution": 30_000}
"""Two orders of 1000.00, each 100.00 for the platform and 150.00 of the budget that nobody gets."""


def day(period: str, number: int) -> datetime:
    return bounds(period).start + timedelta(days=number)


@pytest.fixture
def sold(pool, product) -> list:
    activate(PROFIT, day("2025-12", 0))
    top, middle, buyer = (
        Member.objects.create(nickname=name) for name in ("top", "middle", "buyer")
    )
    bind(middle.pk, top.invite_code, day("2025-12", 0))
    bind(buyer.pk, middle.invite_code, day("2025-12", 0))
    Shareholding.objects.create(
        member=Member.objects.create(nickname="holder"), shares=1, since=day("2025-12", 0)
    )
    return [settle(pay(buyer, product, at=day(JANUARY, n)), day(JANUARY, n + 1)) for n in (3, 9)]


def parts(profit: Profit) -> dict[str, int]:
    for part in profit.parts:
        assert sum(entry.fen for entry in part.entries()) == part.fen
    return {part.name: part.fen for part in profit.parts if part.fen}


def test_the_parts_of_a_month_open_into_their_entries(sold):
    profit = statement(bounds(JANUARY))
    assert parts(profit) == FEN
    assert profit.fen == 50_000
    names = {entry.reference for part in profit.parts for entry in part.entries()}
    assert names == {order.number for order in sold}
    assert statement(bounds(FEBRUARY)).fen == 0


def test_a_refund_is_of_the_month_in_which_it_happens(sold):
    refund_order(sold[0].pk, 50_000, uuid.uuid4(), day(FEBRUARY, 2))
    assert parts(statement(bounds(JANUARY))) == FEN
    assert parts(statement(bounds(FEBRUARY))) == {
        "platform_parts": -5_000,
        "unallocated_distribution": -7_500,
    }


def test_the_rest_moved_to_the_platform_is_not_counted_twice(sold, pool):
    remainder.move_rest(pool.pk, users()[0], "end of month", day(JANUARY, 20))
    assert account(Kind.PLATFORM) == 50_000
    assert parts(statement(bounds(JANUARY))) == FEN


def test_a_rest_that_goes_into_the_pool_is_no_profit(sold):
    plan = plan_from_toml(PROFIT.replace("name =", 'remainder = "pool"\nname =', 1))
    assert parts(statement(bounds(JANUARY), plan)) == {"platform_parts": 20_000}


def test_nothing_flows_per_order_and_two_percent_of_the_profit_at_the_close(sold):
    assert account(Kind.DIVIDEND_POOL) == 0
    before = account(Kind.PLATFORM)
    run = dividends.freeze(JANUARY, users()[0])
    assert run.pool_fen == 1_000
    assert account(Kind.PLATFORM) == before - 1_000
    assert parts(statement(bounds(JANUARY))) == FEN
    pay_dividend(run)
    assert account(Kind.DIVIDEND_POOL) == 0
    assert statement(bounds(FEBRUARY)).fen == 0


def test_a_month_that_made_a_loss_gives_nothing(sold):
    refund_order(sold[0].pk, None, uuid.uuid4(), day(FEBRUARY, 2))
    before = account(Kind.PLATFORM)
    with pytest.raises(NoDividend):
        dividends.freeze(FEBRUARY, users()[0])
    assert account(Kind.PLATFORM) == before
    assert dividends.freeze(JANUARY, users()[0]).pool_fen == 1_000


def test_a_month_closed_late_takes_the_plan_of_its_end(sold):
    activate(PROFIT.replace('"2%"', '"50%"'), bounds(FEBRUARY).start)
    assert dividends.freeze(JANUARY, users()[0]).pool_fen == 1_000
