"""The gate in front of the mall: what a client may take of the server, and for how long.

A request is let in when the server has room for one more of its client and of all; its body is
read here, with a limit of size and of time, before a thread is given to it. Who sends nothing,
little or too much holds a connection and nothing else. Heads of requests are the server's own
matter: it closes a connection whose next head does not come in time, an idle one too.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from zengzhi.doors.shared.requests import network_of
from zengzhi.site.bridge import Answered, Asked, run, still_answer
from zengzhi.site.proxy import Proxies

log = logging.getLogger("zengzhi.gate")
METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one worker process."""

    threads: int = 8
    """Requests that the application answers at once."""
    of_one: int = 32
    """Requests of one client's address that are answered or wait for it."""
    of_all: int = 512
    """The same of all clients."""
    bodies_of_one: int = 64
    """Requests of one client's address whose body is still to come."""
    bodies_of_all: int = 512
    """The same of all clients."""
    body_bytes: int = 2_621_440
    """Of one request (``DATA_UPLOAD_MAX_MEMORY_SIZE`` of Django)."""
    slow_after_s: float = 20
    """For the head of a request, as much for its body, and how long a connection may be idle."""
    wait_s: float = 10
    """For a thread."""
    linger_s: float = 3
    """How long what a refused client still sends is thrown away, so that it reads the refusal."""
    connections: int = 2048
    backlog: int = 1024


class Refused(Exception):
    """The request is answered here, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Room:
    """Counts who is inside: so many of one client, so many of all."""

    def __init__(self, of_one: int, of_all: int) -> None:
        self.of_one, self.of_all = of_one, of_all
        self.inside: Counter[str] = Counter()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """One more while the block lasts. Errors: ``Refused`` when there is no room."""
        if self.inside[client] >= self.of_one:
            raise Refused(429)
        if self.inside.total() >= self.of_all:
            raise Refused(503)
        self.inside[client] += 1
        try:
            yield
        finally:
            self.inside[client] -= 1
            if not self.inside[client]:
                del self.inside[client]


class Gate:
    """An RSGI application around a WSGI one."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        limits: Limits,
        proxies: Proxies,
    ) -> None:
        self.application = application
        self.limits = limits
        self.proxies = proxies
        self.bodies = Room(limits.bodies_of_one, limits.bodies_of_all)
        self.answers = Room(limits.of_one, limits.of_all)
        self.threads = ThreadPoolExecutor(limits.threads, "answer")
        self.free = asyncio.Semaphore(limits.threads)

    async def __call__(self, scope: Any, protocol: Any) -> None:
        """One request."""
        chunks = _chunks(protocol)
        try:
            _send(protocol, await self._asked(scope, chunks))
        except Refused as refusal:
            await self._refuse(protocol, chunks, refusal.status)

    async def _asked(self, scope: Any, chunks: AsyncIterator[bytes]) -> Answered:
        """What the application says to a request that was let in. Errors: ``Refused``."""
        if scope.method not in METHODS:
            raise Refused(405)
        headers = scope.headers.items()
        seen = self.proxies.see(scope.client.rpartition(":")[0].strip("[]"), scope.scheme, headers)
        client = network_of(seen.address)
        body = b""
        announced = self._announced(headers)
        if announced is not None:
            with self.bodies.place(client):
                body = await self._body(announced, chunks)
        asked = Asked(
            method=scope.method,
            path=scope.path,
            query=scope.query_string,
            version=scope.http_version,
            scheme=seen.scheme,
            address=seen.address,
            server=scope.server,
            headers=seen.headers,
            body=body,
        )
        with self.answers.place(client):
            return await self._answer(asked)

    def _announced(self, headers: list[tuple[str, str]]) -> int | None:
        """Bytes that are in the body at least; ``None``: there is no body."""
        said = next((value for name, value in headers if name == "content-length"), None)
        if said is None:
            return 0 if any(name == "transfer-encoding" for name, _value in headers) else None
        if not said.isdigit() or len(said) > 18 or int(said) > self.limits.body_bytes:
            raise Refused(413)
        return int(said) or None

    async def _body(self, least: int, chunks: AsyncIterator[bytes]) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.slow_after_s):
                async for chunk in chunks:
                    body += chunk
                    if len(body) > self.limits.body_bytes:
                        raise Refused(413)
        except TimeoutError:
            raise Refused(408) from None
        except RuntimeError:  # the server's word for a client that went away or sent no body
            raise Refused(400) from None
        if len(body) < least:  # the client went away in the middle
            raise Refused(400)
        return bytes(body)

    async def _answer(self, asked: Asked) -> Answered:
        try:
            await asyncio.wait_for(self.free.acquire(), self.limits.wait_s)
        except TimeoutError:
            raise Refused(503) from None
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.threads, partial(run, self.application, asked))
        finally:
            self.free.release()

    async def _refuse(self, protocol: Any, chunks: AsyncIterator[bytes], status: int) -> None:
        log.info("refused", extra={"status_code": status})
        answer = still_answer(status)
        headers = [
            *answer.headers,
            ("connection", "close"),
            ("content-length", str(len(answer.body))),
        ]
        with suppress(Exception):  # the client may be gone
            if status != 413:
                protocol.response_bytes(status, headers, answer.body)
                return
            transport = protocol.response_stream(status, headers)
            await transport.send_bytes(answer.body)
            async with asyncio.timeout(self.limits.linger_s):
                async for _chunk in chunks:
                    pass


async def _chunks(protocol: Any) -> AsyncIterator[bytes]:
    """The body as it comes; what was begun can be gone on with. The server starts it once only."""
    async for chunk in protocol:
        yield chunk


def _send(protocol: Any, answer: Answered) -> None:
    with suppress(Exception):  # the client may be gone
        if answer.body:
            protocol.response_bytes(answer.status, answer.headers, answer.body)
        else:
            protocol.response_empty(answer.status, answer.headers)
