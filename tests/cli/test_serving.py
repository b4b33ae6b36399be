"""The production server stands idle, slow and huge clients, and stops in good order."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ops.served import (
    ZENGZHI,
    Served,
    is_there,
    production,
    run,
    until,
    workers_of,
)

SLOW = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
POST = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    with production(tmp_path_factory.mktemp("served")) as own:
        yield own


@pytest.fixture(scope="module")
def mall(environment, tmp_path_factory):
    log = tmp_path_factory.mktemp("mall") / "serve.log"
    with Served(environment, "--slow-after", "3", log=log) as served:
        yield served


def read_all(connection) -> bytes:
    """Until the other side closes."""
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_idle_slow_and_huge_clients_leave_the_mall_answering(mall):
    idle = [mall.connect() for _number in range(300)]
    slow = [mall.connect() for _number in range(40)]
    for number, connection in enumerate(slow):
        connection.sendall(SLOW + b"a" if number % 2 else b"GET / HTTP/1.1\r\nHos")
    huge = mall.connect()
    huge.sendall(SLOW.replace(b": 9", b": 100000000"))
    assert mall.ask("/")[0] == 200
    assert mall.ask("/static/none")[0] == 404
    assert read_all(huge).startswith(b"HTTP/1.1 413 ")
    assert mall.ask("/points/")[0] == 200
    for connection in idle:  # The server itself lets go of them.
        assert read_all(connection) == b""
    answers = {read_all(connection)[:12] for connection in slow}
    assert answers == {b"", b"HTTP/1.1 408"}


def test_a_huge_body_is_refused_and_never_in_memory(mall):
    def peak(pid):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

    workers = workers_of(mall.process.pid)
    mall.ask("/")
    before = {pid: peak(pid) for pid in workers}
    hundred = b"x" * 100_000_000
    status, _headers, page = mall.ask("/accounts/login/", "POST", body=hundred, headers=POST)
    assert status == 413
    assert "内容太大" in page.decode()
    assert "too large" in page.decode()
    pieces = (b"x" * 65536 for _number in range(1600))
    chunked = {**POST, "Transfer-Encoding": "chunked"}
    answer = mall.ask("/accounts/login/", "POST", body=pieces, headers=chunked, encode_chunked=True)
    assert answer[0] == 413
    for pid in workers:
        assert peak(pid) - before[pid] < 60_000  # kB


def test_one_client_has_room_for_so_many_bodies_and_pages_still_come(mall):
    slow = []
    for _number in range(2 * 64 + 20):
        slow.append(mall.connect())
        slow[-1].sendall(SLOW + b"a")
    assert mall.ask("/")[0] == 200
    answers = [read_all(connection)[:12] for connection in slow]
    assert set(answers) == {b"HTTP/1.1 408", b"HTTP/1.1 429"}
    assert answers.count(b"HTTP/1.1 408") <= 2 * 64


def test_on_sigterm_what_is_under_way_is_answered(environment, tmp_path):
    with Served(environment, "--workers", "1", log=tmp_path / "serve.log") as mall:
        stops_in_good_order(mall)


def stops_in_good_order(mall):
    connection = mall.connect()
    connection.sendall(SLOW + b"a=1&")
    mall.process.send_signal(signal.SIGTERM)

    def refuses():
        try:
            mall.connect().close()
        except ConnectionError:
            return True
        return False

    until(refuses, "no new connection is accepted")
    assert mall.process.poll() is None
    connection.sendall(b"b=123")
    assert read_all(connection).startswith(b"HTTP/1.1 403 ")  # A form without its token.
    assert mall.process.wait(timeout=60) == 0


def test_a_worker_that_dies_is_started_again_and_none_outlives_its_parent(environment, tmp_path):
    with Served(environment, log=tmp_path / "serve.log") as mall:
        workers_come_and_go(mall)


def workers_come_and_go(mall):
    first = workers_of(mall.process.pid)
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(set(workers_of(mall.process.pid)) - set(first)) == 1, "another worker")
    until(lambda: mall.listens(), "it answers")
    left = workers_of(mall.process.pid)
    mall.process.kill()
    mall.process.wait()
    until(lambda: not any(map(is_there, left)), "the workers end")


def test_a_port_that_is_taken_is_said_in_one_line(mall, environment):
    done = run(environment, ZENGZHI, "serve", "--port", mall.port)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{mall.port}: Address already in use" in done.stderr


def test_strange_requests_are_answered_and_never_500(mall):
    for line in (
        b"GET /%00 HTTP/1.1\r\nHost: localhost",
        b"GET /goods/?q=%00 HTTP/1.1\r\nHost: localhost",
        b"GET /\xff HTTP/1.1\r\nHost: localhost",
        b"GET /%ff%fe/ HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: evil.example",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Language: \xff\xfe",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: django_language=%00; sessionid=\xff",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost",
        b"BREW /pot HTTP/1.1\r\nHost: localhost",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1e3",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 2_000_000,
    ):
        connection = mall.connect()
        with suppress(ConnectionError):  # It may be closed before everything was sent.
            connection.sendall(line + b"\r\nConnection: close\r\n\r\n")
        answer = read_all(connection)
        assert answer[:10] != b"HTTP/1.1 5", line[:60]
    assert mall.ask("/")[0] == 200
