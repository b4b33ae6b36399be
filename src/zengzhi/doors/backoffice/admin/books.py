"""The desk of the journal: read only."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from zengzhi.doors.backoffice.desk import RecordAdmin, money, points8
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.kinds import kind_label
from zengzhi.records.ledger.models import Leg, Transaction


def leg_amount(leg: Leg) -> SafeString:
    """A leg's amount in its unit."""
    return money(leg.amount) if leg.unit == Unit.CNY else points8(leg.amount)


@admin.register(Transaction)
class TransactionAdmin(RecordAdmin):
    """Journal entries with their legs."""

    list_display = ("id", "shown_kind", "reference", "leg_count", "happened_at", "recorded_at")
    search_fields = ("reference",)
    ordering = ("-recorded_at", "-id")
    fields = ("id", "shown_kind", "reference", "happened_at", "recorded_at", "version", "legs")
    readonly_fields = fields

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, obj: Transaction) -> str:
        """The kind in words."""
        return kind_label(obj.kind)

    @display(description=_("legs"))
    def legs(self, obj: Transaction) -> SafeString:
        """Account by account; each unit sums to zero."""
        rows = Leg.objects.filter(transaction_id=obj.pk).order_by("position")[:500]
        body = format_html_join(
            "",
            '<tr><td>{}</td><td class="num">{}</td></tr>',
            ((Account(Kind(row.kind), row.owner).code, leg_amount(row)) for row in rows),
        )
        return format_html('<table class="zz-plain">{}</table>', body)
