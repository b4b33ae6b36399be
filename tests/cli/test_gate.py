"""The gate in front of the mall, request by request, with a server made of plain objects."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from zengzhi.site.gate import Gate, Limits
from zengzhi.site.proxy import Proxies


class Protocol:
    """What the server gives with a request: the body in parts, and where the answer goes."""

    def __init__(self, *parts: bytes, ends: bool = True) -> None:
        self.parts, self.ends = list(parts), ends
        self.status, self.body = 0, b""

    def __aiter__(self):
        return self

    async def __anext__(self) -> bytes:
        if self.parts:
            return self.parts.pop(0)
        if not self.ends:
            await asyncio.Event().wait()
        raise StopAsyncIteration

    def response_bytes(self, status, headers, body):
        self.status, self.headers, self.body = status, dict(headers), body

    def response_empty(self, status, headers):
        self.response_bytes(status, headers, b"")

    def response_stream(self, status, headers):
        self.response_bytes(status, headers, b"")
        return self

    async def send_bytes(self, data):
        self.body += data


def scope(client="203.0.113.1:5000", method="GET", **headers):
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return SimpleNamespace(
        method=method,
        path="/",
        query_string="",
        http_version="1.1",
        scheme="http",
        client=client,
        server="127.0.0.1:8000",
        headers=SimpleNamespace(items=lambda: given),
    )


class Application:
    """Answers with what it was asked; holds everybody while the door is shut."""

    def __init__(self) -> None:
        self.door = threading.Event()
        self.door.set()
        self.seen: list[dict] = []

    def __call__(self, environ, start_response):
        self.seen.append(environ)
        self.door.wait()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read()]


@pytest.fixture
def application():
    app = Application()
    yield app
    app.door.set()


def gate_of(application, proxies=(), **limits):
    return Gate(application, Limits(**limits), Proxies(proxies))


def answered(gate, given, protocol=None):
    protocol = protocol or Protocol()
    asyncio.run(gate(given, protocol))
    return protocol


def test_a_body_arrives_whole(application):
    sent = scope(method="POST", content_length="6", content_type="text/plain")
    done = answered(gate_of(application), sent, Protocol(b"abc", b"def"))
    assert (done.status, done.body) == (200, b"abcdef")
    assert application.seen[0]["CONTENT_LENGTH"] == "6"
    assert application.seen[0]["CONTENT_TYPE"] == "text/plain"


@pytest.mark.parametrize("length", ["11", "9" * 30, "-1", "1e1", ""])
def test_a_length_above_the_limit_or_none_is_refused_unread(application, length):
    protocol = Protocol(b"x" * 11)
    sent = scope(method="POST", content_length=length)
    assert answered(gate_of(application, body_bytes=10), sent, protocol).status == 413
    assert application.seen == []


def test_more_than_the_limit_without_a_length_is_refused(application):
    protocol = Protocol(*[b"x"] * 11)
    sent = scope(method="POST", transfer_encoding="chunked")
    assert answered(gate_of(application, body_bytes=10), sent, protocol).status == 413
    assert application.seen == []


def test_a_body_that_does_not_come_in_time_is_refused(application):
    sent = scope(method="POST", content_length="6")
    gate = gate_of(application, slow_after_s=0.01)
    assert answered(gate, sent, Protocol(b"abc", ends=False)).status == 408
    assert answered(gate, sent, Protocol(b"abc")).status == 400  # The client went away.
    assert application.seen == []


def test_a_client_has_room_for_so_many_and_others_still_come_in(application):
    application.door.clear()
    gate = gate_of(application, threads=4, of_one=2, of_all=3)

    async def story():
        first = [asyncio.create_task(gate(scope(), Protocol())) for _number in range(2)]
        while len(application.seen) < 2:
            await asyncio.sleep(0)
        third, other, fourth = Protocol(), Protocol(), Protocol()
        await gate(scope(client="203.0.113.1:9"), third)
        asked = asyncio.create_task(gate(scope(client="203.0.113.2:5"), other))
        while len(application.seen) < 3:
            await asyncio.sleep(0)
        await gate(scope(client="203.0.113.3:5"), fourth)
        application.door.set()
        await asyncio.gather(*first, asked)
        again = Protocol()
        await gate(scope(), again)
        return third, other, fourth, again

    third, other, fourth, again = asyncio.run(story())
    assert (third.status, other.status, fourth.status, again.status) == (429, 200, 503, 200)
    assert third.headers["retry-after"] == fourth.headers["retry-after"]
    assert len(gate.answers.inside) == 0


def test_bodies_to_come_have_a_room_of_their_own(application):
    gate = gate_of(application, bodies_of_one=1, of_one=1)
    sent = scope(method="POST", content_length="6")

    async def story():
        slow = asyncio.create_task(gate(sent, Protocol(b"abc", ends=False)))
        while not gate.bodies.inside:
            await asyncio.sleep(0)
        second, page = Protocol(b"abcdef"), Protocol()
        await gate(sent, second)
        await gate(scope(), page)
        slow.cancel()
        return second.status, page.status

    assert asyncio.run(story()) == (429, 200)
    assert len(gate.bodies.inside) == 0


def test_who_waits_too_long_for_a_thread_is_told_to_come_again(application):
    application.door.clear()
    gate = gate_of(application, threads=1, wait_s=0.01)

    async def story():
        first = asyncio.create_task(gate(scope(), Protocol()))
        while not application.seen:
            await asyncio.sleep(0)
        second = Protocol()
        await gate(scope(), second)
        application.door.set()
        await first
        return second.status

    assert asyncio.run(story()) == 503


def test_an_application_that_breaks_is_a_still_page():
    def broken(environ, start_response):
        raise ZeroDivisionError

    done = answered(gate_of(broken), scope())
    assert done.status == 500
    assert "Something broke" in done.body.decode()


FORWARDED = {
    "x_forwarded_for": "1.1.1.1, 203.0.113.9, 10.0.0.8",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "mall.example",
    "host": "127.0.0.1",
}


def test_a_trusted_proxy_says_whom_a_request_comes_from(application):
    gate = gate_of(application, ("10.0.0.0/8",))
    answered(gate, scope(client="10.0.0.7:1", **FORWARDED))
    seen = application.seen[0]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("203.0.113.9", "https")
    assert seen["HTTP_HOST"] == "127.0.0.1"  # the host is the request's own
    assert "HTTP_X_FORWARDED_FOR" not in seen


def test_nobody_else_is_believed(application):
    gate = gate_of(application, ("10.0.0.0/8",))
    answered(gate, scope(client="203.0.113.50:1", **FORWARDED))
    seen = application.seen[0]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("203.0.113.50", "http")
    assert seen["HTTP_HOST"] == "127.0.0.1"
    assert not [name for name in seen if "FORWARDED" in name]


def test_a_header_with_an_underscore_is_not_taken_for_another(application):
    given = scope()
    given.headers = SimpleNamespace(items=lambda: [("remote_user", "a"), ("x_real", "b")])
    answered(gate_of(application), given)
    assert not [name for name in application.seen[0] if name.startswith("HTTP_")]
