"""One dividend run a month: a frozen list, parts that sum exactly, nobody paid twice."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.approvals import approve, asked, hold_shares, pay_dividend
from tests.bonuses.story import RANKED, account, activate, enter, purse, users
from zengzhi.records.bonuses import dividend_pool, dividends
from zengzhi.records.bonuses.errors import BadPeriod, NoDividend
from zengzhi.records.bonuses.models import DividendRun, RankWeight, Shareholding
from zengzhi.records.bonuses.period import bounds, end_of
from zengzhi.records.control.errors import SecondPersonNeeded
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.members.changes import set_rank, suspend
from zengzhi.records.members.errors import NotNow
from zengzhi.records.members.models import Member, Rank

PERIOD = "2026-01"


@pytest.fixture
def holders(db) -> list[Member]:
    """As in the specification: 2 people with weight 10, 5 with 20, 10 with 30."""
    activate(RANKED)
    long_ago = datetime(2025, 12, 1, tzinfo=timezone.get_current_timezone())
    members = []
    for level, (people, weight) in enumerate(((2, 10), (5, 20), (10, 30)), 1):
        Rank.objects.create(level=level, code=f"V{level}", name_zh="x", name_en="x")
        RankWeight.objects.create(level=level, weight=weight, since=long_ago)
        for _i in range(people):
            member = Member.objects.create(nickname=f"V{level}")
            set_rank(member, level, "test", long_ago)
            Shareholding.objects.create(member=member, shares=1, since=long_ago)
            members.append(member)
    return members


def fill(fen: int, period: str = PERIOD) -> None:
    """Money that enters the pool in the middle of a month."""
    enter(fen, bounds(period).start + timedelta(days=15))


def test_a_payment_that_dies_pays_nobody_and_pays_all_when_done_again(holders, monkeypatch):
    maker = users()[0]
    fill(1_000)
    run = dividends.freeze(PERIOD, maker)
    told = dividends.record_incomes

    def dying(*_args):
        raise RuntimeError("power cut")

    monkeypatch.setattr(dividends, "record_incomes", dying)
    with pytest.raises(RuntimeError):
        pay_dividend(run)
    run.refresh_from_db()
    assert run.stage == DividendRun.Stage.LISTED
    assert sum(purse(member)[1] for member in holders) == 0
    monkeypatch.setattr(dividends, "record_incomes", told)
    pay_dividend(run)
    assert sum(purse(member)[1] for member in holders) == 1_000
    assert account(Kind.DIVIDEND_POOL) == 0


def test_parts_sum_exactly_to_the_pool(holders):
    maker = users()[0]
    fill(1_000)
    run = dividends.freeze(PERIOD, maker)
    parts = [part.amount_fen for part in run.parts.order_by("member_id")]
    assert parts == [24, 24, *[48] * 5, *[72] * 2, *[71] * 8]
    assert sum(parts) == 1_000
    assert dividend_pool.unlisted_fen() == 0
    row = asked(dividends.PAY_DIVIDEND, f"dividend:{run.period}", {})
    with pytest.raises(SecondPersonNeeded):
        approve(row, row.asked_by)
    approve(row)
    assert [purse(member)[1] for member in holders] == parts
    assert account(Kind.DIVIDEND_POOL) == 0
    with pytest.raises(NotNow):
        pay_dividend(run)


def test_the_list_is_frozen_at_the_end_of_the_period(holders):
    maker = users()[0]
    fill(4_200)
    inside = end_of(PERIOD)
    after = inside + timedelta(microseconds=1)
    set_rank(holders[0], 3, "promoted in the next month", after)
    set_rank(holders[1], 3, "promoted just in time", inside)
    Shareholding.objects.create(
        member=Member.objects.create(nickname="late"), shares=9, since=after
    )
    run = dividends.freeze(PERIOD, maker)
    weights = dict(run.parts.values_list("member__nickname", "weight"))
    assert "late" not in weights
    first_two = list(run.parts.order_by("member_id").values_list("weight", flat=True))[:2]
    assert first_two == [10, 30]
    set_rank(holders[2], 0, "lost meanwhile")
    hold_shares(holders[2], 0)
    pay_dividend(run)
    assert purse(holders[2])[1] == run.parts.get(member=holders[2]).amount_fen > 0


def test_one_run_per_period(holders):
    maker = users()[0]
    fill(1_000)
    dividends.freeze(PERIOD, maker)
    fill(500, "2026-02")
    with pytest.raises(BadPeriod):
        dividends.freeze(PERIOD, maker)
    assert dividends.freeze("2026-02", maker).pool_fen == 500


@pytest.mark.parametrize(
    "period", ["2999-01", "2026-13", "2026-1", "", "２０２６-01", "2026-01-01"]
)
def test_only_months_that_are_over(holders, period):
    fill(1_000)
    with pytest.raises(BadPeriod):
        dividends.freeze(period, users()[0])


def test_nothing_to_pay_or_nobody_to_pay(holders):
    maker = users()[0]
    with pytest.raises(NoDividend):
        dividends.freeze(PERIOD, maker)
    fill(1_000)
    for member in holders:
        suspend(
            member,
            maker,
            "all of them",
            datetime(2026, 1, 9, tzinfo=timezone.get_current_timezone()),
        )
    with pytest.raises(NoDividend):
        dividends.freeze(PERIOD, maker)
    assert not DividendRun.objects.exists()
