"""The desk of orders, payments and callbacks: read only."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from zengzhi.backoffice.desk import RecordAdmin, kind_label, money, points8
from zengzhi.mall.models import Order, OrderState
from zengzhi.payments.models import Callback, Payment
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.settlement.models import Lot

STATE_COLOURS = {
    OrderState.AWAITING_PAYMENT: "warning",
    OrderState.PAID: "info",
    OrderState.SETTLED: "success",
    OrderState.CLOSED: "danger",
}


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    """Orders."""

    list_display = ("number", "member", "goods", "total", "shown_state", "created_at", "settled_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    search_fields = ("number", "member__nickname")
    list_select_related = ("member",)
    date_hierarchy = None
    fields = (
        "number",
        "member",
        "shown_state",
        "total",
        "goods",
        "recipient",
        "phone",
        "address",
        "created_at",
        "paid_at",
        "settled_at",
        "lot",
        "journal",
    )
    readonly_fields = fields

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

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def shown_state(self, obj: Order) -> tuple[str, str]:
        """The state as a badge."""
        return obj.state, obj.get_state_display()

    @display(description=_("lot"))
    def lot(self, obj: Order) -> SafeString | str:
        """The lot this order opened."""
        lot = Lot.objects.filter(pool_id=obj.pool_id, event_id=obj.number).first()
        if lot is None:
            return "–"
        return format_html(
            "{} {} · {} {} · {} {}",
            now("granted"),
            points8(lot.granted_units),
            now("remaining"),
            points8(lot.remaining_units),
            now("paid out"),
            money(lot.paid_fen),
        )

    @display(description=_("journal"))
    def journal(self, obj: Order) -> SafeString | str:
        """The journal entries of this order."""
        rows = Transaction.objects.filter(reference=obj.number).order_by("happened_at")
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


@admin.register(Payment)
class PaymentAdmin(RecordAdmin):
    """Payments."""

    list_display = ("reference", "order", "amount", "state", "created_at")
    search_fields = ("reference",)
    fields = ("reference", "order", "amount", "state", "created_at")
    readonly_fields = fields

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: Payment) -> SafeString:
        """The amount in yuan."""
        return money(obj.amount_fen)


@admin.register(Callback)
class CallbackAdmin(RecordAdmin):
    """Callbacks of providers, as they came."""

    list_display = ("received_at", "provider", "outcome")
    fields = ("received_at", "provider", "outcome", "text", "signature")
    readonly_fields = fields

    @display(description=_("body"))
    def text(self, obj: Callback) -> str:
        """The raw body."""
        return bytes(obj.body).decode("utf-8", "replace")
