"""The settler: due orders by pool, one settler a pool, a clean stop between two batches."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from tests.records.books import assert_books_hold
from tests.records.threads import at_once
from zengzhi.mall.models import Order
from zengzhi.mall.orders.delivery import confirm_receipt, ship
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.settler import Settler
from zengzhi.records.ledger.models import Batch
from zengzhi.records.settlement.lease import give_back, take
from zengzhi.records.settlement.models import Event, Lease, Pool

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def orders(pool, product, member, settings):
    """Seven received orders whose window has closed, and one whose window has not."""
    settings.REFUND_WINDOW_DAYS = 7
    return [received_order(product, member, days) for days in (30, 20, 10, 9, 9, 8, 8, 3)]


def received_order(product, member, days):
    """An order that the member received so many days ago."""
    at = timezone.now() - timedelta(days=days)
    order = confirm_demo(place_order(member, product, 1, uuid.uuid4()), at)
    ship(order.pk, at)
    return confirm_receipt(member, order.number, at)


def settled():
    return Order.objects.filter(settled_at__isnull=False).count()


def test_it_settles_what_is_due_and_leaves_what_is_not(orders):
    assert Settler().once() == 7
    assert settled() == 7
    assert Order.objects.get(settled_at=None).pk == orders[-1].pk
    assert not Lease.objects.exists()
    assert_books_hold()


def test_an_order_that_nobody_confirmed_counts_as_received_in_time(pool, product, member, settings):
    settings.REFUND_WINDOW_DAYS, settings.AUTO_RECEIPT_DAYS = 7, 14
    at = timezone.now() - timedelta(days=30)
    order = confirm_demo(place_order(member, product, 1, uuid.uuid4()), at)
    ship(order.pk, at)
    assert Settler().once() == 0
    order.refresh_from_db()
    assert order.delivery == "received"
    Order.objects.update(received_at=at)
    assert Settler().once() == 1


def test_each_round_takes_what_waits_up_to_the_cap(orders):
    assert Settler(cap=3).once() == 7
    assert list(
        Batch.objects.filter(stream="pool:main").order_by("number").values_list("count", flat=True)
    ) == [3, 3, 1]


def test_oldest_orders_settle_first(orders):
    Settler(cap=2).once()
    events = list(Event.objects.order_by("id").values_list("event_id", flat=True))
    assert events[:3] == [order.number for order in orders[:3]]


def test_a_pool_has_one_settler_until_its_lease_ends(pool):
    assert take(pool.pk, "a", MINUTE)
    assert take(pool.pk, "a", MINUTE)
    assert not take(pool.pk, "b", MINUTE)
    give_back("a")
    assert take(pool.pk, "b", timedelta(seconds=0))
    while not take(pool.pk, "a", MINUTE):  # the lease of no length has ended a moment ago
        time.sleep(0.01)
    assert not take(pool.pk, "b", MINUTE)


def test_of_twenty_settlers_one_takes_the_lease(pool):
    results = at_once(*[lambda n=n: take(pool.pk, f"s{n}", MINUTE) for n in range(20)])
    assert sorted(results) == [False] * 19 + [True]


def test_a_settler_leaves_a_leased_pool_alone(orders, pool):
    assert take(pool.pk, "somebody else", MINUTE)
    assert Settler().once() == 0
    assert settled() == 0


def test_settlers_that_both_believe_in_their_lease_still_settle_once(orders, pool, monkeypatch):
    """The lease is a courtesy: without it the pool's row and the event ids decide."""
    monkeypatch.setattr("zengzhi.mall.settler.take", lambda *_arguments: True)
    at_once(*[lambda: Settler(cap=4).once() for _ in range(6)])
    assert settled() == 7
    assert Event.objects.count() == 7
    assert Pool.objects.get(pk=pool.pk).sequence == 7
    assert_books_hold()


def test_a_stopped_settler_finishes_its_batch_and_starts_no_other(orders):
    settler = Settler(cap=2)
    settler.report = lambda _pool, _orders: settler.stop()
    assert settler.once() == 2
    assert settled() == 2
    assert not Lease.objects.exists()


def test_a_running_settler_settles_what_becomes_due_and_stops_when_told(orders):
    settler = Settler(pause=0.01)
    thread = threading.Thread(target=lambda: (settler.run(), connection.close()))
    thread.start()
    while settled() < 7:
        assert thread.is_alive()
        time.sleep(0.02)
    settler.stop()
    thread.join()
    assert settled() == 7


def test_the_command_stops_cleanly_at_sigterm():
    settings = connection.settings_dict
    url = f"sqlite:///{settings['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    process = subprocess.Popen(
        [sys.executable, "-c", "from zengzhi.cli.main import main; main()", "settle", "--json"],
        cwd=Path(__file__).resolve().parents[2],
        env={
            **os.environ,
            "ZENGZHI_DATABASE": url,
            "DJANGO_SETTINGS_MODULE": "zengzhi.site.settings",
            "ZENGZHI_DEMO": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert "settler" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    output, _errors = process.communicate()
    assert process.returncode == 0
    assert output.splitlines()[-1] == '{"settled": 0}'
