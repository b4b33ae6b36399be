"""The desk of members and of staff."""

from collections.abc import Callable
from typing import Any, cast

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import UserChangeForm
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from zengzhi.doors.backoffice import acts, tree
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.admin.rights import RIGHTS, AskForRoles
from zengzhi.doors.backoffice.desk import RecordAdmin, moment, money, points4
from zengzhi.doors.backoffice.forms import RankForm, SponsorForm, WhyForm
from zengzhi.doors.backoffice.signin import fresh_sign_in
from zengzhi.doors.shared.delivery import NotReachable
from zengzhi.doors.shared.signin.pages import send_link
from zengzhi.doors.shared.signin.second_factor import has_second_factor
from zengzhi.records.control import limiter
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.control.audit import changes as changed
from zengzhi.records.control.audit import note, reason
from zengzhi.records.ledger.kinds import kind_label
from zengzhi.records.members import changes
from zengzhi.records.members import tree as referral
from zengzhi.records.members.errors import MemberError
from zengzhi.records.members.models import Member, Rank, Suspension, User
from zengzhi.records.members.names import read_name
from zengzhi.records.settlement.holdings import holdings
from zengzhi.records.settlement.pools import default_pool
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.service import balances, movements

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Roles: what each may do comes with the version, by its migrations."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The roles are those of the version."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """What a role may do is the version's."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Roles are emptied, never deleted."""
        return False


class NewUserForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody who shall sign in. The password is theirs: they set it by a link."""

    class Meta:
        model = User
        fields = ("username", "first_name", "email", "is_staff")
        widgets = {
            "username": UnfoldAdminTextInputWidget,
            "first_name": UnfoldAdminTextInputWidget,
            "email": UnfoldAdminTextInputWidget,
            "is_staff": UnfoldBooleanSwitchWidget,
        }

    def clean_username(self) -> str:
        """Nobody else's name, and none that reads like it."""
        try:
            return read_name(self.cleaned_data["username"])
        except MemberError as refusal:
            raise ValidationError(refusal.message) from refusal

    def save(self, commit: bool = True) -> User:
        """Without a password."""
        user: User = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


LOGGED = ("first_name", "last_name", "is_active", "is_staff", "is_superuser")
"""Columns of a user whose change is on the audit log with what was before."""


