"""Who the second pair of eyes is: another person, or, in a mall of one person (新手), time.

In the mode of one person what needs two waits 72 hours, is announced to those it touches, and can
be withdrawn until then. Changing the mode waits as long, whoever asks; members see the mode.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from zengzhi.records.control.models import Approval, ApprovalState, Mode, ModeName
from zengzhi.records.store import clock

WAIT = timedelta(hours=72)
SWITCH = "switch_mode"
_announcers: list[Callable[[Approval], None]] = []


def is_one_person(at: datetime | None = None) -> bool:
    """Whether time is the second pair of eyes, now or at a moment, as the newest switch says that
    was approved and done; a new mall has two people."""
    switched = Mode.objects.filter(
        approval__act=SWITCH, approval__state=ApprovalState.EXECUTED, since__lte=at or clock.now()
    )
    newest = switched.order_by("-pk").values_list("mode", flat=True).first()
    return newest == ModeName.ONE


def time_decides(act_name: str) -> bool:
    """Whether an act may be done by waiting: all in the mode of one person, else its switch."""
    return is_one_person() or act_name == SWITCH


def ripe_at(act_name: str, now: datetime) -> datetime | None:
    """When time has decided; ``None`` where only a second person does."""
    return now + WAIT if time_decides(act_name) else None


def announced_by(announcer: Callable[[Approval], None]) -> None:
    """The room of members tells them."""
    _announcers.append(announcer)


def announce(row: Approval) -> None:
    """Tell those an act touches that it waits: where time decides."""
    if row.ripe_at is not None:
        for announcer in _announcers:
            announcer(row)
