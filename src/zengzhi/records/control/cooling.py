"""提现冷静期: an account to be paid to cools down before money may go there (cooling period).

Whoever takes over a member's session and changes the account can be noticed before it is paid.
"""

from datetime import datetime, timedelta


def usable_from(added_at: datetime, cooling_hours: int, first: bool) -> datetime:
    """When a payee account may be used: at once if it is the member's very first, else
    ``cooling_hours`` after it was added or changed.

    >>> usable_from(datetime(2026, 5, 1, 9), 24, first=False)
    datetime.datetime(2026, 5, 2, 9, 0)
    """
    return added_at if first else added_at + timedelta(hours=cooling_hours)


def is_cooling(usable_from: datetime, at: datetime) -> bool:
    """Whether an account may not be used yet.

    >>> is_cooling(datetime(2026, 5, 2, 9), at=datetime(2026, 5, 2, 9))
    False
    """
    return at < usable_from
