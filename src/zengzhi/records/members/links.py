"""One-time links: the only way to a password that is not one's own choice at the time.

Nobody sets another's password: whoever asks for a link, it goes to the account's owner, works once
and not for long, and after it was used the account approves and pays nothing for a while
(:func:`cooling_until`), so that its owner can be told in time.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Max

from zengzhi.records.control.audit import note
from zengzhi.records.members.errors import BadLink
from zengzhi.records.members.models import Notice, OneTimeLink, User
from zengzhi.records.store import clock

VALID = timedelta(hours=2)
COOLING = timedelta(hours=24)
"""For so long after a link was used the account neither approves nor pays."""


def make_link(user: User, by: User | None, why: str = "") -> str:
    """The secret of a new link, which is stored nowhere; older ones of the account end."""
    secret = secrets.token_urlsafe(32)
    at = clock.now()
    with transaction.atomic():
        now = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        OneTimeLink.objects.filter(user=user, used_at=None, expires_at__gt=at).update(expires_at=at)
        OneTimeLink.objects.create(
            user=user,
            made_by=by,
            made_at=at,
            expires_at=at + VALID,
            digest=_digest(secret),
            is_first=not now.has_usable_password(),
        )
        Notice.objects.create(user=user, kind=Notice.Kind.LINK_SENT)
        note(by, "send_link", f"user:{user.pk}", why)
    return secret


def owner_of(secret: str) -> User:
    """Whose link it is, while it can be used. Errors: ``bad_link``."""
    return _open(secret).user


def use_link(secret: str, password: str) -> User:
    """The owner sets the password; every session and known device of before ends.

    Errors: ``bad_link``; a ``ValidationError`` for a password that is too easy.
    """
    with transaction.atomic():
        link = _open(secret, lock=True)
        user = link.user
        validate_password(password, user)
        link.used_at = clock.now()
        link.save(update_fields=["used_at"])
        user.set_password(password)
        user.save(update_fields=["password"])
        Notice.objects.create(user=user, kind=Notice.Kind.LINK_USED)
        note(user, "use_link", f"user:{user.pk}")
    return user


def cooling_until(user: User | None, at: datetime | None = None) -> datetime | None:
    """Until when an account neither approves nor pays, as its password was set by a link; ``None``:
    it may. The very first password of an account is no reset."""
    if user is None:
        return None
    resets = OneTimeLink.objects.filter(user=user, is_first=False)
    last = resets.aggregate(at=Max("used_at"))["at"]
    until: datetime | None = last + COOLING if last else None
    return until if until is not None and until > (at or clock.now()) else None


def _open(secret: str, lock: bool = False) -> OneTimeLink:
    rows = OneTimeLink.objects.select_related("user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    link = rows.filter(
        digest=_digest(secret), used_at=None, expires_at__gt=clock.now(), user__is_active=True
    ).first()
    if link is None:
        raise BadLink
    return link


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
