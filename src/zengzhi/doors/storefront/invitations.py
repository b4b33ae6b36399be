"""An opened invitation is remembered until somebody registers with it or accepts it (spec 2.2)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.members.models import Member, User
from zengzhi.records.members.service import member_of
from zengzhi.records.members.tree import bind, by_invite_code
from zengzhi.records.store import clock

KEY = "invitation"


def remember(request: HttpRequest, sponsor: Member) -> None:
    """Keep the invitation: the first one in mode ``first_touch``, else the last one."""
    if settings.INVITE_MODE == "first_touch" and remembered(request) is not None:
        return
    until = clock.now() + timedelta(days=settings.INVITE_DAYS)
    request.session[KEY] = [sponsor.invite_code, until.timestamp()]


def remembered(request: HttpRequest) -> Member | None:
    """Whose invitation was opened here, while it is remembered."""
    code, until = request.session.get(KEY, ("", 0))
    if not code or clock.now().timestamp() > until:
        return None
    return Member.objects.filter(invite_code=code).first()


def may_accept(member: Member) -> bool:
    """Whether a member can still be bound outside registration."""
    return (
        settings.INVITE_MODE == "first_touch"
        and member.sponsor_id is None
        and member.first_paid_at is None
    )


class InvitationMiddleware:
    """``?invite=CODE`` on any page is an opened invitation too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Remember the invitation, then answer as usual."""
        code = request.GET.get("invite", "") if request.method == "GET" else ""
        if code:
            with suppress(ZengzhiError):  # An unknown code is no invitation; the page still shows.
                remember(request, by_invite_code(code))
        return self.get_response(request)


class InviteForm(forms.Form):
    """The registration form's own field, on top of what the sign-up library asks."""

    invite = forms.CharField(label=_("Invitation code"), required=False, max_length=12, strip=True)

    def clean_invite(self) -> str:
        """A code that somebody has, or nothing."""
        code: str = self.cleaned_data["invite"].upper()
        if code:
            try:
                by_invite_code(code)
            except ZengzhiError as refusal:
                raise forms.ValidationError(refusal.message) from refusal
        return code

    def signup(self, request: HttpRequest, user: User) -> None:
        """Bind the new member to the inviter."""
        member = member_of(user)
        code = self.cleaned_data["invite"]
        if code:
            bind(member.pk, code)
        request.session.pop(KEY, None)
