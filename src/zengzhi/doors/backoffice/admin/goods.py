"""The desk of the catalogue: categories and products."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from zengzhi.core.disclosure.wording import find_promises
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.units import PPM
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.fields import RateField, YuanField
from zengzhi.doors.shared.templatetags.zengzhi_tags import money
from zengzhi.mall.models import Category, Product
from zengzhi.mall.prices import (
    NAMES,
    SET_PRICE,
    keep_for_two,
    needs_two,
    subject_of,
    values_of_goods,
)
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.control.audit import reason
from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.members.models import User

SPLIT = ("cost", "distribution", "platform")
TEXTS = (
    "name_zh",
    "name_en",
    "subtitle_zh",
    "subtitle_en",
    "description_zh",
    "description_en",
    "merchant_zh",
    "merchant_en",
)


def refuse_promises(form: forms.ModelForm, names: tuple[str, ...]) -> None:  # type: ignore[type-arg]
    """An error on each text that promises what nobody can."""
    for name in names:
        found = find_promises(str(form.cleaned_data.get(name) or ""))
        if found:
            form.add_error(
                name,
                gettext("This promises what nobody can: %(words)s. Say what is.")
                % {"words": "、".join(found)},
            )


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """A product: price in yuan, split in percent, no promising words."""

    price_fen = YuanField(label=_("price (yuan)"))
    split_cost_ppm = RateField(label=_("own cost share"), required=False)
    split_distribution_ppm = RateField(label=_("own distribution share"), required=False)
    split_platform_ppm = RateField(label=_("own platform share"), required=False)
    why = forms.CharField(
        label=_("why the price or split changes"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Needed for a split of its own and for a large change of price."),
    )

    class Meta:
        model = Product
        fields = (
            *TEXTS,
            "slug",
            "category",
            "picture",
            "price_fen",
            "stock",
            "split_cost_ppm",
            "split_distribution_ppm",
            "split_platform_ppm",
            "featured",
            "active",
            "position",
        )

    def clean(self) -> dict[str, Any]:
        """The split is whole or absent and at most 100 %; texts promise nothing."""
        cleaned = super().clean() or self.cleaned_data
        parts = [cleaned.get(f"split_{name}_ppm") for name in SPLIT]
        given = [part for part in parts if part is not None]
        if given and len(given) < len(SPLIT):
            self.add_error("split_cost_ppm", gettext("Give all three shares, or none."))
        elif sum(given) > PPM:
            self.add_error("split_cost_ppm", gettext("The shares are more than 100% together."))
        refuse_promises(self, TEXTS)
        before = values_of_goods(self.instance) if self.instance.pk else dict.fromkeys(NAMES)
        after = {name: cleaned.get(name) for name in NAMES}
        if after["price_fen"] is not None and needs_two(self.instance.pk, before, after):
            try:
                reason(str(cleaned.get("why") or ""))
            except ReasonNeeded as refusal:
                self.add_error("why", refusal.message)
        return cleaned


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shelf: no promising words."""

    class Meta:
        model = Category
        fields = ("name_zh", "name_en", "slug", "icon", "position")

    def clean(self) -> dict[str, Any]:
        """Names promise nothing."""
        cleaned = super().clean() or self.cleaned_data
        refuse_promises(self, ("name_zh", "name_en"))
        return cleaned


@admin.register(Category)
class CategoryAdmin(ModelAdmin):  # type: ignore[misc]
    """Shelves."""

    form = CategoryForm

    list_display = ("name_zh", "name_en", "slug", "icon", "position")
    list_fullwidth = True

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Products stand on it."""
        return False


@admin.register(Product)
class ProductAdmin(ModelAdmin):  # type: ignore[misc]
    """Goods."""

    form = ProductForm
    list_display = ("shown_name", "category", "price", "stock", "sold", "active")
    list_filter = ("category", ("active", BooleanRadioFilter))
    list_filter_submit = True
    search_fields = ("name_zh", "name_en", "slug")
    list_select_related = ("category",)
    list_fullwidth = True
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name_zh", "name_en"),
                    ("subtitle_zh", "subtitle_en"),
                    ("merchant_zh", "merchant_en"),
                    "description_zh",
                    "description_en",
                )
            },
        ),
        (
            _("Sale"),
            {
                "fields": (
                    ("slug", "category"),
                    ("price_fen", "stock"),
                    ("picture", "position"),
                    ("featured", "active"),
                )
            },
        ),
        (
            _("Own split (empty: the pool's)"),
            {"fields": (("split_cost_ppm", "split_distribution_ppm", "split_platform_ppm"), "why")},
        ),
    )

    @display(description=_("product"), ordering="name_zh")
    def shown_name(self, obj: Product) -> SafeString:
        """Picture and name."""
        return format_html(
            '<span class="zz-thing"><img src="{}" alt="" width="40" height="40"><b>{}</b></span>',
            reverse("storefront:picture", args=(obj.picture,)),
            obj.name,
        )

    @display(description=_("price"), ordering="price_fen")
    def price(self, obj: Product) -> SafeString:
        """The price in yuan."""
        return money(obj.price_fen)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """What needs two people of price and split is asked for; the rest is saved."""
        wanted = keep_for_two(obj)
        super().save_model(request, obj, form, change)
        if wanted is None:
            return
        user = cast(User, request.user)
        try:
            with transaction.atomic():
                row = ask(SET_PRICE, subject_of(obj), wanted, user, form.cleaned_data["why"])
            messages.info(request, asked(row))
        except ZengzhiError as refusal:
            messages.error(request, refusal.message)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """A product is taken off sale, never deleted: orders point to it."""
        return False
