"""Devices on which an account's owner has signed in before.

A signed cookie names the account, the device and the password it was signed in with; a new password
makes every older one worthless. Whoever holds one guesses from a budget of its own, so that nobody
else's guesses lock the owner out, and a sign-in without one is told to the owner.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from zengzhi.records.members.models import User

COOKIE = "zengzhi_device"
SALT = "zengzhi.device"
DAYS = 400
ACCOUNTS_MAX = 5
"""So many accounts one device remembers, the newest."""


def cookie_name() -> str:
    """Over TLS bound to this host alone."""
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


def known(request: HttpRequest | None, user: User) -> str:
    """The device's name if the account's owner has signed in on it before, else ""."""
    device, stamp = _read(request).get(str(user.pk), ("", ""))
    return device if device and constant_time_compare(stamp, _stamp(user, device)) else ""


def seen(request: HttpRequest, user: User) -> bool:
    """Whether the account was signed in to here before, be it with an older password: nothing that
    its owner has not been told."""
    return str(user.pk) in _read(request)


def remember(request: HttpRequest, response: HttpResponse, user: User, device: str = "") -> None:
    """From now on the device is known to be the account's."""
    device = device or secrets.token_hex(8)
    kept = {key: value for key, value in _read(request).items() if key != str(user.pk)}
    kept[str(user.pk)] = (device, _stamp(user, device))
    newest = dict(list(kept.items())[-ACCOUNTS_MAX:])
    response.set_cookie(
        cookie_name(),
        signing.dumps(newest, salt=SALT),
        max_age=DAYS * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remember_later(request: HttpRequest, user: User) -> None:
    """The same, once the request is answered: after a new password."""
    request.knows_device = user  # type: ignore[attr-defined]


def remember_now(request: HttpRequest, response: HttpResponse) -> None:
    """Do what :func:`remember_later` asked for."""
    user = getattr(request, "knows_device", None)
    if user is not None:
        remember(request, response, user)


def _read(request: HttpRequest | None) -> dict[str, tuple[str, str]]:
    text = request.COOKIES.get(cookie_name(), "") if request is not None else ""
    try:
        found = signing.loads(text, salt=SALT, max_age=DAYS * 86400)
    except signing.BadSignature:
        return {}
    return {key: (value[0], value[1]) for key, value in found.items()}


def _stamp(user: User, device: str) -> str:
    bound = f"{user.pk}:{device}:{user.get_session_auth_hash()}"
    return salted_hmac(SALT, bound, algorithm="sha256").hexdigest()[:32]
