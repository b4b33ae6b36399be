"""The clock that decides what is due: the database's, and only while it goes on as clocks do.

A clock that jumps forward would settle orders whose refund window is still open. Three things are
compared before anything is due: this machine's clock with the database's, the database's with the
time that passed in this process, and, at the start, with the last round that anybody made.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.intake.models import Round
from zengzhi.records.store import clock

NOTED_EVERY = timedelta(minutes=1)


class ClockJumped(ZengzhiError):
    """The clock went further than time did; nothing is settled until somebody has looked."""

    code = "clock_jumped"

    def __init__(self, what: str, by: timedelta) -> None:
        hours = abs(by) // timedelta(hours=1)
        super().__init__(
            f"the clock jumped: {what} by {hours} hours. Nothing was settled. Put the clock right, "
            "or, if it is right, start again with --accept-clock"
        )
        self.by = by


@dataclass(slots=True)
class Watch:
    """Reads the database's clock, and stops where it jumps."""

    accept: bool = False
    """The clock was looked at and is right, whatever the last round says."""
    _seen: tuple[datetime, float] | None = None
    _noted: datetime | None = None

    def now(self) -> datetime:
        """This moment by the database. Errors: ``clock_jumped``."""
        here, elapsed = clock.database_now(), time.monotonic()
        bound = timedelta(hours=settings.CLOCK_JUMP_HOURS)
        _compare(
            "this machine's clock differs from the database's", clock.machine_now() - here, bound
        )
        if self._seen is not None:
            passed = timedelta(seconds=elapsed - self._seen[1])
            _compare("the database's went on", here - self._seen[0] - passed, bound)
        elif not self.accept:
            last = Round.objects.filter(pk=1).values_list("at", flat=True).first()
            if last is not None and here - last > bound:
                raise ClockJumped("it is past the last round", here - last)
        self._seen = (here, elapsed)
        if self._noted is None or here - self._noted > NOTED_EVERY:
            Round.objects.update_or_create(pk=1, defaults={"at": here})
            self._noted = here
        return here + clock.offset()


def _compare(what: str, by: timedelta, bound: timedelta) -> None:
    if abs(by) > bound:
        raise ClockJumped(what, by)
