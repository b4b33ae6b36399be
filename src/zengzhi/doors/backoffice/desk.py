"""What all desks share: read-only records, amounts as people read them."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from zengzhi.doors.shared.templatetags.zengzhi_tags import day as day
from zengzhi.doors.shared.templatetags.zengzhi_tags import moment as moment
from zengzhi.doors.shared.templatetags.zengzhi_tags import money as money
from zengzhi.doors.shared.templatetags.zengzhi_tags import points4 as points4
from zengzhi.doors.shared.templatetags.zengzhi_tags import points8 as points8


class RecordAdmin(ModelAdmin):  # type: ignore[misc]
    """A desk that shows records: nobody adds, changes or deletes them here."""

    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Records come from the mall, never from a form."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Records are corrected by new records."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Records stay."""
        return False


KINDS: dict[str, Any] = {
    "order": _("order settled"),
    "payment": _("payment received"),
    "suspense": _("money in suspense"),
    "suspense_refund": _("money sent back from suspense"),
    "sale": _("points sold"),
    "subsidise": _("subsidy into the pool"),
    "grant": _("points granted"),
    "convert": _("points to shares"),
    "refund": _("refund"),
    "expire": _("points expired"),
    "withdrawal": _("withdrawal"),
    "withdrawal_back": _("withdrawal came back"),
    "payout": _("withdrawal paid out"),
    "bonus": _("bonus"),
    "bonus_pending": _("bonus pending"),
    "bonus_reversed": _("bonus taken back"),
    "dividend": _("dividend"),
    "dividend_profit": _("profit into the dividend pool"),
    "remainder": _("unallocated rest moved"),
}


def kind_label(kind: str) -> str:
    """A kind of journal entry in the reader's language."""
    return str(KINDS.get(kind, kind))
