"""What all desks share: read-only records, amounts as people read them."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from zengzhi.storefront.templatetags.zengzhi_tags import money as money
from zengzhi.storefront.templatetags.zengzhi_tags import points4 as points4
from zengzhi.storefront.templatetags.zengzhi_tags import points8 as points8


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


def amount(value: int | None) -> SafeString | str:
    """An amount in yuan, or a dash."""
    return "–" if value is None else money(value)


def rows(table: list[tuple[Any, ...]], head: tuple[Any, ...]) -> dict[str, Any]:
    """A small table in the form of unfold's table component."""
    return {"headers": list(head), "rows": [list(row) for row in table]}
