"""The settler: answers what waits and settles due orders, pool by pool, in batches that fit the
load.

A lease on the pool keeps settlers out of each other's way. It is a courtesy, not a lock: if it is
lost, the lock on the pool's row, its sequence and the unique event ids still decide, and an order
settles once. Adaptive group commit: each round takes what waits, up to the cap; nothing waits for a
batch to fill. A signal only sets a flag between two batches; money moves in no signal handler.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)

from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.chores import do_chores
from zengzhi.mall.orders.money import due_orders, settle_orders
from zengzhi.mall.orders.parking import unpark_what_fits
from zengzhi.records.intake.owner import answer_waiting
from zengzhi.records.intake.watch import Watch
from zengzhi.records.settlement.lease import give_back, take
from zengzhi.records.settlement.models import Pool

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""Longer than any batch takes; renewed with every batch."""


def holder_name() -> str:
    """Who this settler is, in the lease."""
    return f"{socket.gethostname()[:50]}:{os.getpid()}:{threading.get_ident() % 10**6}"


@dataclass(slots=True)
class Settler:
    """Answers the commands and settles the due orders of every pool it can lease."""

    cap: int = 10_000
    pause: float = 0.2
    """Seconds to wait when nothing was due."""
    holder: str = field(default_factory=holder_name)
    stopped: threading.Event = field(default_factory=threading.Event)
    report: Callable[[str, int], None] = lambda _pool, _orders: None
    watch: Watch = field(default_factory=Watch)

    def stop(self) -> None:
        """Finish the batch at hand, then stop. Safe in a signal handler."""
        self.stopped.set()

    def round(self, at: datetime | None = None) -> int:
        """One batch of every pool that has due orders and no other settler; how many settled.
        What else is due by the clock is done first.

        The refund window is judged by the database's clock. Errors: ``clock_jumped`` when that
        clock moved on its own: then nothing is due until somebody has looked.
        """
        settled = 0
        at = at or self.watch.now()
        do_chores(at)
        for pool in Pool.objects.select_related("rules").order_by("pk"):
            if self.stopped.is_set():
                break
            settled += self._pool(pool, at)
        return settled

    def _pool(self, pool: Pool, at: datetime) -> int:
        if not take(pool.pk, self.holder, LEASE):
            return 0
        self._answer(pool)
        while orders := due_orders(pool, at, self.cap):
            outcome = settle_orders(pool, orders, at)
            if outcome.settled:
                self.report(pool.code, len(outcome.settled))
                return len(outcome.settled)
            if not outcome.parked:  # somebody else settled them
                return 0
        unpark_what_fits(pool)
        return 0

    def _answer(self, pool: Pool) -> None:
        """A command that cannot be answered waits on, and keeps no order from settling."""
        try:
            answer_waiting(pool.pk, self.cap)
        except (OperationalError, InterfaceError):
            raise
        except (DatabaseError, ZengzhiError, ValueError, LookupError, RuntimeError):
            logger.exception("pool %s: a command could not be answered", pool.code)

    def _give_back(self) -> None:
        """Let go of the leases; where the database is away they run out by themselves."""
        with suppress(OperationalError, InterfaceError):
            give_back(self.holder)

    def once(self) -> int:
        """Everything that is due now, batch by batch."""
        total = 0
        try:
            while not self.stopped.is_set():
                settled = self.round()
                if settled == 0:
                    break
                total += settled
        finally:
            self._give_back()
        return total

    def once_or_log(self) -> int:
        """What is due now, beside a web process; an error waits for the next time."""
        try:
            return self.once()
        except (DatabaseError, InterfaceError, ZengzhiError) as error:
            logger.warning("what is due is settled in the next round: %s", error)
            return 0

    def run(self) -> int:
        """Settle until stopped."""
        total = 0
        try:
            while not self.stopped.is_set():
                close_old_connections()
                try:
                    settled = self.round()
                except (OperationalError, InterfaceError) as error:  # a deadlock's victim, a
                    # server that restarts, a full disk
                    logger.warning("the batch was given up and is tried again: %s", error)
                    connection.close()
                    settled = 0
                total += settled
                if settled == 0:
                    self.stopped.wait(self.pause)
        finally:
            self._give_back()
        return total
