"""冷静期 of staff: after a new password or new rights nobody asks for or approves what needs two.

Whoever takes over a colleague's account, or makes one, is seen before it counts.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from zengzhi.records.control.models import Cooling
from zengzhi.records.store import clock

PASSWORD, RIGHTS = "password", "rights"
BOUNDS_HOURS = (1, 168)


def hours() -> int:
    """How long, from the settings, within its bounds."""
    least, most = BOUNDS_HOURS
    return max(least, min(most, int(settings.STAFF_COOLING_HOURS)))


def begin(user: AbstractBaseUser, why: str) -> Cooling:
    """From now on this person cools down."""
    now = clock.now()
    return Cooling.objects.create(
        user_id=user.pk, why=why, since=now, until=now + timedelta(hours=hours())
    )


def cools_until(user_pk: int) -> datetime | None:
    """Until when this person may neither ask nor approve; ``None``: they may."""
    now = clock.now()
    found = Cooling.objects.filter(user_id=user_pk, since__lte=now, until__gt=now)
    until: datetime | None = found.order_by("-until").values_list("until", flat=True).first()
    return until


class CoolingAfterChange:
    """Told of every new password by Django (a password validator that refuses nothing)."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Any password passes here."""

    def password_changed(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Somebody's password is another one now."""
        if user is not None and user.pk is not None and getattr(user, "is_staff", False):
            begin(user, PASSWORD)

    def get_help_text(self) -> str:
        """Nothing to say to whoever chooses one."""
        return ""
