"""``zengzhi bench way``: an order's whole way, from the money that arrives to money in wallets.

N orders of the mall await payment. They are paid in one shuffled order, shipped and received in
another, each in ten batches; the settler settles what is due and releases the bonuses; the sealer
seals. The clock stops when every member's purse holds what the plan gives, by a calculation of the
bench's own, and what the exits of lots paid. Beside it in the same run, in turn: one transaction a
step on plain rows (:mod:`.naive_way`). At the end the whole database is verified.
"""

import random
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from zengzhi.bench import NotTheSame, mall_rows
from zengzhi.bench.naive_way import NaiveOrder, NaiveWay, naive_way
from zengzhi.bench.settle import database
from zengzhi.records.store import clock

ORDERS, MEMBERS, GOODS = 10_000, 100_000, 200
RUNS, BATCHES = 3, 10
NAIVE_ORDERS, SINGLE_ORDERS = 400, 100
WARM_ORDERS = 300
SETTLER_PART = 2
"""The settler alone settles one in so many of the orders of a run, without bonuses."""
RESTART_LOTS = 1_000_000
PAID_DAYS, WAY_DAYS, PLAIN_DAYS = 30, 15, 320
"""How long ago orders were paid, and received; and those paid before the plan."""
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int = ORDERS
    members: int = MEMBERS
    goods: int = GOODS
    runs: int = RUNS
    naive: int = NAIVE_ORDERS
    single: int = SINGLE_ORDERS
    restart_lots: int = RESTART_LOTS


@dataclass(slots=True)
class Rates:
    """Seconds an order, run by run, of the two designs."""

    naive: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """Medians, as the specification names them."""
        naive, ours = statistics.median(self.naive), statistics.median(self.ours)
        return {
            "baseline_per_s": round(1 / naive, 1),
            "ours_per_s": round(1 / ours, 1),
            "ratio": round(naive / ours, 2),
            "runs": len(self.ours),
        }


