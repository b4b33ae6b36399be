"""Granian with the mall behind the gate, in worker processes.

Each worker accepts for itself. On SIGTERM it accepts no more, answers what is under way and ends;
no handler of a signal does anything but that. A worker whose parent died ends too, and one that
died is started again.
"""

import multiprocessing
import os
import resource
import threading
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from django.conf import settings
from django.db import connections

from zengzhi.site.gate import Gate, Limits
from zengzhi.site.proxy import Proxies
from zengzhi.site.static import collect

STOP_S = 40
"""A worker that has not ended this long after SIGTERM is killed; no request takes so long."""
OWN_FILES = 256
"""Open files beside the connections: the database's, the log's, static ones."""


def serve(host: str, port: int, workers: int, limits: Limits, proxies: Proxies) -> None:
    """Serve until told to stop."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    collect()
    connections.close_all()  # no worker takes over a connection of this process
    granian = Server(
        "zengzhi.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=int(limits.slow_after_s * 1000)),
        websockets=False,
        backlog=limits.backlog,
        backpressure=_connections(limits.connections),
        log_level=LogLevels.warning,
        log_dictconfig={**settings.LOGGING, "loggers": {}},
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_S,
    )
    granian.serve(target_loader=partial(_gate, limits, proxies), wrap_loader=False)


def _connections(wanted: int) -> int:
    """As many as this process may have files open for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(64, min(wanted, soft - OWN_FILES))


def _gate(limits: Limits, proxies: Proxies) -> Any:
    """In a worker: the application behind its gate."""
    from zengzhi.site.wsgi import application

    threading.Thread(target=_end_with_parent, daemon=True).start()
    return Gate(application, limits, proxies)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
