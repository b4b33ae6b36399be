"""A sealer beside a process that lives long: what waits in the tail is sealed within seconds."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.seal import Sealed, seal_tail

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0


class Rounds:
    """Does its round in a thread of its own while the block lasts, and once more at its end."""

    def __init__(self, act: Callable[[], object], pause_seconds: float = PAUSE_SECONDS) -> None:
        self._act = act
        self._pause_seconds = pause_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop after the round at hand, and do a last one."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self._pause_seconds):
                close_old_connections()
                self._act()
            self._act()
        finally:
            connections.close_all()


def seal_or_log() -> Sealed:
    """One round; an error waits for the next one, nothing is lost by it."""
    try:
        return seal_tail()
    except (DatabaseError, InterfaceError, ZengzhiError) as error:
        logger.warning("the tail is not sealed yet, it is tried again: %s", error)
        return Sealed()


class Sealer(Rounds):
    """Seals while the block lasts."""

    def __init__(self, pause_seconds: float = PAUSE_SECONDS) -> None:
        super().__init__(seal_or_log, pause_seconds)
