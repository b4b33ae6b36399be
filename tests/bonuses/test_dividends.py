"""One dividend run a month: a frozen list, parts that sum exactly, nobody paid twice."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.bonuses.story import RANKED, account, activate, purse, users
from zengzhi.records.bonuses import dividends
from zengzhi.records.bonuses.errors import BadPeriod, NoDividend
from zengzhi.records.bonuses.models import DividendPart, DividendRun, Shareholding
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.members.changes import set_rank, suspend
from zengzhi.records.members.errors import NotNow, SecondPersonNeeded
from zengzhi.records.members.models import Member, Rank

PERIOD = "2026-01"


@pytest.fixture
def holders(db) -> list[Member]:
    """As in the specification: 2 people with weight 10, 5 with 20, 10 with 30."""
    activate(RANKED)
    long_ago = datetime(2025, 12, 1, tzinfo=timezone.get_current_timezone())
    members = []
    for level, (people, weight) in enumerate(((2, 10), (5, 20), (10, 30)), 1):
        Rank.objects.create(
            level=level, code=f"V{level}", name_zh="x", name_en="x", dividend_weight=weight
        )
        for _i in range(people):
            member = Member.objects.create(nickname=f"V{level}")
            set_rank(member, level, "test", long_ago)
            Shareholding.objects.create(member=member, shares=1, since=long_ago)
            members.append(member)
    return members


def fill(fen: int) -> None:
    entry = Entry("test", "dividend", timezone.now())
    entry.money(Account(Kind.DIVIDEND_POOL), fen)
    entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), -fen)
    record(entry)


def test_parts_sum_exactly_to_the_pool(holders):
    maker, checker = users()
    fill(1_000)
    run = dividends.freeze(PERIOD, maker)
    parts = [part.amount_fen for part in run.parts.order_by("member_id")]
    assert parts == [24, 24, *[48] * 5, *[72] * 2, *[71] * 8]
    assert sum(parts) == 1_000
    assert dividends.in_pool_fen() == 0
    with pytest.raises(SecondPersonNeeded):
        dividends.pay(run.pk, maker)
    dividends.pay(run.pk, checker)
    assert [purse(member)[1] for member in holders] == parts
    assert account(Kind.DIVIDEND_POOL) == 0
    with pytest.raises(NotNow):
        dividends.pay(run.pk, checker)


def test_the_list_is_frozen_at_the_end_of_the_period(holders):
    maker, checker = users()
    fill(4_200)
    inside = dividends.end_of(PERIOD)
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
    dividends.hold_shares(holders[2].pk, 0, maker, "sold")
    dividends.pay(run.pk, checker)
    assert purse(holders[2])[1] == run.parts.get(member=holders[2]).amount_fen > 0


def test_a_run_that_crashed_goes_on_and_pays_nobody_twice(holders, monkeypatch):
    maker, checker = users()
    fill(1_000)
    run = dividends.freeze(PERIOD, maker)
    monkeypatch.setattr(dividends, "PARTS_AT_ONCE", 4)
    post, calls = dividends.post, []

    def dying(entries):
        calls.append(1)
        if len(calls) in {2, 4}:
            raise RuntimeError("power cut")
        return post(entries)

    monkeypatch.setattr(dividends, "post", dying)
    for _i in range(2):
        with pytest.raises(RuntimeError):
            dividends.pay(run.pk, checker)
        run.refresh_from_db()
        assert run.stage == DividendRun.Stage.LISTED
    paid = sum(DividendPart.objects.filter(paid=True).values_list("amount_fen", flat=True))
    assert 0 < paid < 1_000
    assert sum(purse(member)[1] for member in holders) == paid
    dividends.pay(run.pk, checker)
    assert sum(purse(member)[1] for member in holders) == 1_000
    assert account(Kind.DIVIDEND_POOL) == 0


def test_one_run_per_period(holders):
    maker = users()[0]
    fill(1_000)
    dividends.freeze(PERIOD, maker)
    fill(500)
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
