"""A plan version from draft to active (spec 2.5): checked, signed for, approved by a second person.

draft → validated (static bound, findings) → approved by another person → active from a moment →
superseded by the next one. Every step is on the audit log; an approved text never changes.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zengzhi.core.disclosure.findings import acknowledgements, findings
from zengzhi.core.distribution.bound import worst_case
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.units import PPM
from zengzhi.records.bonuses.errors import AcknowledgementNeeded, PastMoment, PlanStopped
from zengzhi.records.bonuses.models import Plan, PlanState
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import done_at, must_be_present, wanted_of
from zengzhi.records.control.audit import note, reason
from zengzhi.records.control.errors import SecondPersonNeeded
from zengzhi.records.control.models import Approval
from zengzhi.records.members.errors import NotNow
from zengzhi.records.members.models import User
from zengzhi.records.store import clock

APPROVE_PLAN = "approve_plan"
OPEN_STATES = (PlanState.DRAFT, PlanState.VALIDATED)
CLOCK_SLACK = timedelta(minutes=5)
"""A form filled in a moment ago still means now."""


def draft(name: str, text: str, by: User) -> Plan:
    """A new draft. Errors: ``unusable_rules`` naming the key."""
    plan_from_toml(text)
    with transaction.atomic():
        plan = Plan.objects.create(name=name.strip()[:40] or "plan", text=text, created_by=by)
        note(by, "draft_plan", plan)
    return plan


def _open(plan_pk: int) -> Plan:
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan_pk)
    if plan.state not in OPEN_STATES:
        raise NotNow
    return plan


def edit(plan_pk: int, name: str, text: str, by: User) -> Plan:
    """Change a draft; whatever was found or signed about the old text is void, and the last one
    who edited counts as its maker. Errors: ``unusable_rules``; ``not_now``."""
    plan_from_toml(text)
    with transaction.atomic():
        plan = _open(plan_pk)
        plan.name, plan.text, plan.created_by = name.strip()[:40] or "plan", text, by
        plan.state, plan.findings, plan.bound_ppm = PlanState.DRAFT, [], None
        plan.acknowledged_by, plan.acknowledged_at, plan.acknowledged_why = None, None, ""
        plan.save()
        note(by, "edit_plan", plan)
    return plan


def _look(
    plan: Plan, rules: Rules, splits: Mapping[str, Split]
) -> tuple[int, list[dict[str, Any]]]:
    """The worst case in ppm of the paid amount, and the findings: of the mall's rules, and what
    stops the plan for goods with a split of their own."""
    core_plan = plan_from_toml(plan.text)
    worst = worst_case(core_plan, rules.split)
    found = [_row(finding, "") for finding in findings(rules, core_plan)]
    for where, split in splits.items():
        own = worst_case(core_plan, split)
        for code, limit in (("budget_exceeded", own.budget), ("margin_exceeded", own.margin)):
            if own.ratio > limit:
                found.append(_goods_row(code, where, _ppm(own.ratio), _ppm(limit)))
    return _ppm(worst.ratio), found


def _ppm(share: Any) -> int:
    """Rounded up: a worst case is never shown too low."""
    return int(-(-share.numerator * PPM // share.denominator))


def _row(finding: Any, where: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "trigger": list(finding.trigger),
        "rule": list(finding.rule),
        "remedy": list(finding.remedy),
        "where": where,
    }


def _goods_row(code: str, where: str, due_ppm: int, limit_ppm: int) -> dict[str, Any]:
    from zengzhi.core.disclosure.findings import TABLE
    from zengzhi.core.units import format_rate

    row = next(row for row in TABLE if row.code == code)
    due, limit = format_rate(due_ppm), format_rate(limit_ppm)
    return {
        "code": code,
        "severity": row.severity,
        "trigger": [
            f"{where}: an order can be due {due}, its own split leaves {limit}",
            f"{where}：单笔最高应付 {due}，该商品自定拆分仅 {limit}",
        ],
        "rule": list(row.rule),
        "remedy": list(row.remedy),
        "where": where,
    }


def stops(plan: Plan) -> list[str]:
    """Codes of the findings that stop a checked plan."""
    return sorted({row["code"] for row in plan.findings if row["severity"] == "stop"})


def to_acknowledge(plan: Plan) -> list[str]:
    """Codes that a second person has to sign for."""
    return acknowledgements(plan_from_toml(plan.text))


def validate(plan_pk: int, by: User, rules: Rules, splits: Mapping[str, Split]) -> Plan:
    """Work out the static bound and the findings; without a stop the plan is validated."""
    with transaction.atomic():
        plan = _open(plan_pk)
        plan.bound_ppm, plan.findings = _look(plan, rules, splits)
        plan.state = PlanState.DRAFT if stops(plan) else PlanState.VALIDATED
        plan.save()
        note(by, "validate_plan", plan, f"{plan.get_state_display()} {', '.join(stops(plan))}")
    return plan


def acknowledge(plan_pk: int, by: User, why: str) -> Plan:
    """A second person, who is signed in, signs for rank difference, peer, dividend or deep
    generations.

    Errors: ``second_person_needed``; ``not_present``; ``reason_needed``; ``not_now``.
    """
    why = reason(why)
    with transaction.atomic():
        plan = _open(plan_pk)
        if plan.created_by_id == by.pk:
            raise SecondPersonNeeded
        must_be_present(by)
        codes = to_acknowledge(plan)
        if not codes or plan.acknowledged_by_id is not None:
            raise NotNow
        plan.acknowledged_by, plan.acknowledged_at = by, clock.now()
        plan.acknowledged_why = why
        plan.save()
        note(by, "acknowledge_plan", plan, f"{', '.join(codes)}: {why}")
    return plan


def approve(approval: Approval, rules: Rules, splits: Mapping[str, Split]) -> str:
    """As two people want it; the findings are worked out again, goods may have changed.

    Errors: ``second_person_needed``; ``acknowledgement_needed``; ``plan_stopped``; ``not_now``.
    """
    wanted_of(approval, APPROVE_PLAN)
    plan = _open(_key_of(approval.subject))
    if plan.state != PlanState.VALIDATED:
        raise NotNow
    if plan.created_by_id == approval.decided_by_id:
        raise SecondPersonNeeded
    plan.bound_ppm, plan.findings = _look(plan, rules, splits)
    if stops(plan):
        raise PlanStopped(stops(plan))
    codes = to_acknowledge(plan)
    if codes and plan.acknowledged_by_id is None:
        raise AcknowledgementNeeded(codes)
    plan.state, plan.approved_by_id = PlanState.APPROVED, approval.decided_by_id
    plan.approved_at = done_at(approval)
    plan.save()
    return f"{plan._meta.db_table}:{plan.pk}"


def approval_act(look_at: Callable[[], tuple[Rules, Mapping[str, Split]]]) -> Approvable:
    """The act by which a plan is approved, under the rules and goods of the moment."""
    return Approvable(
        name=APPROVE_PLAN,
        title=_("bonus plan"),
        may_ask="bonuses.draft_plan",
        may_approve="control.approve_team",
        compare=_compare,
        execute=lambda approval: approve(approval, *look_at()),
        results=_approved_plans,
        touches=None,
        labels={"state": _("state"), "text": _("plan (TOML)"), "findings": _("findings")},
        words=lambda subject: str(Plan.objects.get(pk=_key_of(subject))),
    )


def _key_of(subject: str) -> int:
    return int(subject.removeprefix("plan:"))


def _compare(subject: str, _wanted: Values) -> tuple[Values, Values]:
    plan, active = Plan.objects.get(pk=_key_of(subject)), active_plan()
    if plan.state != PlanState.VALIDATED:
        raise NotNow
    codes = to_acknowledge(plan)
    if codes and plan.acknowledged_by_id is None:
        raise AcknowledgementNeeded(codes)
    now = {"state": str(plan.state), "text": active.text if active else "", "findings": []}
    return now, _said(plan, PlanState.APPROVED)


def _said(plan: Plan, state: str) -> Values:
    codes = sorted({row["code"] for row in plan.findings})
    return {"state": str(state), "text": plan.text, "findings": codes}


def _approved_plans() -> Iterator[Result]:
    for plan in Plan.objects.filter(state=PlanState.APPROVED).order_by("pk"):
        yield Result(plan._meta.db_table, str(plan.pk), plan.approved_at, _said(plan, plan.state))


def activate(plan_pk: int, by: User, at: datetime | None = None) -> Plan:
    """The plan holds from a moment on, now or later; the one before is superseded then. Orders
    paid before keep theirs. Errors: ``not_now``; ``past_moment``."""
    now = clock.now()
    with transaction.atomic():
        plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan_pk)
        if plan.state != PlanState.APPROVED or plan.active_from is not None:
            raise NotNow
        if at is not None and at < now - CLOCK_SLACK:
            raise PastMoment
        plan.active_from = max(at or now, now)
        plan.save(update_fields=["active_from"])
        note(by, "activate_plan", plan, plan.active_from.isoformat(timespec="minutes"))
    return plan


def withdraw(plan_pk: int, by: User, why: str) -> Plan:
    """Take back a plan that was never active. Errors: ``not_now``; ``reason_needed``."""
    why = reason(why)
    with transaction.atomic():
        plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan_pk)
        if plan.state == PlanState.WITHDRAWN or plan.active_from is not None:
            raise NotNow
        plan.state = PlanState.WITHDRAWN
        plan.save(update_fields=["state"])
        note(by, "withdraw_plan", plan, why)
    return plan


def active_plan(at: datetime | None = None) -> Plan | None:
    """The plan that holds at a moment."""
    rows = Plan.objects.filter(state=PlanState.APPROVED, active_from__lte=at or clock.now())
    return rows.order_by("-active_from", "-pk").first()
