"""A database that is killed under load, and a disk that is full: refusals that end by themselves.

Nothing that was acknowledged is lost, nothing is half written, no answer is an error 500 and none
is left out.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from tests.conftest import token
from tests.ops.served import ROOT, ZENGZHI, Served, environment_of, migrated, run, serving_role
from tests.ops.served import until as wait_until
from tests.records.books import assert_books_hold
from tests.web.test_bad_input import DELIVERY
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.site.scratch import Server

SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
PREPARE = """
import django; django.setup()
from zengzhi.mall.models import Category, Product
from zengzhi.records.members.models import Member
shelf = Category.objects.create(slug="g", name_zh="g", name_en="g", icon="grain")
Product.objects.create(slug="p", category=shelf, name_zh="p", name_en="p", picture="rice",
                       price_fen=100_000, stock=1_000_000)
for number in range(20):
    Member.objects.create(nickname=f"m{number}")
"""
REPORT = """
import json
import django; django.setup()
from tests.records.kill_report import settle_what_was_paid
from zengzhi.verify.checks import OF_ONE_HAND
from zengzhi.verify.run import run
paid, settled = settle_what_was_paid()
problems = [str(problem) for problem in run(checks=OF_ONE_HAND).problems]
print(json.dumps({"paid": paid, "settled": settled, "problems": problems}))
"""


class Reader(threading.Thread):
    """Asks for a page again and again; counts the answers."""

    def __init__(self, mall: Served) -> None:
        super().__init__(daemon=True)
        self.mall, self.seen, self.over = mall, Counter(), threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self.seen[self.mall.ask("/points/")[0]] += 1
            except OSError as error:
                self.seen[type(error).__name__] += 1

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.join()


@contextmanager
def running(environment, name, folder, *arguments):
    """A process while the block lasts."""
    with (folder / f"{name}.err").open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        yield process
        assert process.poll() is None, (folder / f"{name}.err").read_text()[-3000:]
    finally:
        process.kill()
        process.wait()


def test_a_database_killed_under_load_is_503_and_comes_back_with_everything():
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zengzhi-loss-")))
        (folder / "pg").mkdir()
        server = Server(folder / "pg").start()
        stack.callback(lambda: server.stop())
        owner = environment_of(folder / "var", server.url())
        migrated(owner)
        demo = {**owner, "ZENGZHI_DEMO": "1", "ZENGZHI_TEST_DATABASE": server.url()}
        prepared = run(demo, sys.executable, "-c", PREPARE)
        assert prepared.returncode == 0, prepared.stderr
        log = folder / "shopper.log"

        def acknowledged():
            return log.read_text().split("\n")[:-1] if log.exists() else []

        role = serving_role(owner, "serving")
        command = "from zengzhi.cli.main import main; main()"
        shopper = ("-m", "tests.records.load", "shopper", str(log))
        mall = stack.enter_context(Served(role, log=folder / "serve.log"))
        reader = stack.enter_context(Reader(mall))
        with (
            running(demo, "settler", folder, "-c", command, "settle", "--pause", "0.05"),
            running(demo, "shopper", folder, *shopper),
        ):
            wait_until(lambda: acknowledged() and reader.seen[200], "there is load")
            os.kill(server.pid, signal.SIGKILL)
            wait_until(lambda: reader.seen[503], "clients are told")
            server.start()
            before, answers = len(acknowledged()), reader.seen[200]
            wait_until(lambda: reader.seen[200] > answers, "pages come back by themselves")
            wait_until(lambda: len(acknowledged()) > before, "orders come back by themselves")
        assert set(reader.seen) == {200, 503}
        found = run(demo, sys.executable, "-c", REPORT)
        assert found.returncode == 0, found.stderr
        said = json.loads(found.stdout)
        assert said["problems"] == []
        assert set(acknowledged()) <= set(said["settled"])
        assert set(said["paid"]) == set(said["settled"])
        assert run(owner, ZENGZHI, "verify", "--fast").returncode == 0


@contextmanager
def a_full_disk():
    """SQLite's file may grow no more; PostgreSQL says what it says then, at every new order."""
    with connection.cursor() as cursor:
        if SQLITE:
            cursor.execute("CREATE TABLE everything_else (data BLOB)")
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
            with suppress(OperationalError):  # pages that stood empty are used up too
                while True:
                    cursor.execute("INSERT INTO everything_else VALUES (zeroblob(3000))")
        else:
            cursor.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
            )
            for table in ("mall_order", "ledger_leg"):
                cursor.execute(
                    f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} "
                    "EXECUTE FUNCTION full_disk()"
                )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if SQLITE:
                cursor.execute("PRAGMA max_page_count = 1073741823")
                cursor.execute("DROP TABLE everything_else")
            else:
                cursor.execute("DROP FUNCTION full_disk CASCADE")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_a_refusal_and_no_damage(client, pool, product, member):
    client.raise_request_exception = False
    client.force_login(member.user)
    paid = place_order(member, product, 1, uuid.uuid4())
    confirm_demo(paid)
    acknowledged = []

    def order():
        form = {"quantity": "1", "token": token(), **DELIVERY}
        answer = client.post(f"/checkout/{product.slug}/", form)
        if answer.status_code == 302:
            number = answer.url.rstrip("/").split("/")[-2 if "pay" in answer.url else -1]
            acknowledged.append(number)
            client.post(f"/pay/demo/{number}/confirm")
        return answer

    with a_full_disk():
        for _number in range(40):  # until the last page that was begun is full
            answer = order()
            if answer.status_code == 503:
                break
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/goods/").status_code == 200
        assert not transaction.get_connection().in_atomic_block
    numbers = set(Order.objects.values_list("number", flat=True))
    assert numbers == {*acknowledged, paid.number}
    assert_books_hold()
    assert order().status_code == 302  # By itself, once there is room again.
    assert_books_hold()
