"""The inbox of acts of two people: what waits, what one asked for oneself, what was decided."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zengzhi.core.errors import ZengzhiError
from zengzhi.core.units import format_rate
from zengzhi.doors.backoffice.desk import RecordAdmin, money
from zengzhi.doors.backoffice.fresh import fresh
from zengzhi.records.control.approvals import mode, service
from zengzhi.records.control.approvals.acts import act_of
from zengzhi.records.control.approvals.cooling import cools_until
from zengzhi.records.control.models import Approval, ApprovalState
from zengzhi.records.control.records import values_of
from zengzhi.records.store import clock

OPEN = (ApprovalState.WAITING, ApprovalState.UNSIGNED)
SHOWN = 50
TONES = {
    ApprovalState.UNSIGNED: "wait",
    ApprovalState.WAITING: "wait",
    ApprovalState.EXECUTED: "info",
    ApprovalState.REFUSED: "bad",
}
TABS = {"waiting": _("Waiting"), "mine": _("My requests"), "history": _("History")}


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Card:
    """One approval as the inbox shows it."""

    row: Approval
    title: str
    about: str
    tone: str
    changes: list[Change]
    stale: bool
    may_decide: bool
    own: bool


def waiting_for(user: Any) -> int:
    """How many approvals wait for this person: the number beside the menu's entry."""
    rows = Approval.objects.filter(state__in=OPEN, expires_at__gt=clock.now())
    return sum(_concerns(row, user) for row in rows.select_related("asked_by"))


def _concerns(row: Approval, user: Any) -> bool:
    if row.state == ApprovalState.UNSIGNED:
        return row.asked_by_id == user.pk
    return service.may_approve(row, user)


MOMENTS = ("since", "until")
"""What an act says of time, in ISO 8601."""


def shown_value(name: str, value: Any) -> str:
    """A value in words: names end in their unit."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name.endswith("_fen") and isinstance(value, int):
        return str(money(value))
    if name.endswith("_ppm") and isinstance(value, int):
        return format_rate(value)
    if name in MOMENTS and isinstance(value, str):
        return date_format(clock.local(datetime.fromisoformat(value)), "Y-m-d H:i")
    if isinstance(value, list):
        return "、".join(map(str, value)) or "–"
    return str(value)


def changes_of(row: Approval) -> Iterator[Change]:
    """What differs, by name."""
    labels = act_of(row.act).labels
    before = values_of(row.before) or {}
    after = values_of(row.after) or {}
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name) or type(before.get(name)) is not type(
            after.get(name)
        ):
            yield Change(
                str(labels.get(name, name)),
                shown_value(name, before.get(name)),
                shown_value(name, after.get(name)),
            )


def card(row: Approval, user: Any) -> Card:
    """One approval for a reader."""
    act = act_of(row.act)
    waits = row.state in OPEN
    return Card(
        row,
        str(act.title),
        act.words(row.subject) if act.words else "",
        TONES.get(ApprovalState(row.state), ""),
        list(changes_of(row)),
        waits and service.is_stale(row),
        service.may_approve(row, user),
        row.asked_by_id == user.pk,
    )


class DecisionForm(forms.Form):
    """The content that was seen, and why."""

    digest = forms.CharField(max_length=64)
    why = forms.CharField(max_length=300, required=False)


@admin.register(Approval)
class ApprovalAdmin(RecordAdmin):
    """The inbox."""

    def get_urls(self) -> list[Any]:
        """One address for each decision."""
        seen = self.admin_site.admin_view
        return [
            path(f"<int:pk>/{verb}/", seen(self._view(verb)), name=f"control_approval_{verb}")
            for verb in ("approve", "refuse", "withdraw", "sign", "ripe")
        ] + list(super().get_urls())

    def _view(self, verb: str) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_view_permission(request) or request.method != "POST":
                raise PermissionDenied
            return fresh(request, lambda request: self._decide(request, pk, verb))

        return view

    def _decide(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row = get_object_or_404(Approval, pk=pk)
        form = DecisionForm(request.POST)
        user: Any = request.user
        if not form.is_valid():
            return self._page(request, row, gettext("The form was not whole. Look again."), 422)
        digest, why = form.cleaned_data["digest"], form.cleaned_data["why"]
        try:
            match verb:
                case "approve":
                    done = service.approve(pk, digest, user, why)
                case "refuse":
                    done = service.refuse(pk, user, why)
                case "withdraw":
                    done = service.withdraw(pk, user)
                case "sign":
                    done = service.sign(pk, user)
                case _:
                    done = service.ripened(pk, user)
        except ZengzhiError as refusal:
            row.refresh_from_db()
            return self._page(request, row, refusal.message, 422)
        words = gettext("%(what)s: %(state)s.")
        messages.success(
            request,
            words % {"what": act_of(done.act).title, "state": done.get_state_display()},
        )
        return redirect("admin:control_approval_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The inbox: what waits, one's own, what was decided."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user: Any = request.user
        tab = request.GET.get("tab", "waiting")
        tab = tab if tab in TABS else "waiting"
        rows = Approval.objects.select_related("asked_by", "decided_by")
        waits = rows.filter(state__in=OPEN, expires_at__gt=clock.now())
        if tab == "waiting":
            found = sorted(waits[:SHOWN], key=lambda row: not _concerns(row, user))
        elif tab == "mine":
            found = list(rows.filter(asked_by=user)[:SHOWN])
        else:
            found = list(rows.exclude(pk__in=waits.values("pk"))[:SHOWN])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Approvals"),
            "tabs": [(name, words, name == tab) for name, words in TABS.items()],
            "tab": tab,
            "cards": [card(row, user) for row in found],
            "cooling": cools_until(user.pk),
            "one_person": mode.is_one_person(),
        }
        return TemplateResponse(request, "backoffice/approvals.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """One approval: before and after side by side, the reason, the decision."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Approval.objects.select_related("asked_by", "decided_by")
        if not object_id.isascii() or not object_id.isdigit() or len(object_id) > 18:
            return redirect("admin:control_approval_changelist")
        return self._page(request, get_object_or_404(rows, pk=int(object_id)))

    def _page(
        self, request: HttpRequest, row: Approval, error: str = "", status: int = 200
    ) -> HttpResponse:
        now = clock.now()
        over = row.state in OPEN and row.expires_at <= now
        ripe = row.ripe_at is not None and row.ripe_at <= now and mode.time_decides(row.act)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Approval"),
            "card": card(row, request.user),
            "row": row,
            "error": error,
            "over": over,
            "ripe": ripe and row.state == ApprovalState.WAITING and not over,
            "cooling": cools_until(request.user.pk or 0),
            "back": reverse("admin:control_approval_changelist"),
        }
        return TemplateResponse(request, "backoffice/approval.html", context, status=status)


def asked(row: Approval) -> str:
    """What a desk says after it asked."""
    until = date_format(clock.local(row.expires_at), "Y-m-d H:i")
    if row.ripe_at is not None:
        when = date_format(clock.local(row.ripe_at), "Y-m-d H:i")
        return gettext(
            "Asked for. It is done from %(when)s on, and can be withdrawn until then."
        ) % {"when": when}
    return gettext("Asked for. It waits in the approvals for a second person, until %(when)s.") % {
        "when": until
    }
