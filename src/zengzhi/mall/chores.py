"""What is due by the clock, in every round of the settler: each a few quick queries when nothing
is."""

import logging
from datetime import datetime

from django.db import DatabaseError

from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.orders.delivery import receive_overdue
from zengzhi.mall.orders.money import close_unpaid
from zengzhi.payments.paybacks import send_waiting
from zengzhi.payments.service import retry_waiting
from zengzhi.records.store import clock

logger = logging.getLogger(__name__)


def do_chores(at: datetime) -> dict[str, int]:
    """Receive what was shipped long ago, close what nobody paid, handle callbacks that wait, ask
    the providers to pay back; how many of each."""
    return {
        "received": receive_overdue(at),
        "closed": close_unpaid(at),
        "callbacks": retry_waiting(),
        "paybacks": send_waiting(),
    }


def chores_or_log() -> None:
    """One round beside a web process; an error waits for the next one."""
    try:
        do_chores(clock.now())
    except (DatabaseError, ZengzhiError) as error:
        logger.warning("the chores are tried again: %s", error)
