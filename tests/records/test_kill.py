"""kill -9 under load: what was acknowledged is there, once, and the books hold.

Real processes: one settles a stream of all seven verbs in batches of every size, one runs the
mall's orders and payments, one is the settler of ``zengzhi settle``, one serves the web pages;
PostgreSQL's own server is killed too. Each round waits until both writing processes were
acknowledged something, then kills them all at a random moment.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tests.ops.served import environment_of, serving_role
from zengzhi.site.scratch import Server

ROOT = Path(__file__).resolve().parents[2]
SOAK = os.environ.get("ZENGZHI_SOAK") == "1"
ROUNDS = 10 if SOAK else 2
"""Of each database; the suite runs once for each."""
DATABASE = "sqlite" if os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite") == "sqlite" else "postgres"
EVENTS = "60000" if SOAK else "15000"
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from zengzhi.mall.models import Category, Product
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Pool
from zengzhi.site.demo import create_pool
main = create_pool()
Pool.objects.create(code="kill", rules=main.rules)
shelf = Category.objects.create(slug="g", name_zh="g", name_en="g", icon="grain")
Product.objects.create(slug="p", category=shelf, name_zh="p", name_en="p", picture="rice",
                       price_fen=100_000, stock=1_000_000)
for number in range(60):
    Member.objects.create(nickname=f"m{number}")
"""


class Stage:
    """The processes of one test, all of them killable."""

    def __init__(self, directory, url):
        self.directory = directory
        self.environment = {
            **os.environ,
            "ZENGZHI_DATABASE": url,
            "ZENGZHI_TEST_DATABASE": url,
            "ZENGZHI_DEMO": "1",
            "ZENGZHI_VAR": str(directory),
            "DJANGO_SETTINGS_MODULE": "zengzhi.site.settings",
        }
        self.running = {}

    def call(self, *arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def start(self, name, *arguments, served=False):
        with (self.directory / f"{name}.err").open("ab") as errors:
            self.running[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.served if served else self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def start_all(self, port):
        logs = {name: str(self.directory / f"{name}.log") for name in ("writer", "shopper")}
        self.start("writer", "-m", "tests.records.load", "writer", logs["writer"], EVENTS)
        self.start("shopper", "-m", "tests.records.load", "shopper", logs["shopper"])
        zengzhi = "from zengzhi.cli.main import main; main()"
        self.start("settler", "-c", zengzhi, "settle", "--pause", "0.05")
        self.start("web", "-c", zengzhi, "serve", "--port", str(port), served=True)
        for name in ("writer", "shopper"):
            line = self.running[name].stdout.readline()
            assert line == "ready\n", self.errors(name)

    def kill(self, names):
        for name in names:
            process = self.running.pop(name)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()

    def wait_until(self, name, holds):
        """Wait for a condition of a running process, however busy the machine is."""
        while not holds():
            assert self.running[name].poll() in {None, 0}, self.errors(name)
            time.sleep(0.02)

    def wait_for_acknowledgements(self, before):
        """Each writing process was acknowledged something more, or has nothing left to write."""
        self.wait_until("shopper", lambda: len(self.acknowledged("shopper")) > before["shopper"])
        self.wait_until(
            "writer",
            lambda: (
                len(self.acknowledged("writer")) > before["writer"]
                or self.running["writer"].poll() == 0
            ),
        )

    def errors(self, name):
        return (self.directory / f"{name}.err").read_text()[-3000:]

    def acknowledged(self, name):
        path = self.directory / f"{name}.log"
        return path.read_text().split("\n")[:-1] if path.exists() else []


def serves(port):
    """Whether the web process answers; it reads the same database."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_what_was_acknowledged_survives_kill_9(record_property):
    rng = random.Random()
    seed = rng.randrange(10**6)
    record_property("seed", seed)
    rng.seed(seed)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zengzhi-kill-")))
        server = None
        url = f"sqlite:///{directory / 'kill.sqlite3'}"
        if DATABASE == "postgres":
            (directory / "pg").mkdir()
            server = Server(directory / "pg").start()
            stack.callback(lambda: server.stop())
            url = server.url()
        stage = Stage(directory, url)
        stack.callback(lambda: stage.kill(list(stage.running)))
        stage.call("-c", PREPARE)
        stage.served = serving_role(environment_of(directory, url), "mall")
        for turn in range(ROUNDS):
            port = free_port()
            before = {name: len(stage.acknowledged(name)) for name in ("writer", "shopper")}
            stage.start_all(port)
            if turn == 0:
                stage.wait_until("web", lambda port=port: serves(port))
            stage.wait_for_acknowledgements(before)
            time.sleep(rng.uniform(0, 2))
            if server is not None and turn % 2:
                os.kill(server.pid, signal.SIGKILL)
                time.sleep(rng.uniform(0, 0.5))
            stage.kill(rng.sample(sorted(stage.running), 4))
            if server is not None:
                server.start()
            check(stage)


def check(stage):
    """Every acknowledged event is there once, in its order, and everything verifies."""
    found = json.loads(stage.call("-m", "tests.records.kill_report", EVENTS))
    assert found["problems"] == []
    assert found["in_order"]
    assert found["digest"] == found["replayed"]
    events, acknowledged = found["events"], stage.acknowledged("writer")
    assert acknowledged
    assert len(set(events)) == len(events)
    assert set(acknowledged) <= set(events)
    settled, orders = found["settled_orders"], stage.acknowledged("shopper")
    assert orders
    assert len(set(settled)) == len(settled)
    assert set(orders) <= set(settled)
    assert set(settled) == set(found["paid_orders"])
