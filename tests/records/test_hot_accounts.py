"""Eight workers on five members' accounts: no deadlock, no lost update, for as long as asked."""

import os
import random
import threading
import time
import uuid

import pytest
from django.db import connection

from tests.records.books import assert_books_hold
from tests.records.story import START
from zengzhi.core.economy.events import Order, Refund
from zengzhi.core.errors import ZengzhiError
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Event, Pool
from zengzhi.records.settlement.settle import settle_one

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8
SECONDS = 600 if os.environ.get("ZENGZHI_SOAK") == "1" else 8


class Work:
    """What one worker does, over and over: order, sell, refund, move money between wallets."""

    def __init__(self, number, pools, members, until):
        self.rng = random.Random(number)
        self.number, self.pools, self.members, self.until = number, pools, members, until
        self.done, self.refused, self.broken = 0, 0, None
        self.orders = []

    def run(self):
        try:
            while time.monotonic() < self.until or not self.done:
                self.step()
        except Exception as error:
            self.broken = error
        finally:
            connection.close()

    def step(self):
        rng = self.rng
        pool, member = rng.choice(self.pools), rng.choice(self.members)
        name = f"w{self.number}-{self.done + self.refused}"
        try:
            draw = rng.random()
            if draw < 0.4:
                settle_one(pool.pk, Order(name, str(member.pk), rng.randrange(1, 200_000)), START)
                self.orders.append((pool, name))
            elif draw < 0.7:
                sell_points(pool, member, rng.randrange(1, 10**9), uuid.uuid4())
            elif draw < 0.8 and self.orders:
                where, order = rng.choice(self.orders)
                settle_one(where.pk, Refund(name, order, rng.randrange(1, 500)), START)
            else:
                self.transfer(name, *rng.sample(self.members, 2), rng.randrange(1, 2_000))
            self.done += 1
        except ZengzhiError:
            self.refused += 1

    def transfer(self, name, giver, taker, fen):
        entry = Entry("transfer", name, START)
        entry.money(Account(Kind.MEMBER_AVAILABLE, giver.pk), -fen)
        record(entry.money(Account(Kind.MEMBER_AVAILABLE, taker.pk), fen))


def test_eight_workers_on_hot_accounts(pool):
    pools = [pool, Pool.objects.create(code="second", rules=pool.rules)]
    members = [Member.objects.create(nickname=f"m{n}") for n in range(5)]
    until = time.monotonic() + SECONDS
    workers = [Work(number, pools, members, until) for number in range(WORKERS)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [worker.broken for worker in workers] == [None] * WORKERS
    assert all(worker.done > 0 for worker in workers)
    assert Event.objects.count() == sum(Pool.objects.values_list("sequence", flat=True))
    assert_books_hold()
