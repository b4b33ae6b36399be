"""Ranks, suspensions and region agents hold from a moment to a moment."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.approvals import appoint, approve, asked, person
from tests.members.test_tree import in_parallel, people
from zengzhi.records.control.errors import ApprovalOver, ReasonNeeded, SecondPersonNeeded
from zengzhi.records.members.changes import (
    APPOINT_AGENT,
    agent_wanted,
    end_agent,
    rank_of,
    resume,
    set_rank,
    suspend,
)
from zengzhi.records.members.errors import (
    NotNow,
    RegionTaken,
    UnknownRegion,
)
from zengzhi.records.members.models import MemberRank, RegionAgent, User
from zengzhi.records.members.standing import load_agents, load_ranks, load_suspensions

DAY = timedelta(days=1)


@pytest.fixture
def maker(db) -> User:
    return User.objects.create_user("maker", password="x")


@pytest.fixture
def checker(db) -> User:
    return User.objects.create_user("checker", password="x")


def test_a_rank_has_a_history(db):
    one = people(1)[0]
    start = timezone.now()
    assert set_rank(one, 2, "team of 5", start)
    assert not set_rank(one, 2, "again", start + DAY)
    assert set_rank(one, 3, "team of 9", start + 2 * DAY)
    assert set_rank(one, 0, "30 days without an order", start + 5 * DAY)
    ranks = load_ranks([one.pk])
    for days, level in ((-1, 0), (0, 2), (1.99, 2), (2, 3), (4.9, 3), (5, 0)):
        moment = start + days * DAY
        assert ranks.at(one.pk, moment, 0) == rank_of(one, moment) == level
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberRank.objects.create(member=one, level=9, since=start + DAY, why="overlaps")


def test_a_suspension_keeps_its_reason_and_ends(db, maker):
    one = people(1)[0]
    start = timezone.now()
    with pytest.raises(ReasonNeeded):
        suspend(one, maker, "")
    suspend(one, maker, "orders on own accounts", start)
    with pytest.raises(NotNow):
        suspend(one, maker, "a second time", start + DAY)
    resume(one, maker, "looked into", start + 2 * DAY)
    with pytest.raises(NotNow):
        resume(one, maker, "a second time", start + 3 * DAY)
    found = load_suspensions([one.pk])
    assert found.at(one.pk, start + DAY) == "orders on own accounts"
    assert found.at(one.pk, start + 2 * DAY) is None


def test_an_agent_counts_only_after_a_second_person_approved(db):
    one = people(1)[0]
    row = asked(APPOINT_AGENT, "region:330106", agent_wanted(one, timezone.now() - 9 * DAY))
    assert load_agents(["330106"]).at("330106", timezone.now() + DAY) is None
    with pytest.raises(SecondPersonNeeded):
        approve(row, row.asked_by)
    before = timezone.now()
    approve(row)
    assert load_agents(["330106"]).at("330106", timezone.now() + DAY) == one.pk
    assert RegionAgent.objects.get().since >= before  # never backwards
    with pytest.raises(ApprovalOver):
        approve(row)


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ((0, None), (5, None), False),
        ((0, 5), (4, 9), False),
        ((0, 5), (5, 9), True),
        ((5, 9), (0, 5), True),
        ((5, 9), (0, None), False),
        ((0, 9), (3, 4), False),
    ],
)
def test_one_agent_of_a_region_and_period(db, first, second, fits):
    members = people(2)
    start = timezone.now() + DAY

    def appointed(region, place):
        begin, end = (first, second)[place]
        until = None if end is None else start + end * DAY
        return appoint(region, members[place], start + begin * DAY, until)

    appointed("3301", 0)
    if fits:
        appointed("3301", 1)
    else:
        with pytest.raises(RegionTaken), transaction.atomic():
            appointed("3301", 1)
        row = appointed("3302", 1)
        with pytest.raises(IntegrityError), transaction.atomic():
            RegionAgent.objects.filter(pk=row.pk).update(region="3301")


@pytest.mark.django_db(transaction=True)
def test_of_fifty_approvals_at_once_one_wins():
    second = person("approver")
    rows = [
        asked(APPOINT_AGENT, "region:33", agent_wanted(one, timezone.now())) for one in people(50)
    ]
    outcomes = in_parallel([lambda row=row: approve(row, second) for row in rows])
    assert outcomes.count("ok") == 1
    assert set(outcomes) <= {"ok", "approval_stale", "region_taken"}
    assert RegionAgent.objects.filter(region="33").count() == 1


def test_an_agency_ends_and_the_next_begins(db, maker):
    one, two = people(2)
    first = appoint("33", one)
    end_agent(first.pk, maker, "contract ended")
    appoint("33", two)
    moment = timezone.now() + DAY
    assert load_agents(["33"]).at("33", moment) == two.pk
    with pytest.raises(NotNow):
        end_agent(first.pk, maker, "once more")


@pytest.mark.parametrize("code", ["1101", "4290", "330199", "", "abc"])
def test_a_level_that_does_not_exist_has_no_agent(db, code):
    with pytest.raises(UnknownRegion):
        appoint(code, people(1)[0])
