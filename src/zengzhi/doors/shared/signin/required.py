"""Who must have a second factor before anything else, and which door a page of signing in is of."""

from collections.abc import Callable

from allauth.account.internal.stagekit import unstash_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from zengzhi.doors.shared.signin.second_factor import has_second_factor
from zengzhi.records.members.models import User

OPEN_TO_ALL = (
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "office_confirm",
    "office_login",
    "office_logout",
    "set_language",
)
"""Where staff get without a second factor: to its set-up, and out."""


def works_here(request: HttpRequest) -> bool:
    """Whether the page is of the office: by its address, or for staff who are signing in."""
    if request.path.startswith("/office/"):
        return True
    if not request.path.startswith("/accounts/"):
        return False
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return bool(user.is_staff)
    if not hasattr(request, "session"):
        return False
    pending = unstash_login(request, peek=True)
    return bool(pending and pending.user and pending.user.is_staff)


class SecondFactorMiddleware:
    """Staff without a second factor are led to set it up, and can do nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """To the set-up, whatever was asked for."""
        user = request.user
        if not (settings.STAFF_NEEDS_SECOND_FACTOR and isinstance(user, User) and user.is_staff):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN_TO_ALL:
            return None
        return None if has_second_factor(user) else redirect("mfa_activate_totp")
