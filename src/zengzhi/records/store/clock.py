"""The one clock: every reading of time outside the exact core comes from here, in the mall's zone.

The time machine of the demo and of tests moves this clock and with it every rule that knows time:
windows, cooling periods, months, fresh callbacks, audit rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_offset = timedelta()


def now() -> datetime:
    """This moment, aware, moved by the offset."""
    return timezone.now() + _offset


def machine_now() -> datetime:
    """What the clock of this machine says, whatever the offset."""
    return timezone.now()


def database_now() -> datetime:
    """What the database's clock says, whatever the offset: settlers on different machines agree."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0])


def offset() -> timedelta:
    """How far the clock was moved."""
    return _offset


def set_offset(offset: timedelta) -> None:
    """Move the clock of this process; ``timedelta()`` puts it right again."""
    global _offset
    _offset = offset


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside, the clock starts at ``moment`` and goes on from there."""
    before = _offset
    set_offset(moment - timezone.now())
    try:
        yield
    finally:
        set_offset(before)


def local(moment: datetime) -> datetime:
    """The moment as the mall's own clock shows it."""
    return timezone.localtime(moment, timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    """The calendar day of a moment."""
    return local(moment).date()


def today() -> date:
    """The calendar day it is now."""
    return day_of(now())


def midnight(day: date) -> datetime:
    """The moment a calendar day begins."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def moment(microseconds: int) -> datetime:
    """The moment so many microseconds after the beginning of 1970 (UTC)."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    """The inverse of :func:`moment`."""
    return (at - EPOCH) // timedelta(microseconds=1)
