"""The desk of after-sales: read, and ask for what waits for a second person."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.desk import RecordAdmin, money
from zengzhi.doors.backoffice.forms import WhyForm
from zengzhi.mall.after_sales.service import ask_for, refunds_watched
from zengzhi.mall.models import AfterSale, AfterSaleState
from zengzhi.records.members.models import User
from zengzhi.records.store import clock

DECIDE = "mall.refund_order"
COLOURS = {
    AfterSaleState.REQUESTED: "warning",
    AfterSaleState.APPROVED: "info",
    AfterSaleState.DONE: "success",
    AfterSaleState.REFUSED: "danger",
}


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
    actions_detail = ("ask",)

    def has_decide_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page of an after-sale offers to ask."""
        waits = (
            request.method == "POST"
            or AfterSale.objects.filter(pk=object_id, state=AfterSaleState.REQUESTED).exists()
        )
        return request.user.has_perm(DECIDE) and waits

    @action(description=_("Ask for approval"), url_path="ask", permissions=["decide"])
    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What waits without a request in the approvals: somebody asks, somebody else decides."""
        row = get_object_or_404(AfterSale.objects.select_related("order"), pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            return asked(ask_for(row, cast(User, request.user), data["why"]))

        watched = refunds_watched(row.order.member_id, clock.now())
        act = acts.Act(
            title=gettext("Ask for after-sale %(number)s") % {"number": row.number},
            sentence=gettext("Who asks for it cannot decide it."),
            button=gettext("Ask for approval"),
            back=reverse("admin:mall_aftersale_change", args=(row.pk,)),
            perform=perform,
            form=WhyForm,
            facts=[
                (gettext("amount"), money(row.amount_fen)),
                (gettext("Refunds of settled orders by this member in 30 days"), watched),
            ],
        )
        return acts.run(self, request, DECIDE, act)

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
