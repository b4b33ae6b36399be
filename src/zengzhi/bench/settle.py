"""``zengzhi bench settle``: durable settlement with all rows, against one transaction an order.

Both designs run in turn on one empty database, each in its own pool; the medians count. Ours is
measured at several batch sizes, then its latency under a given arrival rate with adaptive group
commit, then how fast the journal can be re-verified and the state re-derived from it.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from zengzhi.bench import NotTheSame, share

RUNS = 3
NAIVE_ORDERS = 1_000
SIZES = {1: 200, 100: 5_000, 1_000: 20_000, 10_000: 50_000}
"""Batch size → orders of one run."""
RATES = (500, 2_000, 5_000, 10_000)
"""Arrivals per second whose latency is measured."""
LATENCY_SECONDS = 4
QUICK = 10
"""``--quick`` divides the numbers of orders and the seconds by this."""
CAP = 10_000
MEMBERS = 5_000
PAID_FEN = 100_000
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """The runs of one database."""

    def __init__(self, scale: int = 1) -> None:
        from zengzhi.core.economy.rules import rules_from_toml
        from zengzhi.site.demo import preset

        self.text = preset("seed")
        self.rules = rules_from_toml(self.text)
        self.orders = 0
        self.scale = scale

    def pool(self, code: str) -> Any:
        """A new pool under the seed's rules."""
        from zengzhi.records.settlement.models import Pool, RulesVersion

        rules = RulesVersion.objects.create(name="seed", text=self.text)
        return Pool.objects.create(code=code, rules=rules)

    def batch(self, count: int) -> Any:
        """Orders nobody has seen yet: ids like the mall's, members at random."""
        import numpy as np

        from zengzhi.records.settlement.incoming import Incoming
        from zengzhi.records.store.bulk import microseconds

        numbers = np.arange(self.orders, self.orders + count, dtype=np.uint64)
        self.orders += count
        mixed = (numbers * np.uint64(0x9E3779B97F4A7C15)) % np.uint64(10**16)
        ids = [f"20260101{number:016X}"[:24] for number in mixed.tolist()]
        member = (mixed % np.uint64(MEMBERS)).astype(np.int64) + 1
        moments = np.full(count, microseconds(AT)) + np.arange(count)
        return Incoming.orders(ids, member, np.full(count, PAID_FEN), moments)

    def naive(self, pool: Any, count: int) -> float:
        """Orders per second, one transaction each."""
        from zengzhi.bench.naive_settlement import naive_settlement

        orders = self.batch(count)
        rows = list(zip(orders.ids, orders.member.tolist(), strict=True))
        with naive_settlement() as naive:
            began = time.perf_counter()
            for event_id, member in rows:
                naive.settle(pool.pk, self.rules, event_id, member, PAID_FEN, AT)
            return count / (time.perf_counter() - began)

    def ours(self, pool: Any, size: int, count: int) -> float:
        """Orders per second in batches of one size."""
        from zengzhi.records.settlement.settle import settle

        batches = [self.batch(size) for _batch in range(count // size)]
        began = time.perf_counter()
        for batch in batches:
            settle(pool.pk, batch)
        return count / (time.perf_counter() - began)

    def latency(self, pool: Any, per_second: int) -> dict[str, Any]:
        """Poisson arrivals; each transaction takes what waits, up to the cap."""
        import numpy as np

        from zengzhi.records.settlement.settle import settle

        count = per_second * LATENCY_SECONDS // self.scale
        random = np.random.default_rng(per_second)
        arrivals = np.cumsum(random.exponential(1 / per_second, count))
        orders = self.batch(count)
        done = np.zeros(count)
        settled, batches = 0, 0
        began = time.perf_counter()
        while settled < count:
            now = time.perf_counter() - began
            waiting = int(np.searchsorted(arrivals, now, side="right"))
            if waiting == settled:
                time.sleep(max(0.0, arrivals[settled] - now))
                continue
            end = min(waiting, settled + CAP)
            settle(pool.pk, orders.take(list(range(settled, end))))
            done[settled:end] = time.perf_counter() - began
            settled, batches = end, batches + 1
        milliseconds = (done - arrivals) * 1e3
        p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99]).tolist()
        return {
            "arrivals_per_s": per_second,
            "settled_per_s": round(count / done[-1]),
            "mean_batch": round(count / batches, 1),
            "p50_ms": round(p50, 1),
            "p95_ms": round(p95, 1),
            "p99_ms": round(p99, 1),
        }


