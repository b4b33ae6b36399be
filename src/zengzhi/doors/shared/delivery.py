"""How something reaches one person only: mail where it is configured, a page in the demo.

Nothing promises what is not there: where neither exists, :func:`reaches` is false and no door
offers it.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.members.models import User
from zengzhi.records.store import clock


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the demo, which sends none: to whom, and what it says."""

    at: datetime
    to: str
    text: str


class NotReachable(ZengzhiError):
    """Nothing reaches this person only."""

    code = "not_reachable"

    def __init__(self) -> None:
        super().__init__(
            _("Nothing was sent: no mail is configured, or the user has no mail address.")
        )


SCREEN: deque[Shown] = deque(maxlen=50)
"""The last messages of the demo, newest first; the demo is one process."""


def has_mail() -> bool:
    """Whether mail can be sent."""
    return bool(settings.MAIL_HOST)


def is_offered() -> bool:
    """Whether there is any way to reach somebody."""
    return settings.DEMO or has_mail()


def reaches(user: User) -> bool:
    """Whether this person can be reached."""
    return settings.DEMO or (has_mail() and bool(user.email))


def send(user: User, subject: str, text: str) -> bool:
    """Send it to the person; whether it went out."""
    if has_mail() and user.email:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
        return True
    if settings.DEMO:
        show(user.get_username(), text)
        return True
    return False


def show(to: str, text: str) -> None:
    """On the demo's page of messages."""
    SCREEN.appendleft(Shown(clock.now(), to, text))
