"""The desk of the pool: state, events, lots, sealed batches, rules. Read only."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from zengzhi.doors.backoffice.desk import RecordAdmin, money, points4, points8
from zengzhi.records.ledger.models import Batch
from zengzhi.records.settlement.models import (
    Event,
    Lot,
    LotMovement,
    Op,
    Pool,
    RulesVersion,
)
from zengzhi.records.settlement.pools import market

OP_COLOURS = {Op.ORDER: "success", Op.SELL: "info", Op.REFUND: "warning"}


@admin.register(Pool)
class PoolAdmin(RecordAdmin):
    """Profit pools."""

    list_display = ("code", "rules", "money_now", "points_now", "price", "sequence", "epoch")
    list_select_related = ("rules",)
    fields = (
        "code",
        "rules",
        "money_now",
        "points_now",
        "price",
        "sequence",
        "lots_opened",
        "epoch",
        "put_in",
        "paid_out",
        "reserve",
        "refund_reserve",
        "head",
    )
    readonly_fields = fields

    @display(description=_("pool"))
    def money_now(self, obj: Pool) -> SafeString:
        """A."""
        return money(obj.pool_fen)

    @display(description=_("outstanding"))
    def points_now(self, obj: Pool) -> SafeString:
        """S."""
        return points8(obj.outstanding_units)

    @display(description=_("price"))
    def price(self, obj: Pool) -> str:
        """A / S."""
        return market(obj).price_text

    @display(description=_("put in"))
    def put_in(self, obj: Pool) -> SafeString:
        """All that ever came in."""
        return money(obj.put_in_fen)

    @display(description=_("paid out"))
    def paid_out(self, obj: Pool) -> SafeString:
        """All that went to members."""
        return money(obj.paid_out_fen)

    @display(description=_("pool reserve"))
    def reserve(self, obj: Pool) -> SafeString:
        """What was swept from an empty pool."""
        return money(obj.pool_reserve_fen)

    @display(description=_("refund reserve"))
    def refund_reserve(self, obj: Pool) -> SafeString:
        """What the reserve had to bear."""
        return money(obj.refund_reserve_fen)


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Everything that happened in a pool."""

    list_display = (
        "sequence",
        "shown_op",
        "event_id",
        "member",
        "points",
        "put_in",
        "payout",
        "exits",
        "pool_after",
        "happened_at",
    )
    list_filter = (("op", ChoicesDropdownFilter),)
    list_filter_submit = True
    search_fields = ("event_id",)
    list_select_related = ("member",)
    ordering = ("-id",)
    fields = (
        "sequence",
        "shown_op",
        "event_id",
        "member",
        "points",
        "put_in",
        "payout",
        "from_pool",
        "pool_after",
        "outstanding_after",
        "error",
        "message",
        "parts",
        "happened_at",
    )
    readonly_fields = fields

    @display(description=_("verb"), ordering="op", label=OP_COLOURS)
    def shown_op(self, obj: Event) -> tuple[int, str]:
        """The verb as a badge."""
        return obj.op, str(Op(obj.op).label)

    @display(description=_("points"))
    def points(self, obj: Event) -> SafeString:
        """Granted, sold, burnt or converted."""
        return points4(obj.points_units)

    @display(description=_("put in"))
    def put_in(self, obj: Event) -> SafeString:
        """Into the pool."""
        return money(obj.contribution_fen)

    @display(description=_("payout"))
    def payout(self, obj: Event) -> SafeString:
        """To the seller."""
        return money(obj.payout_fen)

    @display(description=_("from the pool"))
    def from_pool(self, obj: Event) -> SafeString:
        """Of a refund or conversion."""
        return money(obj.from_pool_fen)

    @display(description=_("pool after"))
    def pool_after(self, obj: Event) -> SafeString:
        """A after the event."""
        return money(obj.pool_fen)

    @display(description=_("outstanding after"))
    def outstanding_after(self, obj: Event) -> SafeString:
        """S after the event."""
        return points8(obj.outstanding_units)

    @display(description=_("lots"))
    def parts(self, obj: Event) -> SafeString | str:
        """Lot by lot: parts of a sale, forced exits."""
        found = LotMovement.objects.filter(event_pk=obj.pk).order_by("position")[:200]
        return (
            format_html_join(
                "",
                "<div>#{} · {} · {}{}</div>",
                (
                    (
                        part.lot_pk & (2**40 - 1),
                        points8(part.units),
                        money(part.payout_fen),
                        " · exit" if part.is_exit else "",
                    )
                    for part in found
                ),
            )
            or "–"
        )


@admin.register(Lot)
class LotAdmin(RecordAdmin):
    """Lots."""

    list_display = (
        "sequence",
        "event_id",
        "member",
        "spend",
        "granted",
        "remaining",
        "paid",
        "exited",
        "opened_at",
    )
    search_fields = ("event_id",)
    list_select_related = ("member",)
    ordering = ("-id",)
    fields = (
        "sequence",
        "event_id",
        "member",
        "spend",
        "contribution",
        "granted",
        "remaining",
        "paid",
        "refunded",
        "exited",
        "is_grant",
        "opened_at",
    )
    readonly_fields = fields

    @display(description=_("spend"), ordering="spend_fen")
    def spend(self, obj: Lot) -> SafeString:
        """V."""
        return money(obj.spend_fen)

    @display(description=_("contribution"))
    def contribution(self, obj: Lot) -> SafeString:
        """c."""
        return money(obj.contribution_fen)

    @display(description=_("points granted"), ordering="granted_units")
    def granted(self, obj: Lot) -> SafeString:
        """n."""
        return points8(obj.granted_units)

    @display(description=_("points left"), ordering="remaining_units")
    def remaining(self, obj: Lot) -> SafeString:
        """q."""
        return points8(obj.remaining_units)

    @display(description=_("paid out"), ordering="paid_fen")
    def paid(self, obj: Lot) -> SafeString:
        """What the lot has paid."""
        return money(obj.paid_fen)

    @display(description=_("refunded"))
    def refunded(self, obj: Lot) -> SafeString:
        """R."""
        return money(obj.refunded_fen)


@admin.register(Batch)
class BatchAdmin(RecordAdmin):
    """Sealed batches."""

    list_display = ("number", "stream", "kind", "first", "count", "short_head", "sealed_at")
    list_filter = ("stream",)
    ordering = ("-sealed_at",)
    fields = ("number", "stream", "kind", "first", "count", "previous", "head", "sealed_at")
    readonly_fields = fields

    @display(description=_("head"))
    def short_head(self, obj: Batch) -> str:
        """The first part of the head."""
        return f"{obj.head[:16]}…"


@admin.register(RulesVersion)
class RulesVersionAdmin(RecordAdmin):
    """Rules versions."""

    list_display = ("name", "pk", "created_at")
    fields = ("name", "created_at", "text")
    readonly_fields = fields
