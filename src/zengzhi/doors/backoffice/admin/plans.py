"""The desk of bonus plans: draft, findings, signature, approval by a second person, active."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from zengzhi.core.disclosure.findings import profile_of
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.admin.audit import ACTS
from zengzhi.doors.backoffice.desk import RecordAdmin, moment
from zengzhi.doors.backoffice.forms import PlanForm, WhyForm
from zengzhi.mall.plans import rules_and_splits
from zengzhi.presets import plan_preset
from zengzhi.records.bonuses import plans
from zengzhi.records.bonuses.models import OrderBonus, Plan, PlanState
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.control.models import Act
from zengzhi.records.members.models import User
from zengzhi.records.store import clock

DRAFT, APPROVE = "bonuses.draft_plan", "bonuses.approve_plan"
COLOURS = {
    "draft": "warning",
    "validated": "info",
    "approved": "info",
    "active": "success",
    "superseded": "danger",
    "withdrawn": "danger",
}
PROFILES = {
    "strict": _("strict: no team pay"),
    "two-level": _("two-level: direct, indirect, area agents"),
    "custom": _("custom: needs a signed acknowledgement"),
}


class MomentForm(forms.Form):
    """When the plan begins."""

    at = forms.DateTimeField(
        label=_("active from"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: now. Else such as 2026-12-01 00:00."),
    )


def stage(plan: Plan) -> str:
    """The state with what follows from the moments: active, superseded."""
    if plan.state != PlanState.APPROVED or plan.active_from is None:
        return plan.state
    if plan.active_from > clock.now():
        return "approved"
    active = plans.active_plan()
    return "active" if active is not None and active.pk == plan.pk else "superseded"


STAGES = {
    "draft": _("Draft"),
    "validated": _("Checked"),
    "approved": _("Approved"),
    "active": _("Active"),
    "superseded": _("Superseded"),
    "withdrawn": _("Withdrawn"),
}


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    rows: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            rows.update(_flat(value, f"{prefix}{key}."))
        else:
            rows[f"{prefix}{key}"] = (
                ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            )
    return rows


def differences(old: Plan | None, new: Plan) -> list[tuple[str, str, str]]:
    """(key, before, after) of what the new text changes."""
    before = _flat(tomllib.loads(old.text)) if old else {}
    after = _flat(tomllib.loads(new.text))
    keys = sorted((before.keys() | after.keys()) - {"name"})
    return [
        (k, before.get(k, "–"), after.get(k, "–")) for k in keys if before.get(k) != after.get(k)
    ]


def _findings(plan: Plan) -> list[dict[str, Any]]:
    place = 0 if (get_language() or "").startswith("en") else 1
    return [
        {**row, **{key: row[key][place] for key in ("trigger", "rule", "remedy")}}
        for row in plan.findings
    ]


def _log(plan: Plan) -> list[Act]:
    rows = list(Act.objects.filter(about=str(plan)).select_related("by"))
    for row in rows:
        row.words = ACTS.get(row.what, row.what)  # type: ignore[attr-defined]
    return rows


@admin.register(Plan)
class PlanAdmin(RecordAdmin):
    """Bonus plans."""

    list_display = (
        "version",
        "name",
        "shown_stage",
        "bound",
        "created_by",
        "approved_by",
        "begins",
    )
    list_select_related = ("created_by", "approved_by")
    actions_list = ("new",)
    actions_detail = ("edit", "examine", "acknowledge", "approve", "activate", "withdraw")

    def _may(self, request: HttpRequest, object_id: Any, permission: str, stages: set[str]) -> bool:
        if not request.user.has_perm(permission):
            return False
        plan = Plan.objects.filter(pk=object_id).first()
        return request.method == "POST" or (plan is not None and stage(plan) in stages)

    def has_new_permission(self, request: HttpRequest) -> bool:
        """Whether drafting is offered."""
        return request.user.has_perm(DRAFT)

    def has_edit_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether editing is offered."""
        return self._may(request, object_id, DRAFT, {"draft", "validated"})

    def has_examine_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether checking is offered."""
        return self._may(request, object_id, DRAFT, {"draft", "validated"})

    def has_acknowledge_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether signing is offered: only where there is something to sign."""
        plan = Plan.objects.filter(pk=object_id).first()
        needed = (
            plan is not None and not plan.acknowledged_by_id and bool(plans.to_acknowledge(plan))
        )
        return needed and self._may(request, object_id, APPROVE, {"draft", "validated"})

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether asking for the approval is offered."""
        return self._may(request, object_id, DRAFT, {"validated"})

    def has_activate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether activating is offered."""
        plan = Plan.objects.filter(pk=object_id, active_from=None).first()
        return plan is not None and self._may(request, object_id, DRAFT, {"approved"})

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether withdrawing is offered."""
        plan = Plan.objects.filter(pk=object_id, active_from=None).first()
        stages = {"draft", "validated", "approved"}
        return plan is not None and self._may(request, object_id, DRAFT, stages)

    def change_view(self, request, object_id, form_url="", extra_context=None):  # type: ignore[no-untyped-def]
        """The plan's own page: steps, findings, differences, approval."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        plan = get_object_or_404(
            Plan.objects.select_related("created_by", "approved_by", "acknowledged_by"),
            pk=object_id,
        )
        core_plan = plan_from_toml(plan.text)
        others = Plan.objects.filter(state=PlanState.APPROVED, active_from__isnull=False)
        active = others.exclude(pk=plan.pk).order_by("-active_from").first()
        now = stage(plan)
        context = {
            **self.admin_site.each_context(request),
            "title": str(plan),
            "plan": plan,
            "stage": now,
            "stage_words": STAGES[now],
            "steps": self._steps(plan, now),
            "findings": _findings(plan),
            "profile": PROFILES[profile_of(core_plan)],
            "differences": differences(active, plan),
            "against": active,
            "acknowledge_codes": plans.to_acknowledge(plan),
            "is_maker": plan.created_by_id == request.user.pk,
            "orders": OrderBonus.objects.filter(plan=plan).count(),
            "log": _log(plan),
            "buttons": self._buttons(request, plan),
        }
        return TemplateResponse(request, "backoffice/plan.html", context)

    def _steps(self, plan: Plan, now: str) -> list[dict[str, Any]]:
        checked = plan.state in {PlanState.VALIDATED, PlanState.APPROVED}
        stopped = bool(plans.stops(plan))
        signed = plan.acknowledged_by
        needed = plans.to_acknowledge(plan)
        rows = [
            (_("Draft"), f"{plan.created_by} · {moment(plan.created_at)}", True),
            (
                _("Findings"),
                gettext("%(n)s, of which %(s)s stop")
                % {"n": len(plan.findings), "s": len(plans.stops(plan))}
                if plan.findings
                else gettext("not checked yet"),
                checked and not stopped,
            ),
        ]
        if needed:
            rows.append(
                (
                    _("Acknowledgement"),
                    str(signed or gettext("a second person signs")),
                    bool(signed),
                )
            )
        approved = plan.state == PlanState.APPROVED
        rows.append(
            (
                _("Approval"),
                f"{plan.approved_by} · {moment(plan.approved_at)}"
                if approved
                else gettext("a second person"),
                approved,
            )
        )
        rows.append(
            (
                _("Active"),
                moment(plan.active_from) or gettext("not planned"),
                now in {"active", "superseded"},
            )
        )
        current = next((place for place, row in enumerate(rows) if not row[2]), len(rows))
        return [
            {"name": name, "note": text, "done": done, "current": place == current, "n": place + 1}
            for place, (name, text, done) in enumerate(rows)
        ]

    def _buttons(self, request: HttpRequest, plan: Plan) -> list[tuple[Any, str, bool]]:
        names = {
            "activate": _("Activate"),
            "approve": _("Ask for approval"),
            "acknowledge": _("Acknowledge"),
            "examine": _("Check: bound and findings"),
            "edit": _("Edit the draft"),
            "withdraw": _("Withdraw the plan"),
        }
        own = plan.created_by_id == request.user.pk
        offered = [
            (name, label)
            for name, label in names.items()
            if getattr(self, f"has_{name}_permission")(request, plan.pk)
        ]
        return [
            (
                label,
                reverse(f"admin:bonuses_plan_{name}", args=(plan.pk,)),
                own and name == "acknowledge",
            )
            for name, label in offered
        ]

    def _text_act(
        self, request: HttpRequest, title: str, initial: dict[str, Any], do: Any, back: str
    ) -> HttpResponse:
        act = acts.Act(
            title=title,
            sentence=gettext(
                'Rates are texts such as "10%". What is not in the text is off. A change voids '
                "what was found and signed."
            ),
            button=gettext("Save the draft"),
            back=back,
            perform=do,
            form=PlanForm,
            initial=initial,
        )
        return acts.run(self, request, DRAFT, act)

    @action(description=_("New draft"), url_path="new", permissions=["new"])
    def new(self, request: HttpRequest) -> HttpResponse:
        """A new draft, from the active plan or the default."""
        active = plans.active_plan()
        text = active.text if active else plan_preset("two-level")

        def perform(data: dict[str, Any]) -> str:
            plan = plans.draft(data["name"], data["text"], request.user)  # type: ignore[arg-type]
            return gettext("%(plan)s is drafted.") % {"plan": plan}

        back = reverse("admin:bonuses_plan_changelist")
        initial = {"name": active.name if active else "two-level", "text": text}
        return self._text_act(request, gettext("New draft"), initial, perform, back)

    @action(description=_("Edit the draft"), url_path="edit", permissions=["edit"])
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change the text."""
        plan = get_object_or_404(Plan, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            plans.edit(plan.pk, data["name"], data["text"], request.user)  # type: ignore[arg-type]
            return gettext("Saved. Check it again.")

        back = reverse("admin:bonuses_plan_change", args=(plan.pk,))
        initial = {"name": plan.name, "text": plan.text}
        return self._text_act(request, gettext("Edit the draft"), initial, perform, back)

    def _act(
        self,
        request: HttpRequest,
        object_id: str,
        permission: str,
        title: str,
        sentence: str,
        do: Any,
        form: type[forms.Form] = WhyForm,
    ) -> HttpResponse:
        plan = get_object_or_404(Plan, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            return str(do(plan, data))

        back = reverse("admin:bonuses_plan_change", args=(plan.pk,))
        act = acts.Act(f"{title}: {plan}", sentence, title, back, perform, form)
        return acts.run(self, request, permission, act)

    @action(description=_("Check"), url_path="check", permissions=["examine"])
    def examine(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Bound and findings."""

        def do(plan: Plan, data: dict[str, Any]) -> str:
            checked = plans.validate(plan.pk, request.user, *rules_and_splits())  # type: ignore[arg-type]
            if plans.stops(checked):
                return gettext("Checked: findings stop this plan.")
            return gettext("Checked: it can be approved.")

        sentence = gettext("Works out the worst case of any order and any tree, and the findings.")
        return self._act(request, object_id, DRAFT, gettext("Check"), sentence, do, forms.Form)

    @action(description=_("Acknowledge"), url_path="acknowledge", permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A second person signs for team pay."""

        def do(plan: Plan, data: dict[str, Any]) -> str:
            plans.acknowledge(plan.pk, request.user, data["why"])  # type: ignore[arg-type]
            return gettext("Signed; it is on the audit log.")

        sentence = gettext(
            "The plan pays rank differences, peers, a dividend or more than two generations. You "
            "sign that this is wanted and was examined. This is no legal advice."
        )
        return self._act(request, object_id, APPROVE, gettext("Acknowledge"), sentence, do)

    @action(description=_("Ask for approval"), url_path="approve", permissions=["approve"])
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A second person approves."""

        def do(plan: Plan, data: dict[str, Any]) -> str:
            user = cast(User, request.user)
            return asked(ask(plans.APPROVE_PLAN, f"plan:{plan.pk}", {}, user, data["why"]))

        sentence = gettext("The findings are worked out once more. Who drafted cannot approve.")
        title = gettext("Ask for approval")
        return self._act(request, object_id, DRAFT, title, sentence, do)

    @action(description=_("Activate"), url_path="activate", permissions=["activate"])
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From a moment on."""

        def do(plan: Plan, data: dict[str, Any]) -> str:
            at: datetime | None = data["at"]
            done = plans.activate(plan.pk, request.user, at)  # type: ignore[arg-type]
            return gettext("Active from %(at)s.") % {"at": moment(done.active_from)}

        sentence = gettext("Orders paid before that moment keep the plan they were paid under.")
        return self._act(request, object_id, DRAFT, gettext("Activate"), sentence, do, MomentForm)

    @action(description=_("Withdraw the plan"), url_path="withdraw", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it back."""

        def do(plan: Plan, data: dict[str, Any]) -> str:
            plans.withdraw(plan.pk, request.user, data["why"])  # type: ignore[arg-type]
            return gettext("Withdrawn.")

        sentence = gettext("A plan that was never active can be withdrawn.")
        return self._act(request, object_id, DRAFT, gettext("Withdraw the plan"), sentence, do)

    @display(description=_("version"), ordering="pk")
    def version(self, obj: Plan) -> str:
        """v4."""
        return f"v{obj.pk}"

    @display(description=_("state"), label=COLOURS)
    def shown_stage(self, obj: Plan) -> tuple[str, str]:
        """The stage as a badge."""
        now = stage(obj)
        return now, str(STAGES[now])

    @display(description=_("worst case"))
    def bound(self, obj: Plan) -> str:
        """The static bound."""
        from zengzhi.core.units import format_rate

        return "–" if obj.bound_ppm is None else format_rate(obj.bound_ppm)

    @display(description=_("active from"), ordering="active_from")
    def begins(self, obj: Plan) -> str:
        """When it began or begins."""
        return moment(obj.active_from) or "–"
