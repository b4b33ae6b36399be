"""A large mall for looking at pages and plans of queries: ``make big-data``.

Everything is written in bulk as the mall's own rows, sealed like any other, on the database that
``ZENGZHI_DATABASE`` names. Some of the orders go their whole way, bonuses and all; the others were
never paid and are closed. ``zengzhi verify`` finds nothing but that no two people have agreed on
the plan and the agents, which is so.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zengzhi.bench import mall_rows
from zengzhi.records.store import clock

LINES = 3
BATCH = 10_000
DAYS = 180
WINDOW_DAYS = 7
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the mall is."""

    members: int = 10**6
    orders: int = 10**6
    goods: int = 10**4
    paid: int = 10**5


def build(size: Size, say: Say, seed: int = 1) -> Any:
    """All of it; answers the pool. The database has to be empty."""
    from django.conf import settings

    settings.REFUND_WINDOW_DAYS = WINDOW_DAYS
    rng = random.Random(seed)  # noqa: S311 (data to look at)
    began, now = time.perf_counter(), clock.now()

    def done(what: str) -> None:
        say(f"{time.perf_counter() - began:7.1f} s  {what}")

    pool = mall_rows.open_mall(size.members, size.goods, rng)
    done(f"{size.members:,} members, {size.goods:,} goods")
    batches = [BATCH] * (size.orders // BATCH) + [size.orders % BATCH]
    placed = 0
    for count in batches:
        at = now - timedelta(days=DAYS * (1 - placed / size.orders), hours=1)
        paid = max(0, min(count, size.paid - placed))
        placed += count
        _trade(pool, count, paid, at, rng)
        done(f"{placed:,} orders")
    _settle(now)
    done(f"{size.paid:,} of them settled, as far as their refund windows are over")
    return pool


def _trade(pool: Any, count: int, paid: int, at: datetime, rng: random.Random) -> None:
    """Orders of one day: some paid at once and received later, the others closed."""
    from django.conf import settings

    if paid:
        bought = mall_rows.place_orders(pool, paid, at, rng, lines=LINES)
        mall_rows.pay_together(bought, at + timedelta(minutes=1))
        received = at + timedelta(days=1 + settings.AUTO_RECEIPT_DAYS)
        if received < clock.now():
            mall_rows.deliver_together(bought, received)
    if count > paid:
        mall_rows.place_orders(pool, count - paid, at, rng, closed=True, lines=LINES)
    _seal()


def _settle(now: datetime) -> None:
    from zengzhi.mall.settler import Settler

    settler = Settler(holder="big-data")
    while settler.round(now):
        _seal()
    _seal()


def _seal() -> None:
    from zengzhi.records.ledger.seal import seal_tail

    seal_tail()