@admin.register(User)
class UserAdmin(AskForRoles, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc]
    """Who signs in. Nobody sets another's password: a link goes to its owner."""

    form = UserChangeForm
    add_form = NewUserForm
    list_display = ("username", "first_name", "is_staff", "is_active", "last_login")
    list_fullwidth = True
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "second_factor")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "first_name", "email", "is_staff")}),)
    actions_detail = ("ask_roles", "send_link")

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Nobody sets another's password."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """On the audit log; whoever is new gets a link to set the password."""
        before = User.objects.filter(pk=obj.pk).values(*LOGGED).first() or {}
        super().save_model(request, obj, form, change)
        was, now = changed(before, {name: getattr(obj, name) for name in LOGGED})
        what = "change_user" if change else "add_user"
        note(request.user, what, f"user:{obj.pk}", before=was, after=now)  # type: ignore[arg-type]
        if not change and not send_link(request, obj, request.user):  # type: ignore[arg-type]
            text = gettext("No link could be sent: give the user a mail address, then send one.")
            messages.warning(request, text)

    @display(description=_("second factor"), boolean=True)
    def second_factor(self, obj: User) -> bool:
        """Whether signing in needs a code."""
        return has_second_factor(obj)

    def has_send_link_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change this user."""
        return self.has_change_permission(request, User.objects.filter(pk=object_id).first())

    @action(description=_("Send a one-time link"), url_path="link", permissions=["send_link"])
    @method_decorator(fresh_sign_in)
    def send_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the owner, who sets a new password with it; you never see it."""
        user = get_object_or_404(User, pk=object_id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied

        def perform(data: dict[str, Any]) -> str:
            why = reason(data["why"])
            limiter.take((limiter.SEND, f"user:{user.pk}"))
            if not send_link(request, user, request.user, why):  # type: ignore[arg-type]
                raise NotReachable
            return gettext("The link is on its way to its owner.")

        act = acts.Act(
            title=gettext("Send a one-time link"),
            sentence=gettext(
                "Only the owner receives it. Once it is used, everybody signed in to the account "
                "is signed out, and for 24 hours it neither approves nor pays."
            ),
            button=gettext("Send"),
            back=reverse("admin:members_user_change", args=(user.pk,)),
            perform=perform,
            form=WhyForm,
            facts=[(gettext("user"), user.get_username())],
        )
        return acts.run(self, request, "members.change_user", act)

    def _outranks(self, request: HttpRequest, obj: User | None) -> bool:
        """Only a superuser touches superusers and other staff with rights."""
        if request.user.is_superuser or obj is None or obj == request.user:
            return True
        assert isinstance(request.user, User)  # noqa: S101
        return not obj.is_superuser and (
            obj.get_all_permissions() <= request.user.get_all_permissions()
        )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """As Django decides, but never upwards; this also covers sending links."""
        return super().has_change_permission(request, obj) and self._outranks(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Users are switched off, never deleted: records point to them."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Rights are given by an approval only."""
        fields = (*super().get_readonly_fields(request, obj), "second_factor", *RIGHTS)
        if obj is not None:
            # Where a link goes, and who somebody is, is changed by its owner alone.
            fields = (*fields, "username", "email", "last_login", "date_joined")
        return fields


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
        "sponsor",
        "rank",
        "standing",
        "points",
        "wallet",
        "payee_accounts",
        "withdrawn",
        "lots",
        "moves",
    )
    readonly_fields = fields

    actions_list = ("to_tree",)
    actions_detail = ("open_tree", "change_sponsor", "give_rank", "suspend", "resume")

    def get_urls(self) -> list[Any]:
        """The tree is a page of its own."""
        seen = self.admin_site.admin_view
        return [
            path("tree/", seen(self.tree_page), name="members_member_tree"),
            path("tree/children/", seen(self.tree_children), name="members_member_children"),
            *super().get_urls(),
        ]

    def tree_page(self, request: HttpRequest) -> HttpResponse:
        """The referral tree."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return tree.page(self.admin_site, request)

    def tree_children(self, request: HttpRequest) -> HttpResponse:
        """One level of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return tree.children(request)

    @action(description=_("Referral tree"), url_path="to-tree", permissions=["view"])
    def to_tree(self, request: HttpRequest) -> HttpResponse:
        """To the tree."""
        return redirect("admin:members_member_tree")

    @action(description=_("In the tree"), url_path="in-tree", permissions=["open_tree"])
    def open_tree(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To this member in the tree."""
        return redirect(f"{reverse('admin:members_member_tree')}?member={int(object_id)}")

    def has_open_tree_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever sees members."""
        return self.has_view_permission(request)

    def has_change_sponsor_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Only before the first order."""
        free = Member.objects.filter(pk=object_id, first_paid_at=None).exists()
        return request.user.has_perm("members.change_sponsor") and (
            free or request.method == "POST"
        )

    def has_give_rank_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether giving a rank is offered."""
        return request.user.has_perm("members.rank_member")

    def _suspension(self, request: HttpRequest, object_id: Any, wanted: bool) -> bool:
        held = Suspension.objects.filter(member_id=object_id, until=None).exists()
        return request.user.has_perm("members.suspend_member") and (
            held is wanted or request.method == "POST"
        )

    def has_suspend_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who is not suspended."""
        return self._suspension(request, object_id, False)

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who is suspended."""
        return self._suspension(request, object_id, True)

    def _member_act(
        self,
        request: HttpRequest,
        object_id: str,
        permission: str,
        title: str,
        sentence: str,
        do: Callable[[Member, dict[str, Any]], object],
        form: type[forms.Form] = WhyForm,
    ) -> HttpResponse:
        member = get_object_or_404(Member, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            said = do(member, data)
            return said if isinstance(said, str) else gettext("Done: %(what)s.") % {"what": title}

        back = reverse("admin:members_member_change", args=(member.pk,))
        facts = [(gettext("member"), f"{member} · {member.invite_code}")]
        act = acts.Act(title, sentence, title, back, perform, form, {}, facts)
        return acts.run(self, request, f"members.{permission}", act)

    @action(description=_("Change the sponsor"), url_path="sponsor", permissions=["change_sponsor"])
    def change_sponsor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Before the first order is paid."""

        def do(member: Member, data: dict[str, Any]) -> object:
            return referral.change_sponsor(member.pk, data["sponsor"], request.user, data["why"])  # type: ignore[arg-type]

        sentence = gettext("Possible until the first order is paid; then the sponsor is for life.")
        title = gettext("Change the sponsor")
        return self._member_act(
            request, object_id, "change_sponsor", title, sentence, do, SponsorForm
        )

    @action(description=_("Give a rank"), url_path="rank", permissions=["give_rank"])
    def give_rank(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From now on."""

        def do(member: Member, data: dict[str, Any]) -> object:
            wanted, user = {"level": int(data["level"])}, cast(User, request.user)
            return asked(ask(changes.GIVE_RANK, f"member:{member.pk}", wanted, user, data["why"]))

        sentence = gettext("Holds for orders paid from now on; the history stays.")
        title = gettext("Give a rank")
        return self._member_act(request, object_id, "rank_member", title, sentence, do, RankForm)

    @action(description=_("Suspend bonuses"), url_path="suspend", permissions=["suspend"])
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From now on nothing is paid."""

        def do(member: Member, data: dict[str, Any]) -> object:
            return changes.suspend(member, request.user, data["why"])  # type: ignore[arg-type]

        sentence = gettext("No bonus on orders paid from now on; the member sees that it is so.")
        title = gettext("Suspend bonuses")
        return self._member_act(request, object_id, "suspend_member", title, sentence, do)

    @action(description=_("Resume bonuses"), url_path="resume", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From now on bonuses are paid again."""

        def do(member: Member, data: dict[str, Any]) -> object:
            changes.resume(member, request.user, data["why"])  # type: ignore[arg-type]
            return None

        sentence = gettext("Nothing is paid for the time between.")
        title = gettext("Resume bonuses")
        return self._member_act(request, object_id, "suspend_member", title, sentence, do)

    @display(description=_("rank"))
    def rank(self, obj: Member) -> str:
        """The rank now."""
        level = changes.rank_of(obj)
        row = Rank.objects.filter(level=level).first()
        return str(row) if row else "–"

    @display(description=_("bonuses"))
    def standing(self, obj: Member) -> str:
        """Paid, or suspended and why."""
        held = Suspension.objects.filter(member=obj, until=None).first()
        if held is None:
            return gettext("paid as the plan says")
        return gettext("suspended: %(why)s") % {"why": held.reason}

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
