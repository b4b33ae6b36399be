"""Whose password was just set by a link neither approves nor is paid for a while."""

from datetime import datetime

from zengzhi.records.members.links import cooling_until
from zengzhi.records.members.models import User
from zengzhi.records.wallet.errors import JustReset


def refuse_after_reset(user: User | None, at: datetime) -> None:
    """Nobody approves or is paid within the cooling time of a reset. Errors: ``just_reset``."""
    until = cooling_until(user, at)
    if until is not None:
        raise JustReset(until)
