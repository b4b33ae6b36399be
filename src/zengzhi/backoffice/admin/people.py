"""The desk of members and of staff."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from zengzhi.backoffice.desk import RecordAdmin, money, points4
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.market import default_pool, holdings
from zengzhi.records.wallet.service import balances, movements

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Roles."""


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc]
    """Who signs in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "is_staff", "is_active", "last_login")
    list_fullwidth = True


@admin.register(Member)
class MemberAdmin(RecordAdmin):
    """Members with lots and wallet."""

    list_display = ("nickname", "user", "invite_code", "created_at")
    search_fields = ("nickname", "invite_code", "user__username")
    list_select_related = ("user",)
    fields = (
        "nickname",
        "user",
        "invite_code",
        "created_at",
        "points",
        "wallet",
        "lots",
        "moves",
    )
    readonly_fields = fields

    @display(description=_("points"))
    def points(self, obj: Member) -> SafeString:
        """Points, value and payout now."""
        held = holdings(default_pool(), obj, closed=0)
        return format_html(
            "{} · {} → {}", points4(held.units), money(held.value_fen), money(held.payout_fen)
        )

    @display(description=_("wallet"))
    def wallet(self, obj: Member) -> SafeString:
        """The available balance."""
        return money(balances(obj).available_fen)

    @display(description=_("lots"))
    def lots(self, obj: Member) -> SafeString:
        """The lots, open ones first."""
        held = holdings(default_pool(), obj)
        return format_html_join(
            "",
            "<div>{} · {} · {} · {}</div>",
            (
                (
                    view.lot.event_id,
                    money(view.lot.spend_fen),
                    points4(view.units),
                    money(view.value_fen),
                )
                for view in held.lots
            ),
        )

    @display(description=_("wallet movements"))
    def moves(self, obj: Member) -> SafeString | str:
        """The last movements."""
        return (
            format_html_join(
                "",
                "<div>{} · {} · {}</div>",
                ((f"{m.at:%Y-%m-%d %H:%M}", m.kind, money(m.amount_fen)) for m in movements(obj)),
            )
            or "–"
        )
