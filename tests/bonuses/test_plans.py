"""A plan goes from draft to active by two people; an approved text never changes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.bonuses.story import RANKED, TWO_LEVEL, users
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.errors import UnusableRules
from zengzhi.records.bonuses import plans
from zengzhi.records.bonuses.errors import AcknowledgementNeeded, PastMoment, PlanStopped
from zengzhi.records.bonuses.models import Plan
from zengzhi.records.bonuses.quote import schedule
from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.control.models import Act
from zengzhi.records.members.errors import NotNow, SecondPersonNeeded

RULES = Rules()
FITS = RANKED.replace('"15%"', '"13%"')
"""Ranked, with everything inside 30 %."""


@pytest.fixture
def maker(db):
    return users()[0]


@pytest.fixture
def checker(db):
    return users()[1]


def checked(text, maker) -> Plan:
    plan = plans.draft("test", text, maker)
    return plans.validate(plan.pk, maker, RULES, {})


def test_from_draft_to_active(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    assert (plan.state, plan.bound_ppm) == ("validated", 210_000)
    assert {row["code"] for row in plan.findings} >= {"two_levels", "area_agents", "income_tax"}
    plans.approve(plan.pk, checker, "read all findings", RULES, {})
    assert plans.active_plan() is None
    plans.activate(plan.pk, maker)
    active = plans.active_plan()
    assert active == plan
    assert [act.what for act in Act.objects.order_by("pk")] == [
        "draft_plan",
        "validate_plan",
        "approve_plan",
        "activate_plan",
    ]


def test_the_maker_cannot_approve(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    with pytest.raises(SecondPersonNeeded):
        plans.approve(plan.pk, maker, "it is mine", RULES, {})
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state="approved", approved_by=maker)
    with pytest.raises(ReasonNeeded):
        plans.approve(plan.pk, checker, "  ", RULES, {})


def test_who_edits_last_is_the_maker(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    plans.edit(plan.pk, "test", TWO_LEVEL.replace("10%", "9%"), checker)
    plans.validate(plan.pk, checker, RULES, {})
    with pytest.raises(SecondPersonNeeded):
        plans.approve(plan.pk, checker, "I only changed a rate", RULES, {})
    plans.approve(plan.pk, maker, "seen the change", RULES, {})


def test_an_edit_voids_what_was_found_and_signed(maker, checker):
    plan = checked(FITS, maker)
    plans.acknowledge(plan.pk, checker, "board decision 7")
    plans.edit(plan.pk, "test", FITS.replace("8%", "9%"), maker)
    plan.refresh_from_db()
    assert (plan.state, plan.bound_ppm, plan.acknowledged_by) == ("draft", None, None)
    with pytest.raises(NotNow):
        plans.approve(plan.pk, checker, "not checked again", RULES, {})


@pytest.mark.parametrize(
    "text", ["", "[direct]", "direct = 1", '[direct]\nrate = "11"', "\x00", "["]
)
def test_an_unusable_text_is_refused(maker, text):
    if text:
        with pytest.raises(UnusableRules):
            plans.draft("test", text, maker)
    else:
        assert plans.draft("test", text, maker).state == "draft"


def test_a_plan_above_the_budget_is_stopped(maker, checker):
    plan = checked(TWO_LEVEL.replace('"10%"', '"25%"'), maker)
    assert (plan.state, plans.stops(plan), plan.bound_ppm) == (
        "draft",
        ["budget_exceeded"],
        360_000,
    )
    with pytest.raises(NotNow):
        plans.approve(plan.pk, checker, "all the same", RULES, {})


def test_goods_with_a_split_of_their_own_are_looked_at_again_at_approval(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    thin = {"gift-box": Split(800_000, 100_000, 50_000)}
    with pytest.raises(PlanStopped):
        plans.approve(plan.pk, checker, "read", RULES, thin)
    plan = plans.validate(plan.pk, maker, RULES, thin)
    assert plan.state == "draft"
    assert {row["where"] for row in plan.findings if row["severity"] == "stop"} == {"gift-box"}


def test_rank_difference_peer_and_dividend_need_a_signature_of_a_second_person(maker, checker):
    plan = checked(FITS, maker)
    assert plans.to_acknowledge(plan) == [
        "team_pay_difference",
        "team_pay_peer",
        "shareholder_pool",
    ]
    with pytest.raises(AcknowledgementNeeded):
        plans.approve(plan.pk, checker, "looks fine", RULES, {})
    with pytest.raises(SecondPersonNeeded):
        plans.acknowledge(plan.pk, maker, "I take it on me")
    plans.acknowledge(plan.pk, checker, "board decision 7")
    with pytest.raises(NotNow):
        plans.acknowledge(plan.pk, checker, "board decision 7")
    plans.approve(plan.pk, checker, "as decided", RULES, {})
    act = Act.objects.get(what="acknowledge_plan")
    assert act.by == checker
    assert "board decision 7" in act.why


def test_an_approved_plan_is_fixed(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    plans.approve(plan.pk, checker, "read", RULES, {})
    for act in (
        lambda: plans.edit(plan.pk, "x", TWO_LEVEL, maker),
        lambda: plans.validate(plan.pk, maker, RULES, {}),
        lambda: plans.approve(plan.pk, checker, "twice", RULES, {}),
    ):
        with pytest.raises(NotNow):
            act()
    for change in ({"text": "x"}, {"approved_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(**change)
    plans.activate(plan.pk, maker)
    with pytest.raises(NotNow):
        plans.activate(plan.pk, maker)
    with pytest.raises(NotNow):
        plans.withdraw(plan.pk, maker, "too late")
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(active_from=None)


def test_each_moment_has_the_plan_activated_last(maker, checker):
    now = timezone.now()
    keys = []
    for days in (2, 5):
        plan = checked(TWO_LEVEL, maker)
        plans.approve(plan.pk, checker, "read", RULES, {})
        with pytest.raises(PastMoment):
            plans.activate(plan.pk, maker, now - timedelta(days=1))
        plans.activate(plan.pk, maker, now + timedelta(days=days))
        keys.append(plan.pk)
    found = [schedule().at(now + timedelta(days=days)) for days in (0, 2, 4, 5, 50)]
    assert [version and version.pk for version in found] == [
        None,
        keys[0],
        keys[0],
        keys[1],
        keys[1],
    ]


def test_a_draft_can_be_withdrawn(maker):
    plan = plans.draft("test", TWO_LEVEL, maker)
    plans.withdraw(plan.pk, maker, "no longer wanted")
    with pytest.raises(NotNow):
        plans.edit(plan.pk, "test", TWO_LEVEL, maker)
