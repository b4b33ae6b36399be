"""What the frame of every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from zengzhi.doors.shared import delivery
from zengzhi.doors.shared.signin.required import works_here
from zengzhi.doors.shared.signin.second_factor import passkeys_of
from zengzhi.doors.storefront import invitations
from zengzhi.records.members.models import Member, User


def shell(request: HttpRequest) -> dict[str, Any]:
    """The section for the tabs, whether this is the demo, and who is signed in."""
    match = getattr(request, "resolver_match", None)
    user = getattr(request, "user", None)
    member = None
    if user is not None and user.is_authenticated and not request.path.startswith("/office/"):
        member = Member.objects.filter(user=user).first()
    view_name = match.view_name if match else ""
    return {
        "frame": "shared/plain.html" if works_here(request) else "storefront/base.html",
        "inviter": invitations.remembered(request) if view_name == "account_signup" else None,
        "view_name": view_name,
        "is_demo": settings.DEMO,
        "has_passkey": SimpleLazyObject(lambda: _has_passkey(user)),
        "can_recover": delivery.is_offered(),
        "refund_days": settings.REFUND_WINDOW_DAYS,
        "me": member,
        "me_name": (member.nickname if member else getattr(user, "username", "")) or "",
    }


def _has_passkey(user: object) -> bool:
    return isinstance(user, User) and passkeys_of(user).exists()