@dataclass(slots=True)
class Way:
    """The runs on one database."""

    pool: Any
    naive: NaiveWay
    rng: random.Random
    size: Size
    now: datetime
    whole: Rates = field(default_factory=Rates)
    settler: Rates = field(default_factory=Rates)
    single: Rates = field(default_factory=Rates)
    single_whole: Rates = field(default_factory=Rates)
    parts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wal: list[int] = field(default_factory=list)
    purses: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """What each member's purse must hold, by the bench's own calculation."""
    numbers: int = 0

    def warm_up(self) -> None:
        """A few orders their whole way: what is loaded once is in no figure."""
        self._together(self._placed(min(self.size.orders, WARM_ORDERS)))
        self.parts.clear()
        self.wal.clear()

    def run(self, step: Step) -> None:
        """Everything once, the two designs in turn."""
        step("one transaction a step")
        sample = self._placed(self.size.naive)
        naive = self._plain(sample)
        seconds = self._naive(naive, with_bonuses=True)
        self.whole.naive.append(sum(seconds.values()))
        self.single_whole.naive.append(sum(seconds.values()))
        step(f"the whole way of {self.size.orders:,} orders")
        orders = sample + self._placed(self.size.orders - len(sample))
        self.whole.ours.append(self._together(orders) / len(orders))
        self._same_bonuses(sample, naive)
        step("settlement alone, one transaction an order")
        plain = self._plain(sample)
        settled = self._naive(plain, with_bonuses=False)["settled"]
        self.settler.naive.append(settled)
        self.single.naive.append(settled)
        step("the settler over the mall's orders")
        self.settler.ours.append(self._settler(max(1, self.size.orders // SETTLER_PART)))
        step("one order at a time")
        self.single.ours.append(self._one_settled(self.size.single))
        self.single_whole.ours.append(self._one_way(self.size.single))

    def _placed(self, count: int, *, plain: bool = False) -> list[Any]:
        days = PLAIN_DAYS if plain else PAID_DAYS
        at = self.now - timedelta(days=days, minutes=10)
        return mall_rows.place_orders(self.pool, count, at, self.rng)

    def _plain(self, orders: Sequence[Any]) -> list[NaiveOrder]:
        """The same orders for the other design."""
        rows = []
        for order in orders:
            self.numbers += 1
            rows.append(NaiveOrder(self.numbers, order.member_id, order.total_fen, order.region))
        self.naive.place(rows)
        return rows

    def _naive(self, orders: Sequence[NaiveOrder], *, with_bonuses: bool) -> dict[str, float]:
        """Seconds an order of each step."""
        naive, at = self.naive, self.now
        steps: dict[str, Callable[[NaiveOrder], None]] = {
            "paid": lambda order: naive.pay(order, at, with_bonuses=with_bonuses),
            "shipped": lambda order: naive.ship(order, at),
            "received": lambda order: naive.receive(order, at),
            "settled": lambda order: naive.settle(order, at),
        }
        found = {}
        for name, act in steps.items():
            shuffled = self._shuffled(orders)
            began = time.perf_counter()
            for order in shuffled:
                act(order)
            found[name] = (time.perf_counter() - began) / len(orders)
        return found

    def _shuffled(self, rows: Sequence[Any]) -> list[Any]:
        return self.rng.sample(list(rows), len(rows))

    def _batches(self, rows: Sequence[Any]) -> Iterator[list[Any]]:
        """All rows in another order, in ten batches."""
        shuffled = self._shuffled(rows)
        least = -(-len(rows) // BATCHES)
        for start in range(0, len(rows), least):
            yield shuffled[start : start + least]

    def _together(self, orders: Sequence[Any]) -> float:
        """Seconds of the whole way of all of them."""
        self._expect(orders)
        paid_at = self.now - timedelta(days=PAID_DAYS)
        paid = [
            (paid_at + timedelta(minutes=number), batch)
            for number, batch in enumerate(self._batches(orders))
        ]
        sent = [(at, mall_rows.callbacks_of(batch, at)) for at, batch in paid]
        received_at = self.now - timedelta(days=WAY_DAYS)
        received = [
            (received_at + timedelta(minutes=number), batch)
            for number, batch in enumerate(self._batches(orders))
        ]
        wal, began = _wal_bytes(), time.perf_counter()
        with self._part("paid", len(orders)):
            for at, callbacks in sent:
                mall_rows.take(callbacks, at)
        with self._part("delivered", len(orders)):
            for at, batch in received:
                mall_rows.deliver_together(batch, at)
        with self._part("settled and released", len(orders)):
            self._settle_due()
        with self._part("sealed", len(orders)):
            _seal()
        with self._part("wallets read", len(orders)):
            self._purses_are_right()
        seconds = time.perf_counter() - began
        if wal is not None:
            self.wal.append((_wal_bytes() or 0) - wal)
        return seconds

    @contextmanager
    def _part(self, name: str, count: int) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.parts[name].append((time.perf_counter() - began) / count)

    def _settle_due(self) -> int:
        from zengzhi.mall.settler import Settler

        return Settler(holder="bench").once()

    def _expect(self, orders: Sequence[Any]) -> None:
        """What the plan gives on these orders, by the plain calculation."""
        with self.naive.plain.transaction() as run:
            for order in orders:
                row = NaiveOrder(0, order.member_id, order.total_fen, order.region)
                for member, _kind, fen in self.naive.bonuses(run, row):
                    self.purses[member] += fen

    def _purses_are_right(self) -> None:
        """Every member's purse holds what the plan gave and the exits of the member's lots paid
        (which ``verify`` derives again from the core), and nothing waits."""
        from zengzhi.records.ledger.models import Purse
        from zengzhi.records.settlement.models import Lot

        wanted = dict(self.purses)
        exits = Lot.objects.filter(pool=self.pool, paid_fen__gt=0)
        for member, fen in exits.values_list("member", "paid_fen"):
            wanted[member] = wanted.get(member, 0) + fen
        found = Purse.objects.values_list("member", "available_fen", "pending_fen")
        held = {member: (fen, waits) for member, fen, waits in found if fen or waits}
        if held != {member: (fen, 0) for member, fen in wanted.items()}:
            raise NotTheSame("the purses do not hold what the plan gives")

    def _same_bonuses(self, orders: Sequence[Any], plain: Sequence[NaiveOrder]) -> None:
        """Both designs gave the same bonuses on the same orders, and gave them all."""
        from zengzhi.records.bonuses.models import BonusLine

        place = {order.number: row.id for order, row in zip(orders, plain, strict=True)}
        rows = BonusLine.objects.filter(order__order__in=list(place), amount_fen__gt=0)
        columns = ("order__order", "beneficiary_id", "amount_fen")
        ours = sorted((place[name], to, fen) for name, to, fen in rows.values_list(*columns))
        lines = self.naive.lines(plain[0].id, plain[-1].id)
        if ours != sorted((order, member, fen) for order, member, fen, _state in lines):
            raise NotTheSame("the two designs gave other bonuses on the same orders")
        if any(state != "paid" for *_line, state in lines):
            raise NotTheSame("the plain design did not pay all its bonuses")

    def _due_without_bonuses(self, count: int) -> list[Any]:
        """Received orders that were paid before there was a plan; not measured."""
        orders = self._placed(count, plain=True)
        paid_at = self.now - timedelta(days=PLAIN_DAYS)
        mall_rows.pay_together(orders, paid_at)
        mall_rows.deliver_together(orders, self.now - timedelta(days=WAY_DAYS))
        return orders

    def _settler(self, count: int) -> float:
        """Seconds an order of the settler alone."""
        self._due_without_bonuses(count)
        began = time.perf_counter()
        settled = self._settle_due()
        seconds = time.perf_counter() - began
        if settled != count:
            raise NotTheSame(f"{settled} of {count} due orders settled")
        return seconds / count

    def _one_settled(self, count: int) -> float:
        """Seconds an order, settled one by one."""
        from zengzhi.mall.orders.money import settle_orders

        orders = self._due_without_bonuses(count)
        began = time.perf_counter()
        for order in orders:
            settle_orders(self.pool, [order], self.now)
        return (time.perf_counter() - began) / count

    def _one_way(self, count: int) -> float:
        """Seconds an order that goes its whole way alone: callback, parcel, receipt, settlement."""
        from zengzhi.mall.orders.delivery import confirm_receipt, ship
        from zengzhi.mall.orders.money import settle_orders
        from zengzhi.payments.demo_gateway import DemoGateway
        from zengzhi.payments.service import receive

        orders = self._placed(count)
        self._expect(orders)
        paid_at = self.now - timedelta(days=PAID_DAYS)
        sent = list(zip(orders, mall_rows.callbacks_of(orders, paid_at), strict=True))
        gateway, received_at = DemoGateway(), self.now - timedelta(days=WAY_DAYS)
        began = time.perf_counter()
        for order, (body, signature) in sent:
            receive(gateway, body, signature, paid_at)
            ship(order.pk, received_at)
            confirm_receipt(order.member, order.number, received_at)
            settle_orders(self.pool, [order], self.now)
        seconds = (time.perf_counter() - began) / count
        self._purses_are_right()
        return seconds


def _wal_bytes() -> int | None:
    """How far PostgreSQL has written its log; ``None`` where it cannot be asked."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def _seal() -> None:
    from zengzhi.records.ledger.seal import seal_tail

    seal_tail()


def _verified() -> dict[str, Any]:
    """The whole database verified, but for who agreed on its plan and agents."""
    from zengzhi.verify.checks import OF_ONE_HAND
    from zengzhi.verify.run import run

    _seal()
    began = time.perf_counter()
    report = run(checks=OF_ONE_HAND)
    if not report.ok:
        raise NotTheSame(str(report.problems[0]))
    return {
        "ok": report.ok,
        "rows": sum(report.checked.values()),
        "tail": report.tail_rows,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _restart(lots: int) -> dict[str, Any]:
    """How long the owner of a pool of so many lots takes to stand again after a restart. The lots
    come from the kernel, in a pool of their own."""
    from django.db import connection, transaction

    from zengzhi.records.settlement import engine as engines
    from zengzhi.records.settlement.models import Pool
    from zengzhi.records.settlement.pools import open_pool
    from zengzhi.site.demo import preset

    pool = open_pool("restart", preset("seed"))
    fill_pool(pool, lots)
    database = str(connection.settings_dict["NAME"])
    engines.forget(pool.pk, database)
    seconds = []
    for _run in range(RUNS):
        with transaction.atomic():
            locked = Pool.objects.select_related("rules").select_for_update(of=("self",))
            row = locked.get(pk=pool.pk)
            began = time.perf_counter()
            engine = engines.engine_for(row, database)
            seconds.append(time.perf_counter() - began)
        engines.forget(pool.pk, database)
        if engine.lots_opened != lots:
            raise NotTheSame(f"{engine.lots_opened} of {lots} lots stand again")
    return {"lots": lots, "seconds": round(statistics.median(seconds), 3)}


def fill_pool(pool: Any, lots: int) -> None:
    """Lots as the kernel opens them, as rows of a pool, and the pool's numbers after them."""
    import numpy as np

    from zengzhi.core.kernel.columns import Columns
    from zengzhi.core.kernel.economy import KernelEconomy
    from zengzhi.records.ledger.batches import row_id
    from zengzhi.records.settlement.engine import LOT_COLUMNS, LOT_FIELDS, rules_of
    from zengzhi.records.settlement.models import Pool
    from zengzhi.records.settlement.rows import LOTS
    from zengzhi.records.store.bulk import Texts, microseconds

    economy = KernelEconomy(rules_of(pool))
    paid = np.exp(np.random.default_rng(1).normal(10.5, 1, lots)).astype(np.int64) + 1
    economy.apply_batch(Columns.orders(np.arange(lots) % max(1, lots // 10) + 1, paid))
    columns = dict(zip(LOT_FIELDS, (economy.lots()[name] for name in LOT_COLUMNS), strict=True))
    sequence = np.arange(1, lots + 1)
    columns |= {
        "id": row_id(pool.pk, 0) + sequence,
        "pool_id": pool.pk,
        "sequence": sequence,
        "event_id": Texts([f"restart{number}" for number in sequence.tolist()]),
        "opened_at": np.full(lots, microseconds(clock.now())),
    }
    LOTS.insert(columns, lots)
    Pool.objects.filter(pk=pool.pk).update(sequence=lots, lots_opened=lots, **economy.numbers)


def measure(kind: str, step: Step, size: Size) -> dict[str, Any]:
    """The report of one database; ``step`` hears what is being done."""
    from zengzhi.bench.kernel import machine

    step("an empty database")
    with database(kind):
        from django.conf import settings

        settings.REFUND_WINDOW_DAYS = 7
        rng = random.Random(1)  # noqa: S311 (a bench)
        step(f"{size.members:,} members")
        pool = mall_rows.open_mall(size.members, size.goods, rng)
        from zengzhi.records.settlement.engine import rules_of

        with naive_way(rules_of(pool)) as naive:
            way = Way(pool, naive, rng, size, clock.now())
            way.warm_up()
            for number in range(size.runs):
                way.run(lambda text, number=number: step(f"run {number + 1}: {text}"))  # type: ignore[misc]
        step("verifying the database")
        report = {**_report(way), "verify": _verified()}
        step(f"a restart with {size.restart_lots:,} lots")
        report["restart"] = _restart(size.restart_lots)
        report["peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        report["database"], report["machine"] = kind, machine()
        from django.db import connection

        connection.close()
    return report


def _report(way: Way) -> dict[str, Any]:
    from zengzhi.records.settlement.models import Lot

    orders = way.size.orders
    per_order = statistics.median(way.wal) / orders if way.wal else None
    return {
        "whole_way": way.whole.report(),
        "settler": way.settler.report(),
        "one_at_a_time": way.single.report(),
        "one_at_a_time_whole_way": way.single_whole.report(),
        "wal_bytes_per_order": None if per_order is None else round(per_order),
        "parts_us": {
            name: round(statistics.median(seconds) * 1e6, 1) for name, seconds in way.parts.items()
        },
        "orders": orders,
        "batches": BATCHES,
        "exits": Lot.objects.filter(pool=way.pool, exited=True).count(),
        "members": way.size.members,
    }
