"""A plan goes from draft to active by two people; an approved text never changes."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import approvals as two
from tests.bonuses.story import RANKED, TWO_LEVEL
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.errors import UnusableRules
from zengzhi.records.bonuses import plans
from zengzhi.records.bonuses.errors import AcknowledgementNeeded, PastMoment, PlanStopped
from zengzhi.records.bonuses.models import Plan
from zengzhi.records.bonuses.quote import schedule
from zengzhi.records.control.approvals import acts
from zengzhi.records.control.errors import ReasonNeeded, SecondPersonNeeded
from zengzhi.records.control.models import Act
from zengzhi.records.members.errors import NotNow

RULES = Rules()
FITS = RANKED.replace('"15%"', '"13%"')
"""Ranked, with everything inside 30 %."""


@pytest.fixture
def maker(db):
    return two.person("maker")


@pytest.fixture
def checker(db):
    return two.person("checker")


def checked(text, maker) -> Plan:
    plan = plans.draft("test", text, maker)
    return plans.validate(plan.pk, maker, RULES, {})


def approve(by, plan, splits=None) -> None:
    """Somebody who is neither asks; ``by`` approves, signed in, under these rules and goods."""
    act = plans.approval_act(lambda: (RULES, splits or {}))
    with patch.dict(acts._registered, {plans.APPROVE_PLAN: act}):
        two.approved(plans.APPROVE_PLAN, f"plan:{plan.pk}", {}, second=by)


def acknowledge(by, plan, why) -> None:
    """Signed in."""
    with two.signed_in(by):
        plans.acknowledge(plan.pk, by, why)


def test_from_draft_to_active(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    assert (plan.state, plan.bound_ppm) == ("validated", 210_000)
    assert {row["code"] for row in plan.findings} >= {"two_levels", "area_agents", "income_tax"}
    approve(checker, plan)
    assert plans.active_plan() is None
    plans.activate(plan.pk, maker)
    active = plans.active_plan()
    assert active == plan
    assert [act.what for act in Act.objects.order_by("pk")] == [
        "draft_plan",
        "validate_plan",
        "approval_asked",
        "approval_given",
        "activate_plan",
    ]


def test_the_maker_cannot_approve(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    with pytest.raises(SecondPersonNeeded):
        approve(maker, plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state="approved", approved_by=maker)
    with pytest.raises(ReasonNeeded):
        two.asked(plans.APPROVE_PLAN, f"plan:{plan.pk}", {}, why="  ")


def test_who_edits_last_is_the_maker(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    plans.edit(plan.pk, "test", TWO_LEVEL.replace("10%", "9%"), checker)
    plans.validate(plan.pk, checker, RULES, {})
    with pytest.raises(SecondPersonNeeded):
        approve(checker, plan)
    approve(maker, plan)


def test_an_edit_voids_what_was_found_and_signed(maker, checker):
    plan = checked(FITS, maker)
    acknowledge(checker, plan, "board decision 7")
    plans.edit(plan.pk, "test", FITS.replace("8%", "9%"), maker)
    plan.refresh_from_db()
    assert (plan.state, plan.bound_ppm, plan.acknowledged_by) == ("draft", None, None)
    with pytest.raises(NotNow):
        approve(checker, plan)


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
        approve(checker, plan)


def test_goods_with_a_split_of_their_own_are_looked_at_again_at_approval(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    thin = {"gift-box": Split(800_000, 100_000, 50_000)}
    with pytest.raises(PlanStopped):
        approve(checker, plan, thin)
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
        approve(checker, plan)
    with pytest.raises(SecondPersonNeeded):
        acknowledge(maker, plan, "I take it on me")
    acknowledge(checker, plan, "board decision 7")
    with pytest.raises(NotNow):
        acknowledge(checker, plan, "board decision 7")
    approve(checker, plan)
    act = Act.objects.get(what="acknowledge_plan")
    assert act.by == checker
    assert "board decision 7" in act.why


def test_an_approved_plan_is_fixed(maker, checker):
    plan = checked(TWO_LEVEL, maker)
    approve(checker, plan)
    for act in (
        lambda: plans.edit(plan.pk, "x", TWO_LEVEL, maker),
        lambda: plans.validate(plan.pk, maker, RULES, {}),
        lambda: approve(checker, plan),
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
        approve(checker, plan)
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
