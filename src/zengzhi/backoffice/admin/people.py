"""The desk of members and of staff."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from zengzhi.backoffice.desk import RecordAdmin, kind_label, moment, money, points4
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.market import default_pool, holdings
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.service import balances, movements

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


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

    def _outranks(self, request: HttpRequest, obj: User | None) -> bool:
        """Only a superuser touches superusers and other staff with rights."""
        if request.user.is_superuser or obj is None or obj == request.user:
            return True
        assert isinstance(request.user, User)  # noqa: S101
        return not obj.is_superuser and (
            obj.get_all_permissions() <= request.user.get_all_permissions()
        )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """As Django decides, but never upwards; this also covers resetting passwords."""
        return super().has_change_permission(request, obj) and self._outranks(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Users are switched off, never deleted: records point to them."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Rights are given by a superuser only."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        return (*fields, "is_superuser", "groups", "user_permissions")


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
        "payee_accounts",
        "withdrawn",
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
        """All balances."""
        held = balances(obj)
        return format_html_join(
            " · ",
            "{} {}",
            (
                (gettext("available"), money(held.available_fen)),
                (gettext("pending"), money(held.pending_fen)),
                (gettext("in withdrawal"), money(held.reserved_fen)),
                (gettext("to be set off"), money(held.debt_fen)),
            ),
        )

    @display(description=_("payee accounts"))
    def payee_accounts(self, obj: Member) -> SafeString | str:
        """The accounts in use, masked."""
        return format_html_join("", "<div>{}</div>", ((row,) for row in payees_of(obj))) or "–"

    @display(description=_("withdrawals"))
    def withdrawn(self, obj: Member) -> SafeString | str:
        """The last withdrawals."""
        return (
            format_html_join(
                "",
                '<div><a href="{}">{}</a> · {} · {}</div>',
                (
                    (
                        reverse("admin:wallet_withdrawal_change", args=(row.pk,)),
                        row.number,
                        money(row.amount_fen),
                        row.get_state_display(),
                    )
                    for row in obj.withdrawals.all()[:20]
                ),
            )
            or "–"
        )

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
                ((moment(m.at), kind_label(m.kind), money(m.amount_fen)) for m in movements(obj)),
            )
            or "–"
        )
