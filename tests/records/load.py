"""The processes that the kill tests start and kill: one writes under load, one shops in the mall.

``python -m tests.records.load writer LOG EVENTS``: settles batches of a fixed stream of events,
from where the records stand, and notes each acknowledged event in its file *after* the commit.
``python -m tests.records.load shopper LOG``: places and pays orders in the mall.
"""

import os
import sys
import time


def acknowledged(log, names):
    """Note what was acknowledged, so that a killed process leaves whole lines."""
    os.write(log, "".join(f"{name}\n" for name in names).encode())


def writer(path, events):
    from django.db import OperationalError, close_old_connections

    from tests.records.story import mixed_stream
    from zengzhi.records.settlement.models import Pool
    from zengzhi.records.settlement.settle import settle

    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    requests = mixed_stream(int(events), seed=1, members=60, prefix="k")
    pool = Pool.objects.get(code="kill")
    place, size = pool.sequence, 1
    print("ready", flush=True)
    while place < len(requests):
        try:
            # One event of the last batch again: it must answer, and count once.
            part = requests[max(0, place - 1) : place + size]
            replies = settle(pool.pk, part)
        except OperationalError:
            close_old_connections()
            time.sleep(0.05)
            continue
        acknowledged(log, [reply.event_id for reply in replies])
        place += size
        size = 1 + (size * 7 + 3) % 160
    os.close(log)


def shopper(path):
    import uuid

    from django.db import DatabaseError, InterfaceError, close_old_connections

    from zengzhi.core.errors import ZengzhiError
    from zengzhi.mall.models import Product
    from zengzhi.mall.orders.money import confirm_demo
    from zengzhi.mall.orders.placing import place_order
    from zengzhi.records.members.models import Member

    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    product, members = Product.objects.get(), list(Member.objects.all())
    print("ready", flush=True)
    for turn in range(10**6):
        try:
            order = place_order(members[turn % len(members)], product, 1, uuid.uuid4())
            confirm_demo(order)
        except (DatabaseError, InterfaceError, ZengzhiError):
            close_old_connections()
            time.sleep(0.05)
            continue
        acknowledged(log, [order.number])
    os.close(log)


if __name__ == "__main__":
    import django

    django.setup()
    {"writer": writer, "shopper": shopper}[sys.argv[1]](*sys.argv[2:])
