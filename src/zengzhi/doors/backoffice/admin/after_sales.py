"""The desk of after-sales: read, approve or refuse what waits for a second person."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.desk import RecordAdmin, money
from zengzhi.mall.after_sales.service import decide, refunds_watched
from zengzhi.mall.models import AfterSale, AfterSaleState
from zengzhi.records.store import clock

DECIDE = "mall.decide_after_sale"
COLOURS = {
    AfterSaleState.REQUESTED: "warning",
    AfterSaleState.APPROVED: "info",
    AfterSaleState.DONE: "success",
    AfterSaleState.REFUSED: "danger",
}


class RefusalForm(forms.Form):
    """Why not."""

    reason = forms.CharField(label=_("reason"), max_length=300, widget=UnfoldAdminTextInputWidget)


@admin.register(AfterSale)
class AfterSaleAdmin(RecordAdmin):
    """After-sales."""

    list_display = ("number", "order", "amount", "shown_kind", "shown_state", "requested_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    search_fields = ("number", "order__member__nickname")
    list_select_related = ("order",)
    fields = (
        "number",
        "order",
        "amount",
        "shown_kind",
        "reason",
        "state",
        "after_settlement",
        "refusal",
        "requested_by",
        "decided_by",
        "requested_at",
        "done_at",
    )
    readonly_fields = fields
    actions_detail = ("approve", "refuse")

    def has_decide_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page of an after-sale offers a decision."""
        waits = (
            request.method == "POST"
            or AfterSale.objects.filter(pk=object_id, state=AfterSaleState.REQUESTED).exists()
        )
        return request.user.has_perm(DECIDE) and waits

    def _decide(
        self, request: HttpRequest, object_id: str, approved: bool, title: str, button: str
    ) -> HttpResponse:
        row = get_object_or_404(AfterSale.objects.select_related("order"), pk=object_id)
        now = clock.now()

        def perform(data: dict[str, Any]) -> str:
            user: Any = request.user
            done = decide(row.pk, approved, user, data.get("reason", ""), now)
            return f"{done.number}: {done.get_state_display()}"

        watched = refunds_watched(row.order.member_id, now)
        act = acts.Act(
            title=title % {"number": row.number},
            sentence=gettext("Who asked for it cannot decide it."),
            button=button,
            back=reverse("admin:mall_aftersale_change", args=(row.pk,)),
            perform=perform,
            form=forms.Form if approved else RefusalForm,
            facts=[
                (gettext("amount"), money(row.amount_fen)),
                (gettext("Refunds of settled orders by this member in 30 days"), watched),
            ],
        )
        return acts.run(self, request, DECIDE, act)

    @action(description=_("Approve"), url_path="approve", permissions=["decide"])
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The money goes back."""
        title = gettext("Approve after-sale %(number)s")
        return self._decide(request, object_id, True, title, gettext("Approve"))

    @action(description=_("Refuse"), url_path="refuse", permissions=["decide"])
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It does not, and why."""
        title = gettext("Refuse after-sale %(number)s")
        return self._decide(request, object_id, False, title, gettext("Refuse"))

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: AfterSale) -> SafeString:
        """The amount in yuan."""
        return money(obj.amount_fen)

    @display(description=_("kind"))
    def shown_kind(self, obj: AfterSale) -> str:
        """What the buyer gives back."""
        return str(obj.get_kind_display())

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, obj: AfterSale) -> tuple[str, str]:
        """The state as a badge."""
        return obj.state, obj.get_state_display()
