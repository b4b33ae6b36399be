"""What happens around a sign-in, whichever door it came through."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from zengzhi.doors.shared.requests import address_of, network_of
from zengzhi.doors.shared.signin import devices, notices
from zengzhi.doors.shared.signin.backend import subject
from zengzhi.records.control import limiter
from zengzhi.records.control.audit import note
from zengzhi.records.members.errors import MemberError
from zengzhi.records.members.models import Notice, User
from zengzhi.records.members.names import read_name

OFFICE = "/office/"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Ours, where the library asks: sign-ins are audited, devices remembered, names checked."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The server has seen through trusted proxies already."""
        return address_of(request) or "0.0.0.0"  # noqa: S104 (unknown)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The name of a new account. Errors in words."""
        if shallow:
            return username
        try:
            name = read_name(username)
        except MemberError as refusal:
            raise ValidationError(refusal.message) from refusal
        limiter.take((limiter.SIGN_UP, network_of(address_of(self.request))))
        return name

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        """Signed in: on the audit log; the device is known from now on, a new one is told of."""
        response: HttpResponse = super().post_login(request, user, **more)
        device = devices.known(request, user)
        note(user, "sign_in", subject(user), after={"device": "known" if device else "new"})
        if not devices.seen(request, user) and not more.get("signup"):
            notices.tell(user, Notice.Kind.NEW_DEVICE)
        devices.remember(request, response, user, device)
        if user.is_staff:
            record_authentication(request, user, method="password", reauthenticated=True)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Signed out."""
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            note(user, "sign_out", subject(user))

    def set_password(self, user: User, password: str) -> None:
        """One's own choice, with the old one at hand; this device stays known."""
        super().set_password(user, password)
        note(user, "change_password", subject(user))
        notices.tell(user, Notice.Kind.PASSWORD)
        devices.remember_later(self.request, user)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """Who works in the office confirms it in the office."""
        methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
        if self.request is not None and self.request.path.startswith(OFFICE):
            return [{**one, "url": reverse("office_confirm")} for one in methods[:1]]
        return methods
