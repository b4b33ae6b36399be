"""What all desks share: read-only records, amounts as people read them."""

from django.db.models import Model
from django.http import HttpRequest
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
