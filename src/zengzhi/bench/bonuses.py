"""``zengzhi bench bonuses``: bonuses of many orders over a large tree, against one order at a time.

Parts of the way of an order: quoted and stored at payment, released at settlement. Also what an
upline costs in a tree of 10³ and of 10⁶ members, and in a chain.
"""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from zengzhi.records.store import clock

CHAIN = 10_000


def _setup(url: str) -> None:
    os.environ["ZENGZHI_DEMO"] = "1"
    os.environ["ZENGZHI_DATABASE"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zengzhi.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def grow_tree(members: int, rng: random.Random, first: int = 1, chain: int = CHAIN) -> None:
    """A random recursive tree up to member n (``first``…n are new), and after it a chain."""
    from django.db import connection, transaction

    from zengzhi.records.store.bulk import Table, Texts, microseconds, nullable

    at = microseconds(days_from_now(-400))
    parents: list[int | None] = [None] if first == 1 else []
    parents += [1 + rng.randrange(key - 1) for key in range(max(first, 2), members + 1)]
    parents += [members + step for step in range(chain)]
    keys = np.arange(first, first + len(parents))
    below = np.flatnonzero([parent is not None for parent in parents])
    people = Table(
        "members_member",
        (
            ("id", "int8"),
            ("nickname", "text"),
            ("invite_code", "text"),
            ("created_at", "time"),
            ("sponsor_id", "int8"),
        ),
    )
    tree = Table(
        "members_sponsorship",
        (("member_id", "int8"), ("sponsor_id", "int8"), ("since", "time"), ("how", "text")),
    )
    with transaction.atomic():
        people.insert(
            {
                "id": keys,
                "nickname": "m",
                "invite_code": Texts([f"{10**7 + key:08d}" for key in keys.tolist()]),
                "created_at": at,
                "sponsor_id": nullable(parents),
            },
            len(keys),
        )
        tree.insert(
            {
                "member_id": keys[below],
                "sponsor_id": np.array([parents[place] for place in below.tolist()], np.int64),
                "since": at,
                "how": "invitation",
            },
            len(below),
        )
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval('members_member_id_seq', %s)", (len(parents),))


def days_from_now(days: float) -> Any:
    """So many days from now."""
    from datetime import timedelta

    return clock.now() + timedelta(days=days)


def activate_plan(text: str) -> None:
    """A plan that two people approved, active for 300 days."""
    from zengzhi.records.bonuses.models import Plan
    from zengzhi.records.members.models import User

    maker, checker = (User.objects.get_or_create(username=name)[0] for name in ("a", "b"))
    Plan.objects.create(
        name="bench",
        text=text,
        state="approved",
        created_by=maker,
        approved_by=checker,
        approved_at=days_from_now(-300),
        active_from=days_from_now(-300),
    )


def appoint_agents(members: int) -> None:
    """An agent for every region that can have one."""
    from zengzhi.core.regions import can_have_agent, names
    from zengzhi.records.members.models import RegionAgent

    RegionAgent.objects.bulk_create(
        RegionAgent(
            region=code,
            member_id=1 + place % members,
            since=days_from_now(-300),
        )
        for place, code in enumerate(names())
        if can_have_agent(code)
    )


def paid_orders(count: int, members: int, rng: random.Random, name: str) -> list[Any]:
    """Orders as the bonuses see them, of random members to random districts."""
    from zengzhi.core.economy.rules import Split
    from zengzhi.core.regions import names
    from zengzhi.records.bonuses.quote import Paid

    districts = [code for code in names() if len(code) == 6]
    at = days_from_now(-1)
    return [
        Paid(
            f"{name}{number}",
            1,
            1 + rng.randrange(members),
            rng.randrange(1_000, 200_000),
            Split(),
            rng.choice(districts),
            at,
        )
        for number in range(count)
    ]


def per_second(count: int, act: Callable[[], object]) -> float:
    """How many a second when one call does so many."""
    start = time.perf_counter()
    act()
    return count / (time.perf_counter() - start)


def _order_rates(orders: int, single: int, members: int) -> list[tuple[str, float, float]]:
    """(what, one at a time, in one batch), in orders per second."""
    from django.db import transaction

    from zengzhi.records.bonuses.paid import orders_paid
    from zengzhi.records.bonuses.quote import quote_orders
    from zengzhi.records.bonuses.settled import orders_settled

    def paid(batch: list[Any]) -> None:
        with transaction.atomic():
            orders_paid(batch)

    def settled(batch: list[Any]) -> None:
        with transaction.atomic():
            orders_settled([order.order for order in batch], days_from_now(0))

    rng = random.Random(2)  # noqa: S311 (a bench)
    many = paid_orders(orders, members, rng, "m")
    few = paid_orders(single, members, rng, "f")
    quote_orders(paid_orders(10, members, rng, "w"))
    rows = []
    for name, act in (
        ("quoted (read, calculated)", quote_orders),
        ("quoted and stored at payment", paid),
        ("released at settlement", settled),
    ):
        one = per_second(single, lambda act=act: [act([order]) for order in few])  # type: ignore[misc]
        rows.append((name, one, per_second(orders, lambda act=act: act(many))))  # type: ignore[misc]
    return rows


def upline_us(starts: list[int], depth: int) -> float:
    """What looking up one upline costs, in microseconds."""
    from zengzhi.records.members.standing import load_tree

    now = days_from_now(0)
    begin = time.perf_counter()
    for start in starts:
        load_tree([start], depth, now, now).upline(start, now, depth)
    return (time.perf_counter() - begin) * 1e6 / len(starts)


def measure(
    url: str, members: int, orders: int, single: int
) -> tuple[list[tuple[str, float, float]], list[tuple[str, float]]]:
    """On the database of this URL, a new SQLite file for none: (what, one at a time, in one batch)
    in orders a second, and (what, value) of the look-ups."""
    with ExitStack() as stack:
        if not url:
            folder = Path(tempfile.mkdtemp(prefix="zengzhi-bench-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            url = f"sqlite:///{folder / 'bench.sqlite3'}"
        _setup(url)
        return _measure(members, orders, single)


def _measure(members: int, orders: int, single: int) -> tuple[list[Any], list[Any]]:
    from django.db import connection

    from zengzhi.presets import plan_preset

    rng = random.Random(1)  # noqa: S311 (a bench)
    start = time.perf_counter()
    grow_tree(members, rng)
    activate_plan(plan_preset("two-level"))
    appoint_agents(members)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    uplines: list[Any] = [("grow the tree (s)", time.perf_counter() - start)]
    starts = [1 + rng.randrange(members) for _i in range(300)]
    for depth in (2, 16):
        uplines.append((f"upline of {depth}, {members:,} members (µs)", upline_us(starts, depth)))
    end = members + CHAIN
    for depth in (16, 1_000, CHAIN):
        uplines.append((f"upline of {depth:,} in a chain (µs)", upline_us([end] * 5, depth)))
    rates = _order_rates(orders, single, members) if orders else []
    if orders:
        from zengzhi.bench.settle import Bench
        from zengzhi.records.bonuses.promotion import read_network

        bench = Bench()
        settled = bench.ours(bench.pool("bench"), orders, 3 * orders)
        released = rates[-1][2]
        uplines.append(("settlement of such batches alone (orders/s)", settled))
        uplines.append(("settlement with bonuses (orders/s)", 1 / (1 / settled + 1 / released)))
        uplines.append(("share of the bonuses (%)", 100 * settled / (settled + released)))
        start = time.perf_counter()
        read_network()
        uplines.append(("facts of everybody's team (s)", time.perf_counter() - start))
    return rates, uplines
