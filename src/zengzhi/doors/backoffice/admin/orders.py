"""The desk of orders: read, ship, refund."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from zengzhi.core.units import format_yuan
from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.desk import RecordAdmin, moment, money, points8
from zengzhi.doors.backoffice.fields import YuanField
from zengzhi.doors.backoffice.forms import WhyForm
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.models import AfterSaleKind, AfterSaleState, Order
from zengzhi.mall.orders import delivery, parking
from zengzhi.mall.orders.parking import parked_orders
from zengzhi.mall.orders.states import DeliveryAxis, OrderState, PaymentAxis
from zengzhi.records.ledger.holds import HoldState
from zengzhi.records.ledger.kinds import kind_label
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.settlement.models import Lot
from zengzhi.records.store import clock

STATE_COLOURS = {
    OrderState.AWAITING_PAYMENT: "warning",
    OrderState.PAID: "info",
    OrderState.SHIPPED: "info",
    OrderState.RECEIVED: "info",
    OrderState.COMPLETED: "success",
    OrderState.CLOSED: "danger",
    OrderState.REFUNDED: "danger",
}


class ShipForm(forms.Form):
    """How the goods travel."""

    carrier = forms.CharField(
        label=_("carrier"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    tracking = forms.CharField(
        label=_("tracking number"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget
    )


class RefundForm(forms.Form):
    """How much goes back and why; the token makes a double submit act once."""

    amount = YuanField(label=_("amount (yuan)"))
    kind = forms.ChoiceField(
        label=_("kind"),
        choices=AfterSaleKind.choices,
        initial=AfterSaleKind.REFUND_ONLY,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(label=_("reason"), max_length=300, widget=UnfoldAdminTextInputWidget)
    token = forms.UUIDField(widget=forms.HiddenInput)


def _may(request: HttpRequest, object_id: str | int | None, **where: object) -> bool:
    """Whether an act is offered; a form already open is answered in words by the service."""
    if request.method == "POST":
        return True
    return Order.objects.filter(pk=object_id, payment=PaymentAxis.PAID, **where).exists()


REASONS = {
    "limit_exceeded": _("the pool or the points would pass their limit"),
    "id_reused": _("its number was used before with other content"),
}
"""Why the economy refused an order."""


class ParkedFilter(admin.SimpleListFilter):
    """Orders that the economy refused."""

    title = _("parked")
    parameter_name = "parked"

    def lookups(self, request, model_admin):  # type: ignore[no-untyped-def]
        """Each reason."""
        return list(REASONS.items())

    def queryset(self, request, queryset):  # type: ignore[no-untyped-def]
        """Those parked for the reason chosen."""
        if not self.value():
            return queryset
        return queryset.filter(pk__in=parked_orders(self.value()).values("pk"))


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    """Orders."""

    list_display = ("number", "member", "goods", "total", "shown_state", "created_at", "settled_at")
    list_filter = (
        ("payment", ChoicesDropdownFilter),
        ("delivery", ChoicesDropdownFilter),
        ParkedFilter,
    )
    list_filter_submit = True
    search_fields = ("number", "member__nickname")
    list_select_related = ("member",)
    date_hierarchy = None
    fields = (
        "number",
        "member",
        "payment",
        "delivery",
        "total",
        "goods",
        "recipient",
        "phone",
        "address",
        "parcel",
        "created_at",
        "paid_at",
        "shipped_at",
        "received_at",
        "settled_at",
        "parked",
        "refunded",
        "sales_back",
        "lot",
        "journal",
    )
    readonly_fields = fields
    actions_detail = ("ship", "refund", "try_again")

    def has_ship_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        """Whether the page of an order offers shipping."""
        moving = (DeliveryAxis.WAITING, DeliveryAxis.SHIPPED)
        allowed = request.user.has_perm("mall.ship_order")
        return allowed and _may(request, object_id, delivery__in=moving)

    def has_refund_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page of an order offers a refund."""
        return request.user.has_perm("mall.refund_order") and _may(request, object_id)

    def has_try_again_permission(
        self, request: HttpRequest, object_id: str | int | None = None
    ) -> bool:
        """Whether the page of an order offers to settle it again: only of a parked one."""
        if not request.user.has_perm("mall.refund_order"):
            return False
        return request.method == "POST" or parked_orders().filter(pk=object_id).exists()

    @action(description=_("Settle again"), url_path="again", permissions=["try_again"])
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A parked order is due again."""
        order = get_object_or_404(Order, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            done = parking.try_again(order.pk, request.user, data["why"])  # type: ignore[arg-type]
            return gettext("Order %(number)s is due again.") % {"number": done.number}

        act = acts.Act(
            title=gettext("Settle order %(number)s again") % {"number": order.number},
            sentence=gettext("The economy refused it; the settler takes it up in its next round."),
            button=gettext("Settle again"),
            back=reverse("admin:mall_order_change", args=(order.pk,)),
            perform=perform,
            form=WhyForm,
            facts=[(gettext("parked because"), self.parked(order))],
        )
        return acts.run(self, request, "mall.refund_order", act)

    @display(description=_("parked because"))
    def parked(self, obj: Order) -> str:
        """Why the economy refused it, and since when."""
        hold = obj.hold
        if hold is None or hold.state != HoldState.PARKED:
            return "–"
        return f"{REASONS.get(hold.reason, hold.reason)} ({moment(hold.moved_at)})"

    @action(description=_("Ship"), url_path="ship", permissions=["ship"])
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The goods leave: carrier and number."""
        order = get_object_or_404(Order, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            delivery.ship(order.pk, clock.now(), data["carrier"], data["tracking"])
            return gettext("Order %(number)s is shipped.") % {"number": order.number}

        act = acts.Act(
            title=gettext("Ship order %(number)s") % {"number": order.number},
            sentence=gettext("The refund window begins when the member confirms receipt."),
            button=gettext("Ship"),
            back=reverse("admin:mall_order_change", args=(order.pk,)),
            perform=perform,
            form=ShipForm,
            initial={"carrier": order.carrier, "tracking": order.tracking},
        )
        return acts.run(self, request, "mall.ship_order", act)

    @action(description=_("Refund"), url_path="refund", permissions=["refund"])
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Money back: out of the pending money, or of a settled order by the rule of the core."""
        order = get_object_or_404(Order, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            done = refund_order(
                order.pk,
                data["amount"],
                data["token"],
                clock.now(),
                by=request.user,  # type: ignore[arg-type]
                why=data["reason"],
                kind=data["kind"],
            )
            if done.state == AfterSaleState.REQUESTED:
                return gettext("After-sale %(number)s waits for a second person.") % {
                    "number": done.number
                }
            return gettext("Refunded in all: ¥%(amount)s.") % {
                "amount": format_yuan(done.order.refunded_fen)
            }

        act = acts.Act(
            title=gettext("Refund order %(number)s") % {"number": order.number},
            sentence=gettext(
                "The lot's points are burnt by count, and what it has paid out is set off against "
                "the refund."
            )
            if order.is_settled
            else gettext(
                "The order has not settled: the pool is untouched, and what is left of it settles "
                "in its time."
            ),
            button=gettext("Refund"),
            back=reverse("admin:mall_order_change", args=(order.pk,)),
            perform=perform,
            form=RefundForm,
            initial={"amount": order.left_fen, "token": uuid.uuid4()},
            facts=[(gettext("Left to refund"), money(order.left_fen))],
        )
        return acts.run(self, request, "mall.refund_order", act)

    @display(description=_("carrier"))
    def parcel(self, obj: Order) -> str:
        """Carrier and number."""
        return f"{obj.carrier} {obj.tracking}".strip() or "–"

    @display(description=_("refunded"))
    def refunded(self, obj: Order) -> SafeString | str:
        """What went back to the buyer or was set off."""
        return money(obj.refunded_fen) if obj.refunded_fen else "–"

    def get_queryset(self, request):  # type: ignore[no-untyped-def]
        """Orders with their goods."""
        return super().get_queryset(request).prefetch_related("lines__product")

    @display(description=_("goods"))
    def goods(self, obj: Order) -> str:
        """The lines in words."""
        return "、".join(f"{line.product.name} × {line.quantity}" for line in obj.lines.all())

    @display(description=_("total"), ordering="total_fen")
    def total(self, obj: Order) -> SafeString:
        """The total in yuan."""
        return money(obj.total_fen)

    @display(description=_("state"), label=STATE_COLOURS)
    def shown_state(self, obj: Order) -> tuple[str, str]:
        """The state as a badge."""
        return obj.state, obj.get_state_display()

    @display(description=_("after-sales"))
    def sales_back(self, obj: Order) -> SafeString | str:
        """What was asked back, and what became of it."""
        return (
            format_html_join(
                " · ",
                '<a href="{}">{}</a> {} {}',
                (
                    (
                        reverse("admin:mall_aftersale_change", args=(row.pk,)),
                        row.number,
                        money(row.amount_fen),
                        row.get_state_display(),
                    )
                    for row in obj.after_sales.order_by("pk")
                ),
            )
            or "–"
        )

    @display(description=_("lot"))
    def lot(self, obj: Order) -> SafeString | str:
        """The lot this order opened."""
        lot = Lot.objects.filter(pool_id=obj.pool_id, event_id=obj.number).first()
        if lot is None:
            return "–"
        return format_html(
            "{} {} · {} {} · {} {}",
            gettext("points received"),
            points8(lot.granted_units),
            gettext("still held"),
            points8(lot.remaining_units),
            gettext("paid out"),
            money(lot.paid_fen),
        )

    @display(description=_("journal"))
    def journal(self, obj: Order) -> SafeString | str:
        """The journal entries of this order."""
        references = [obj.number, *obj.after_sales.values_list("number", flat=True)]
        rows = Transaction.objects.filter(reference__in=references).order_by("happened_at", "id")
        return (
            format_html_join(
                " · ",
                '<a href="{}">{}</a>',
                (
                    (
                        reverse("admin:ledger_transaction_change", args=(row.pk,)),
                        kind_label(row.kind),
                    )
                    for row in rows
                ),
            )
            or "–"
        )
