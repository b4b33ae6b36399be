"""From a request that has wholly arrived to the WSGI application, and back.

The body is in memory, the application runs in a thread of its own, and its answer is collected:
neither a slow client nor a slow reader ever holds a thread or a connection to the database.
"""

import io
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import close_old_connections

from zengzhi.doors.shared import still
from zengzhi.records.store.away import is_away

log = logging.getLogger("zengzhi.bridge")
Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server read it, with the address it really comes from."""

    method: str
    path: str
    query: str
    version: str
    scheme: str
    address: str
    server: str
    headers: list[Header]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer."""

    status: int
    headers: list[Header]
    body: bytes


def still_answer(status: int) -> Answered:
    """The answer with a status that needs neither database nor application."""
    headers, body = still.page(status)
    return Answered(status, _lower(headers.items()), body)


def environ_of(asked: Asked) -> dict[str, Any]:
    """The variables of PEP 3333. A header with an underscore in its name is dropped: as a variable
    it could not be told from the one with a hyphen."""
    host, _, port = asked.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(asked.path),
        "QUERY_STRING": _latin(asked.query),
        "SERVER_NAME": host.strip("[]") or "localhost",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{asked.version}",
        "REMOTE_ADDR": asked.address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": asked.scheme,
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(asked.body)),
    }
    for name, value in asked.headers:
        if "_" in name or name in {"content-length", "transfer-encoding"}:
            continue
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        joint = "; " if name == "cookie" else ","
        environ[key] = f"{environ[key]}{joint}{_latin(value)}" if key in environ else _latin(value)
    return environ


def _latin(text: str) -> str:
    """Bytes as WSGI wants them: one character each."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def run(application: Callable[..., Iterable[bytes]], asked: Asked) -> Answered:
    """Ask the application, in this thread. What it cannot say, a still page says."""
    told: list[Any] = []

    def start_response(status: str, headers: list[Header], exc_info: Any = None) -> Any:
        told[:] = [int(status.split(" ", 1)[0]), headers]
        return lambda _data: None

    try:
        chunks = application(environ_of(asked), start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
    except Exception as error:
        log.exception("the application gave no answer")
        close_old_connections()
        return still_answer(503 if is_away(error) else 500)
    status, headers = told
    return Answered(status, _lower(headers), body)


def _lower(headers: Iterable[Header]) -> list[Header]:
    return [(name.lower(), value.strip()) for name, value in headers] + [("server", "zengzhi")]
