"""Moments written by others: ISO 8601 in, a moment of the mall's time zone out (spec 4.6, 4.10)."""

import re
from datetime import datetime, tzinfo

from zengzhi.core.errors import Malformed

MALL_ZONE = "Asia/Shanghai"
"""The time zone of the mall's days and months."""

_ISO = re.compile(r"[0-9W-]{7,10}([T ][0-9:.,]+(Z|[+-][0-9:]+)?)?", re.ASCII)


def parse_moment(text: str, zone: tzinfo, name: str = "paid_at") -> datetime:
    """Read ISO 8601 with or without a time of day; without a zone it is the mall's, and in the
    mall's zone it comes back. Errors: ``malformed`` for anything else.

    >>> from datetime import timedelta, timezone
    >>> shanghai = timezone(timedelta(hours=8))
    >>> str(parse_moment("2026-01-31T16:30:00Z", shanghai))
    '2026-02-01 00:30:00+08:00'
    >>> str(parse_moment("2026-01-31", shanghai))
    '2026-01-31 00:00:00+08:00'
    """
    try:
        if not _ISO.fullmatch(text):
            raise ValueError("another form")
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError) as error:
        wanted = "a moment in ISO 8601 such as 2026-01-31T10:00:00+08:00"
        raise Malformed(f"{name} = {text[:40]!r}: expected {wanted}") from error
