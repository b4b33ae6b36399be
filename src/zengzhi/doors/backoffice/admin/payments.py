"""The desks of payments: what was started, what arrived, what is in suspense, what goes back, and
every callback as it came, with what became of it."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from zengzhi.core.errors import ZengzhiError
from zengzhi.core.units import format_yuan
from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.desk import RecordAdmin, money
from zengzhi.doors.backoffice.fields import YuanField
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import assign_suspense
from zengzhi.payments.models import Arrival, Callback, Payback, PaybackState, Payment
from zengzhi.payments.paybacks import send_waiting, try_again
from zengzhi.payments.service import handle
from zengzhi.payments.suspense import in_suspense, send_back_unclaimed
from zengzhi.records.control.audit import note
from zengzhi.records.store import clock

SUSPENSE, RETRY = "payments.decide_suspense", "payments.retry_callback"


class StillWaits(ZengzhiError):
    """Handled again, and it failed again."""

    code = "still_waits"

    def __init__(self) -> None:
        super().__init__(gettext("It failed again. The detail on its page says why."))


class AssignForm(forms.Form):
    """Which order, and why."""

    order = forms.CharField(
        label=_("order number"), max_length=32, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(label=_("reason"), max_length=300, widget=UnfoldAdminTextInputWidget)

    def clean_order(self) -> str:
        """The number of an order that exists."""
        number = str(self.cleaned_data["order"]).strip()
        if not Order.objects.filter(number=number).exists():
            raise ValidationError(gettext("There is no such order."))
        return number


class SendBackForm(forms.Form):
    """How much, and why; the token makes a double submit act once."""

    amount = YuanField(label=_("amount (yuan)"))
    reason = forms.CharField(label=_("reason"), max_length=300, widget=UnfoldAdminTextInputWidget)
    token = forms.UUIDField(widget=forms.HiddenInput)


@admin.register(Payment)
class PaymentAdmin(RecordAdmin):
    """Payments."""

    list_display = ("reference", "subject", "provider", "amount", "state", "created_at")
    search_fields = ("reference", "subject")
    fields = ("reference", "subject", "provider", "amount", "state", "created_at")
    readonly_fields = fields

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: Payment) -> SafeString:
        """The amount in yuan."""
        return money(obj.amount_fen)


class SuspenseFilter(DropdownFilter):
    """Money that waits for somebody, or all."""

    title = _("suspense")
    parameter_name = "suspense"

    def lookups(self, _request: HttpRequest, _desk: Any) -> list[tuple[str, str]]:
        """The one question."""
        return [("open", gettext("waits for a decision"))]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Arrival]) -> QuerySet[Arrival]:
        """The rows."""
        return in_suspense(rows) if self.value() == "open" else rows


@admin.register(Arrival)
class ArrivalAdmin(RecordAdmin):
    """Money that arrived, and the suspense account's acts."""

    list_display = ("code", "subject", "amount", "unclaimed", "left", "arrived_at")
    list_filter = (SuspenseFilter, ("unclaimed", ChoicesDropdownFilter))
    list_filter_submit = True
    search_fields = ("code", "reference", "subject")
    fields = (
        "provider",
        "transaction",
        "reference",
        "subject",
        "amount",
        "unclaimed",
        "left",
        "arrived_at",
    )
    readonly_fields = fields
    actions_detail = ("assign", "send_back")

    def has_decide_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page of an arrival offers a decision."""
        waits = request.method == "POST" or any(
            row.left_fen for row in Arrival.objects.filter(pk=object_id)
        )
        return request.user.has_perm(SUSPENSE) and waits

    def _facts(self, row: Arrival) -> list[tuple[str, object]]:
        return [
            (gettext("left in suspense"), money(row.left_fen)),
            (gettext("in suspense because"), row.get_unclaimed_display()),
            (gettext("for"), row.subject),
        ]

    @action(description=_("Assign to an order"), url_path="assign", permissions=["decide"])
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The money pays an order that awaits exactly its price."""
        row = get_object_or_404(Arrival, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            user: Any = request.user
            order = assign_suspense(row.pk, data["order"], user, data["reason"], clock.now())
            return gettext("Order %(number)s is paid from suspense.") % {"number": order.number}

        act = acts.Act(
            title=gettext("Assign %(code)s to an order") % {"code": row.code},
            sentence=gettext(
                "The order has to await payment; its price is taken from this money, the rest "
                "stays in suspense."
            ),
            button=gettext("Assign"),
            back=reverse("admin:payments_arrival_change", args=(row.pk,)),
            perform=perform,
            form=AssignForm,
            facts=self._facts(row),
        )
        return acts.run(self, request, SUSPENSE, act)

    @action(description=_("Send back"), url_path="send-back", permissions=["decide"])
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The money goes back to its payer."""
        row = get_object_or_404(Arrival, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            user: Any = request.user
            send_back_unclaimed(
                row.pk, data["amount"], user, data["reason"], data["token"], clock.now()
            )
            send_waiting()
            return gettext("¥%(amount)s goes back to the payer.") % {
                "amount": format_yuan(data["amount"])
            }

        act = acts.Act(
            title=gettext("Send back %(code)s") % {"code": row.code},
            sentence=gettext("The money goes back through the provider it came by."),
            button=gettext("Send back"),
            back=reverse("admin:payments_arrival_change", args=(row.pk,)),
            perform=perform,
            form=SendBackForm,
            initial={"amount": row.left_fen, "token": uuid.uuid4()},
            facts=self._facts(row),
        )
        return acts.run(self, request, SUSPENSE, act)

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: Arrival) -> SafeString:
        """The amount in yuan."""
        return money(obj.amount_fen)

    @display(description=_("left in suspense"))
    def left(self, obj: Arrival) -> SafeString | str:
        """What waits for a decision."""
        left_fen = obj.left_fen
        return money(left_fen) if left_fen else "–"


@admin.register(Payback)
class PaybackAdmin(RecordAdmin):
    """Money on its way back to payers."""

    list_display = ("number", "provider", "amount", "state", "created_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    search_fields = ("number", "reference")
    fields = ("number", "provider", "reference", "amount", "state", "detail", "created_at")
    readonly_fields = fields
    actions_detail = ("again",)

    def has_again_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page offers to ask the provider again."""
        waits = (
            request.method == "POST"
            or Payback.objects.filter(pk=object_id).exclude(state=PaybackState.DONE).exists()
        )
        return request.user.has_perm(SUSPENSE) and waits

    @action(description=_("Ask the provider"), url_path="again", permissions=["again"])
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The provider is asked (again) under the same number: it pays it once."""
        row = get_object_or_404(Payback, pk=object_id)

        def perform(_data: dict[str, Any]) -> str:
            try_again(row.pk)
            send_waiting()
            row.refresh_from_db()
            user: Any = request.user
            note(user, "payback_again", row.number, row.get_state_display())
            return f"{row.number}: {row.get_state_display()}"

        act = acts.Act(
            title=gettext("Ask the provider about %(number)s") % {"number": row.number},
            sentence=gettext("Asked under the same number, the provider pays at most once."),
            button=gettext("Ask the provider"),
            back=reverse("admin:payments_payback_change", args=(row.pk,)),
            perform=perform,
        )
        return acts.run(self, request, SUSPENSE, act)

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: Payback) -> SafeString:
        """The amount in yuan."""
        return money(obj.amount_fen)


class WaitingFilter(DropdownFilter):
    """Callbacks without an outcome, or all."""

    title = _("outcome")
    parameter_name = "waits"

    def lookups(self, _request: HttpRequest, _desk: Any) -> list[tuple[str, str]]:
        """The one question."""
        return [("yes", gettext("waits to be handled"))]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Callback]) -> QuerySet[Callback]:
        """The rows."""
        return rows.filter(outcome="") if self.value() == "yes" else rows


@admin.register(Callback)
class CallbackAdmin(RecordAdmin):
    """Callbacks of providers, as they came."""

    list_display = ("received_at", "provider", "shown_outcome", "answer", "tries")
    list_filter = (WaitingFilter,)
    list_filter_submit = True
    fields = (
        "received_at",
        "provider",
        "shown_outcome",
        "detail",
        "answer",
        "tries",
        "text",
        "signature",
    )
    readonly_fields = fields
    actions_detail = ("retry",)

    def has_retry_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page of a callback offers to handle it again."""
        waits = (
            request.method == "POST" or Callback.objects.filter(pk=object_id, outcome="").exists()
        )
        return request.user.has_perm(RETRY) and waits

    @action(description=_("Handle again"), url_path="retry", permissions=["retry"])
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A callback whose handling failed is handled again; one with an outcome never."""
        row = get_object_or_404(Callback, pk=object_id)

        def perform(_data: dict[str, Any]) -> str:
            user: Any = request.user
            try:
                outcome = handle(row.pk).outcome
            except Exception as error:  # noted on its row and logged
                raise StillWaits from error
            note(user, "callback_retried", row.pk, outcome)
            return gettext("Handled: %(outcome)s.") % {"outcome": outcome}

        act = acts.Act(
            title=gettext("Handle the callback again"),
            sentence=gettext("Whatever it says is booked once."),
            button=gettext("Handle again"),
            back=reverse("admin:payments_callback_change", args=(row.pk,)),
            perform=perform,
        )
        return acts.run(self, request, RETRY, act)

    @display(description=_("outcome"), ordering="outcome")
    def shown_outcome(self, obj: Callback) -> str:
        """The outcome, or that there is none yet."""
        return obj.outcome or gettext("waits to be handled")

    @display(description=_("body"))
    def text(self, obj: Callback) -> str:
        """The raw body; what is no text is shown as such."""
        return bytes(obj.body).decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