def _cases(bench: Bench, database: str, step: Callable[[str], None]) -> list[dict[str, Any]]:
    naive_pool, our_pool = bench.pool("naive"), bench.pool("ours")
    bench.naive(naive_pool, 50)
    bench.ours(our_pool, 1_000, 3_000)
    baseline: list[float] = []
    ours: dict[int, list[float]] = {size: [] for size in SIZES}
    for run in range(RUNS):
        for size, count in SIZES.items():
            step(f"run {run + 1}: one transaction an order")
            baseline.append(bench.naive(naive_pool, NAIVE_ORDERS // len(SIZES) // bench.scale))
            step(f"run {run + 1}: batches of {size:,}")
            ours[size].append(bench.ours(our_pool, size, max(size, count // bench.scale)))
    base = statistics.median(baseline)
    return [
        {
            "name": f"all rows, {database}, batches of {size}",
            "baseline_per_s": round(base),
            "ours_per_s": round(statistics.median(rates)),
            "ratio": round(statistics.median(rates) / base, 1),
            "runs": RUNS,
            "ours_best_per_s": round(max(rates)),
        }
        for size, rates in ours.items()
    ]


def _rederive(step: Callable[[str], None]) -> dict[str, Any]:
    """The chain verified and the state folded from the journal; then every row compared."""
    from django.db import connection

    from zengzhi.records.settlement.models import Pool
    from zengzhi.verify.pools import fold_pool, verify_pool

    pool = Pool.objects.select_related("rules").get(code="ours")
    step("re-deriving the state from the journal")
    fold = []
    for _run in range(RUNS):
        began = time.perf_counter()
        engine = fold_pool(pool)
        fold.append(engine.sequence / (time.perf_counter() - began))
    step("re-deriving and comparing every row")
    began = time.perf_counter()
    problems = list(verify_pool(pool, progress=lambda _events: None))
    seconds = time.perf_counter() - began
    if problems:
        raise NotTheSame(str(problems[0]))
    connection.close()
    return {
        "orders": pool.sequence,
        "batches": pool.batches,
        "state_per_s": round(statistics.median(fold)),
        "rows_compared_per_s": round(pool.sequence / seconds),
    }


@contextmanager
def database(kind: str) -> Iterator[None]:
    """An empty database of the mall, for this process, gone afterwards."""
    from zengzhi.site.scratch import scratch_database

    with scratch_database(kind) as url:
        os.environ["ZENGZHI_DATABASE"] = url
        os.environ["ZENGZHI_DEMO"] = "1"
        from zengzhi.site.django_setup import set_up

        set_up(may_be_empty=True)
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield


def measure(
    kind: str, step: Callable[[str], None], scale: int = 1, members: int = share.MEMBERS
) -> dict[str, Any]:
    """The report of one database; ``step`` hears what is being done."""
    from zengzhi.bench.kernel import machine

    step("an empty database")
    with database(kind):
        bench = Bench(scale)
        report: dict[str, Any] = {"cases": _cases(bench, kind, step)}
        pool = bench.pool("latency")
        bench.ours(pool, 1_000, 2_000)
        report["latency"] = []
        for rate in RATES:
            step(f"latency at {rate:,} orders a second")
            report["latency"].append(bench.latency(pool, rate))
        report["rederive"] = _rederive(step)
        report["bonuses"] = share.share_of_bonuses(bench, step, members)
    return {**report, "database": kind, "machine": machine()}
