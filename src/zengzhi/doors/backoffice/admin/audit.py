"""The audit log: search it by who, what, when, subject, text, request; see before and after."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    DropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from zengzhi.doors.backoffice.desk import RecordAdmin, moment
from zengzhi.doors.shared.signin.acts import WORDS
from zengzhi.doors.shared.templatetags.zengzhi_tags import masked_address
from zengzhi.records.control.models import Act

ACTS = {
    **WORDS,
    "approval_asked": _("asked for what needs a second person"),
    "approval_signed": _("signed for what was asked in one's name"),
    "approval_given": _("approved"),
    "approval_ripe": _("done after waiting"),
    "approval_refused": _("refused"),
    "approval_withdrawn": _("withdrawn"),
    "change_sponsor": _("sponsor changed"),
    "suspend": _("bonuses suspended"),
    "resume": _("bonuses resumed"),
    "give_rank": _("rank given"),
    "change_rank": _("conditions of a rank changed"),
    "weigh_rank": _("weight of a rank in the dividend set"),
    "evaluate_ranks": _("ranks evaluated"),
    "propose_agent": _("agent proposed"),
    "approve_agent": _("agent approved"),
    "end_agent": _("agency ended"),
    "draft_plan": _("plan drafted"),
    "edit_plan": _("draft changed"),
    "validate_plan": _("plan checked"),
    "acknowledge_plan": _("plan acknowledged"),
    "approve_plan": _("plan approved"),
    "activate_plan": _("plan activated"),
    "withdraw_plan": _("plan withdrawn"),
    "hold_shares": _("shares for the dividend set"),
    "freeze_dividend": _("dividend list frozen"),
    "pay_dividend": _("dividend paid"),
    "move_rest": _("unallocated rest moved"),
    "move_rest_refused": _("the pool refused the unallocated rest"),
    "order_tried_again": _("parked order tried again"),
    "after_sale_requested": _("after-sale asked for"),
    "after_sale_refused": _("after-sale refused"),
    "refund": _("refunded"),
    "suspense_assigned": _("money in suspense assigned"),
    "suspense_refund": _("money in suspense sent back"),
    "callback_retried": _("callback handled again"),
    "payback_again": _("money asked to be sent back again"),
}
"""Every act in words; one that is not here shows its own name."""

LONG_NUMBER = re.compile(r"(?<![0-9a-zA-Z])([0-9]{3})[0-9]{4,}([0-9]{4})(?![0-9a-zA-Z])")
MAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w.-]+)")


def masked(text: str) -> str:
    """A text of the log without what could be used: phones, cards and mail addresses.

    >>> masked("called 13800138000, wang.lei@example.com")
    'called 138****8000, w***@example.com'
    """
    return MAIL.sub(r"\1***@\2", LONG_NUMBER.sub(r"\1****\2", text))


class ActFilter(DropdownFilter):  # type: ignore[misc]
    """By what was done."""

    title = _("what")
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every act that has words, in the reader's order."""
        return sorted(((key, str(text)) for key, text in ACTS.items()), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Act]) -> QuerySet[Act]:
        """Those of the kind."""
        return queryset.filter(what=self.value()) if self.value() else queryset


@admin.register(Act)
class ActAdmin(RecordAdmin):
    """The audit log."""

    list_display = ("when", "by", "act", "about", "shown_why", "origin")
    list_filter = (
        ActFilter,
        ("by", RelatedDropdownFilter),
        ("approver", RelatedDropdownFilter),
        ("at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    search_fields = ("about", "why", "by__username", "=request_id")
    search_help_text = _("Subject (such as member:12), words of the reason, name, or request")
    list_select_related = ("by", "approver")
    fields = (
        "when",
        "by",
        "approver",
        "act",
        "about",
        "shown_why",
        "difference",
        "origin",
        "request_id",
    )
    readonly_fields = fields

    @display(description=_("when"), ordering="at")
    def when(self, obj: Act) -> str:
        """The moment."""
        return moment(obj.at)

    @display(description=_("what"), ordering="what")
    def act(self, obj: Act) -> str:
        """The act in words."""
        return str(ACTS.get(obj.what, obj.what))

    @display(description=_("why"))
    def shown_why(self, obj: Act) -> str:
        """The reason, without what could be used."""
        return masked(obj.why)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Act]:
        """Whole addresses are for those who may see them."""
        self.sees_origin = request.user.has_perm("control.view_origin")
        return super().get_queryset(request)

    @display(description=_("from address"))
    def origin(self, obj: Act) -> str:
        """Where it came from."""
        return masked_address(obj.address)

    @display(description=_("before → after"))
    def difference(self, obj: Act) -> SafeString | str:
        """What the act changed, name by name."""
        before, after = obj.before or {}, obj.after or {}
        rows = [
            (name, _said(before.get(name)), _said(after.get(name))) for name in {**before, **after}
        ]
        if not rows:
            return "–"
        head = (gettext("what"), gettext("before"), gettext("after"))
        return format_html(
            '<table class="zz-plain"><tr><th>{}</th><th>{}</th><th>{}</th></tr>{}</table>',
            *head,
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        )


def _said(value: object) -> str:
    return "–" if value is None else masked(str(value))
