"""What an account's owner is told about it: on their own page, and by mail where there is any."""

from django.utils.translation import gettext as _

from zengzhi.doors.shared import delivery
from zengzhi.records.members.models import Notice, User
from zengzhi.records.store import clock

SHOWN = 5


def tell(user: User, kind: Notice.Kind) -> None:
    """Tell the owner; where it could not be sent it still stands on their page."""
    Notice.objects.create(user=user, kind=kind)
    mail(user, kind)


def mail(user: User, kind: Notice.Kind) -> None:
    """The mail of a notice that stands already."""
    text = _("Your account %(name)s: %(what)s. If this was not you, change the password now.")
    said = text % {"name": user.get_username(), "what": kind.label}
    delivery.send(user, _("Your account at Zengzhi"), said)


def unseen(user: User) -> int:
    """How many notices the owner has not looked at."""
    return Notice.objects.filter(user=user, seen_at=None).count()


def look_at(user: User) -> list[dict[str, object]]:
    """The last notices; from now on they are seen."""
    rows = list(Notice.objects.filter(user=user)[:SHOWN])
    found = [
        {"text": row.get_kind_display(), "at": row.at, "is_new": row.seen_at is None}
        for row in rows
    ]
    Notice.objects.filter(user=user, seen_at=None).update(seen_at=clock.now())
    return found
