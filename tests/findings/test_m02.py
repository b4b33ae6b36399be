"""M2: the weight of a level is dated like a rank; a change after a month's end counts from then."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.approvals import approved, asked
from tests.bonuses.story import RANKED, activate, enter, users
from zengzhi.records.bonuses import dividends
from zengzhi.records.bonuses.models import RankWeight, Shareholding
from zengzhi.records.bonuses.period import bounds
from zengzhi.records.bonuses.shareholders import SET_RANK, weigh_rank, weight_now
from zengzhi.records.control.errors import NothingChanges
from zengzhi.records.control.models import Act
from zengzhi.records.members.changes import set_rank
from zengzhi.records.members.models import Member, Rank

JANUARY, FEBRUARY = "2026-01", "2026-02"


@pytest.fixture
def people(db) -> list[Member]:
    """One share each: without a rank, V1 weighed 3 since December, V2 never weighed."""
    activate(RANKED)
    before = bounds("2025-12").start
    members = []
    for level in range(3):
        member = Member.objects.create(nickname=f"level {level}")
        Shareholding.objects.create(member=member, shares=1, since=before)
        if level:
            Rank.objects.create(level=level, code=f"V{level}", name_zh="x", name_en="x")
            set_rank(member, level, "test", before)
        members.append(member)
    assert weigh_rank(1, 3, before)
    enter(500, bounds(JANUARY).start)
    enter(700, bounds(FEBRUARY).start)
    return members


def weights(period: str) -> list[int]:
    run = dividends.freeze(period, users()[0])
    return list(run.parts.order_by("member_id").values_list("weight", flat=True))


@pytest.mark.parametrize("days", [0, 9, 40])
def test_a_weight_changed_after_the_end_does_not_count_for_the_month(people, days):
    weigh_rank(1, 5, bounds(FEBRUARY).start + timedelta(days))
    assert weights(JANUARY) == [1, 3, 1]
    assert weights(FEBRUARY) == ([1, 5, 1] if days < 28 else [1, 3, 1])


def test_a_weight_changed_just_in_time_counts(people):
    moment = bounds(FEBRUARY).start - timedelta(microseconds=1)
    weigh_rank(2, 0, moment)
    assert weights(JANUARY) == [1, 3, 0]


def test_weights_are_kept_and_need_two_people(people):
    wanted = {"code": "V1", "name_zh": "x", "name_en": "x", "rule": ""}
    with pytest.raises(NothingChanges):
        asked(SET_RANK, "rank:1", {**wanted, "weight": 3})
    approved(SET_RANK, "rank:1", {**wanted, "weight": 4})
    assert weight_now(1) == 4
    assert list(RankWeight.objects.filter(level=1).values_list("weight", flat=True)) == [3, 4]
    assert Act.objects.filter(what="approval_given", about="set_rank rank:1").count() == 1


def test_the_database_refuses_two_weights_of_one_level_at_a_time(people):
    with pytest.raises(IntegrityError), transaction.atomic():
        RankWeight.objects.create(level=1, weight=9, since=bounds(JANUARY).start)
