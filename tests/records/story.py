"""A stream of all verbs but winding down, the same for the same seed, as requests."""

import random
from datetime import UTC, datetime, timedelta

from zengzhi.core.economy.events import Convert, Expire, Grant, Order, Refund, Sell, Subsidise
from zengzhi.core.economy.rules import Split
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.settlement.parties import UNNAMED, Parties
from zengzhi.records.settlement.settle import Request

START = datetime(2026, 1, 1, tzinfo=UTC)
MERCHANTS = [Account(Kind.MERCHANT, number) for number in (1, 2, 7)]
OUTSIDE = {
    "order": Account(Kind.ORDERS_PENDING, 1),
    "refund": Account(Kind.CLEARING, 3),
    "subsidise": Account(Kind.SUBSIDY_FUND, 2),
    "grant": Account(Kind.LEGACY_RESERVE),
    "convert": Account(Kind.EQUITY),
}
SPLITS = (
    None,
    None,
    Split(400_000, 200_000, 100_000),
    Split(100_000, 250_000, 50_000, 77_777),
)


def mixed_stream(events, seed=1, members=40, prefix="e"):
    """Orders, sales (some of one lot), subsidies, grants, conversions, refunds, expiries; some of
    them refused, some with exits. Members are numbered from 1."""
    rng = random.Random(seed)
    orders, requests = [], []
    for number in range(events):
        name, member = f"{prefix}{number}", str(rng.randrange(1, members + 1))
        draw = rng.random()
        units = None if rng.random() < 0.2 else rng.randrange(1, 3 * 10**9)
        if draw < 0.55 or not orders:
            paid = max(1, int(rng.lognormvariate(10.5, 1.1)))
            event = Order(name, member, paid, rng.choice(SPLITS))
            orders.append((name, member))
        elif draw < 0.75:
            lot = rng.choice(orders) if rng.random() < 0.4 else None
            event = Sell(name, lot[1] if lot else member, units, lot[0] if lot else None)
        elif draw < 0.80:
            event = Subsidise(name, rng.randrange(1, 20_000_000))
        elif draw < 0.85:
            event = Grant(name, member, rng.randrange(1, 300_000))
            orders.append((name, member))
        elif draw < 0.89:
            event = Convert(name, member, units)
        elif draw < 0.96:
            amount = None if rng.random() < 0.4 else rng.randrange(1, 60_000)
            event = Refund(name, rng.choice([*orders[-80:], ("nothing", "0")])[0], amount)
        else:
            event = Expire(name, member, units)
        outside = OUTSIDE.get(event.verb.name)
        parties = UNNAMED if outside is None else Parties(MERCHANTS[number % 3], outside)
        at = START + timedelta(seconds=number, microseconds=number % 3)
        requests.append(Request(event, at, parties))
    return requests


def in_batches(requests, size):
    """The stream cut into batches."""
    for start in range(0, len(requests), size):
        yield requests[start : start + size]
