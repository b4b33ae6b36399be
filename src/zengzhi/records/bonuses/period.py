"""A period of dividends: a calendar month of the mall, written ``2026-01``."""

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from zengzhi.records.bonuses.errors import BadPeriod
from zengzhi.records.store import clock

_PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


class Bounds(NamedTuple):
    """From ``start`` on, until before ``end``."""

    start: datetime
    end: datetime


def bounds(period: str) -> Bounds:
    """The first moment of a month and that of the next. Errors: ``bad_period``."""
    if not _PERIOD.fullmatch(period):
        raise BadPeriod
    year, month = int(period[:4]), int(period[5:])
    after = date(year + month // 12, month % 12 + 1, 1)
    return Bounds(clock.midnight(date(year, month, 1)), clock.midnight(after))


def end_of(period: str) -> datetime:
    """The last moment of a month. Errors: ``bad_period``."""
    return bounds(period).end - timedelta(microseconds=1)
