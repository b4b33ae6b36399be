"""The part of ``zengzhi bench settle`` about bonuses: what they take beside settlement.

The same number of orders is quoted over a large referral tree (read and calculated), stored as at
payment, and released as at settlement; settlement itself is measured in between.
"""

import random
import statistics
from collections.abc import Callable
from typing import Any

ORDERS = 10_000
MEMBERS = 1_000_000
SIZES = (1_000, 100_000, 1_000_000)
"""Members when the cost of an upline is measured."""
RUNS = 3
LOOK_UPS = 300
DEPTH = 16


def _uplines(step: Callable[[str], None], members: int, rng: random.Random) -> list[Any]:
    """Grow the tree to its full size; what an upline costs on the way."""
    from django.db import connection

    from zengzhi.bench.bonuses import grow_tree, upline_us

    found, grown = [], 0
    for size in sorted({size for size in SIZES if size < members} | {members}):
        step(f"a tree of {size:,} members")
        grow_tree(size, rng, first=grown + 1, chain=0)
        grown = size
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        starts = [1 + rng.randrange(size) for _look_up in range(LOOK_UPS)]
        upline_us(starts[:20], DEPTH)
        costs = [upline_us(starts, DEPTH) for _run in range(RUNS)]
        found.append({"members": size, "us": round(statistics.median(costs), 1)})
    return found


def share_of_bonuses(bench: Any, step: Callable[[str], None], members: int) -> dict[str, Any]:
    """The figures of the report under ``bonuses``: medians of runs that take turns."""
    from django.db import transaction

    from zengzhi.bench.bonuses import (
        activate_plan,
        appoint_agents,
        days_from_now,
        paid_orders,
        per_second,
    )
    from zengzhi.presets import plan_preset
    from zengzhi.records.bonuses.paid import orders_paid
    from zengzhi.records.bonuses.quote import quote_orders
    from zengzhi.records.bonuses.settled import orders_settled

    rng = random.Random(1)  # noqa: S311 (a bench)
    uplines = _uplines(step, members, rng)
    activate_plan(plan_preset("two-level"))
    appoint_agents(members)
    quote_orders(paid_orders(10, members, rng, "w"))
    pool = bench.pool("bonuses")
    count = ORDERS // bench.scale
    rates: dict[str, list[float]] = {"settle": [], "quote": [], "store": [], "release": []}
    lines = 0

    def paid(batch: list[Any]) -> None:
        with transaction.atomic():
            orders_paid(batch)

    def settled(batch: list[Any]) -> None:
        with transaction.atomic():
            orders_settled([order.order for order in batch], days_from_now(0))

    for run in range(RUNS):
        step(f"run {run + 1}: bonuses of {count:,} orders")
        batch = paid_orders(count, members, rng, f"b{run}-")
        rates["settle"].append(bench.ours(pool, count, count))
        rates["quote"].append(per_second(count, lambda batch=batch: quote_orders(batch)))  # type: ignore[misc]
        rates["store"].append(per_second(count, lambda batch=batch: paid(batch)))  # type: ignore[misc]
        rates["release"].append(per_second(count, lambda batch=batch: settled(batch)))  # type: ignore[misc]
        lines = sum(len(quote.lines) for quote in quote_orders(batch))
    seconds = {name: 1 / statistics.median(found) for name, found in rates.items()}
    with_rows = seconds["store"] + seconds["release"]
    return {
        "members": members,
        "orders": count,
        "lines": lines,
        "settle_per_s": round(1 / seconds["settle"]),
        "quote_per_s": round(1 / seconds["quote"]),
        "store_per_s": round(1 / seconds["store"]),
        "release_per_s": round(1 / seconds["release"]),
        "share_of_time": round(seconds["quote"] / (seconds["quote"] + seconds["settle"]), 3),
        "share_with_rows": round(with_rows / (with_rows + seconds["settle"]), 3),
        "upline": uplines,
    }
