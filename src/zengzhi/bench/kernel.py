"""``zengzhi bench kernel``: the batch kernel against the pure-Python reference.

Baseline and ours alternate in one process, the medians count, and both must end with the same
digest. The baseline settles events that exist already as objects, ours columns that exist already
as arrays; reading and writing are in neither, nor is the garbage collector, which would slow the
baseline down.
"""

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from zengzhi.bench import NotTheSame

RUNS, FEWEST_RUNS = 5, 3
CASCADE_RUNS = 3
ENOUGH_SECONDS = 20
"""After so much time a case is content with the fewest runs: the bench ends on a busy machine."""
MEMBERS = 1_000
BASELINE_EVENTS = 50_000
OUR_ORDERS = 4_000_000
OUR_MIXED = 300_000
BATCH = 100_000
OPEN_LOTS = 10_000_000
CASCADE = 1_000_000
OUTCOME_ORDERS = 10_000_000
PAID_FEN = 100_000


@dataclass(frozen=True)
class Case:
    """A workload: rules, and columns for ours; the baseline gets the first of them."""

    name: str
    rules: Any
    columns: Any


def _constant(name: str, rules: Any) -> Case:
    import numpy as np

    from zengzhi.core.kernel.columns import Columns

    member = np.arange(OUR_ORDERS, dtype=np.int64) % MEMBERS
    return Case(name, rules, Columns.orders(member, np.full(OUR_ORDERS, PAID_FEN, np.int64)))


def mixed_columns(events: int, seed: int = 1) -> Any:
    """85 % orders with lognormal spend and four margins, 14 % partial sales, 1 % subsidies."""
    import numpy as np

    from zengzhi.core.economy.rules import Split
    from zengzhi.core.kernel.columns import Columns
    from zengzhi.core.kernel.layout import ORDER, SELL, SUBSIDISE

    random = np.random.default_rng(seed)
    draw = random.random(events)
    op = np.full(events, ORDER, np.uint8)
    op[draw >= 0.85] = SELL
    op[draw >= 0.99] = SUBSIDISE
    amount = np.exp(random.normal(10.5, 1.0, events)).astype(np.int64) + 1
    amount[op == SELL] = random.integers(10**4, 10**7, int((op == SELL).sum()))
    amount[op == SUBSIDISE] = random.integers(10**6, 10**7, int((op == SUBSIDISE).sum()))
    splits = [Split(cost, 200_000, 100_000) for cost in (250_000, 400_000, 500_000)]
    split = random.integers(-1, 3, events)
    member = random.integers(0, MEMBERS, events)
    return Columns(op, member, amount, None, split, splits)


def _cases() -> list[Case]:
    from zengzhi.core.economy.rules import Rules

    return [
        _constant("constant orders, no exits", Rules(exit_multiple=None)),
        _constant("constant orders, with exits", Rules()),
        Case("mixed stream", Rules(exit_multiple=Fraction(3)), mixed_columns(OUR_MIXED)),
    ]


def _reference(rules: Any, events: list[Any]) -> tuple[float, Any]:
    from zengzhi.core.economy.apply import apply
    from zengzhi.core.economy.pool import Economy
    from zengzhi.core.errors import ZengzhiError

    economy = Economy(rules)
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    for event in events:
        try:
            apply(economy, event)
        except ZengzhiError:
            continue
    seconds = time.perf_counter() - began
    gc.enable()
    return len(events) / seconds, economy


def _ours(rules: Any, columns: Any) -> tuple[float, Any, int]:
    from zengzhi.core.kernel.economy import KernelEconomy

    economy = KernelEconomy(rules)
    economy.reserve(len(columns))
    exits = 0
    began = time.perf_counter()
    for first in range(0, len(columns), BATCH):
        exits += len(economy.apply_batch(columns[first : first + BATCH]).exits)
    return len(columns) / (time.perf_counter() - began), economy, exits


def _same_state(case: Case, reference: Any) -> None:
    from zengzhi.core.economy.digest import digest

    _rate, ours, _exits = _ours(case.rules, case.columns[:BASELINE_EVENTS])
    ids = [lot.event_id for lot in reference.lots]
    members = [str(number) for number in range(MEMBERS)]
    if ours.digest(ids, members) != digest(reference):
        raise NotTheSame(f"{case.name}: the kernel and the reference differ")


def _measure(case: Case, step: Callable[[], None], until: float) -> dict[str, Any]:
    from zengzhi.core.kernel.fallback import event_of

    numbers = [-1] * BASELINE_EVENTS
    events = [event_of(case.columns, row, numbers, row) for row in range(BASELINE_EVENTS)]
    baseline: list[float] = []
    ours: list[float] = []
    reference, exits = None, 0
    for run in range(RUNS):
        if run >= FEWEST_RUNS and time.perf_counter() > until:
            break
        rate, reference = _reference(case.rules, events)
        baseline.append(rate)
        rate, _economy, exits = _ours(case.rules, case.columns)
        ours.append(rate)
        step()
    _same_state(case, reference)
    baseline_per_s, ours_per_s = statistics.median(baseline), statistics.median(ours)
    return {
        "name": case.name,
        "baseline_per_s": round(baseline_per_s),
        "ours_per_s": round(ours_per_s),
        "ratio": round(ours_per_s / baseline_per_s, 1),
        "runs": len(ours),
        "baseline_events": BASELINE_EVENTS,
        "ours_events": len(case.columns),
        "exits_per_event": round(exits / len(case.columns), 5),
        "batch": BATCH,
        "ours_best_per_s": round(max(ours)),
    }


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _memory(random_spend: bool) -> dict[str, Any]:
    """10⁷ open lots; of declared classes, or each with a spend of its own."""
    import numpy as np

    from zengzhi.core.economy.rules import Rules
    from zengzhi.core.kernel.columns import Columns
    from zengzhi.core.kernel.economy import KernelEconomy

    gc.collect()
    resident = _resident()
    # A multiple that nobody reaches keeps all lots open and queued.
    economy = KernelEconomy(Rules(exit_multiple=Fraction(10**6)))
    random = np.random.default_rng(1)
    lots, step = 0, OPEN_LOTS // 100
    paid = np.full(step, PAID_FEN, np.int64)
    if random_spend:
        paid = np.exp(random.normal(11, 1, step)).astype(np.int64) + 1
    member = random.integers(0, OPEN_LOTS // 10, step)
    while lots < OPEN_LOTS:
        # Other spends in every step, so that hardly two lots have the same.
        economy.apply_batch(Columns.orders(member, paid + (lots // step if random_spend else 0)))
        lots += step
    gc.collect()
    grown = max(0, _resident() - resident)
    return {
        "lots": lots,
        "bytes": round(economy.memory()[0] / lots, 1),
        "resident_bytes": round(grown / lots, 1),
    }


def _cascade(random_spend: bool) -> dict[str, Any]:
    """One subsidy that makes 10⁶ open lots exit in the same event."""
    import numpy as np

    from zengzhi.core.economy.rules import Rules
    from zengzhi.core.kernel.columns import Columns
    from zengzhi.core.kernel.economy import KernelEconomy
    from zengzhi.core.kernel.layout import SUBSIDISE

    paid = np.full(CASCADE, PAID_FEN, np.int64)
    if random_spend:
        paid = np.exp(np.random.default_rng(1).normal(11, 1, CASCADE)).astype(np.int64) + 1
    seconds, exits = [], 0
    for _run in range(CASCADE_RUNS):
        economy = KernelEconomy(Rules(exit_multiple=Fraction(1000)))
        economy.apply_batch(Columns.orders(np.arange(CASCADE) % MEMBERS, paid))
        money = min(2**53 - 1 - economy.pool_fen, 4 * 10**15)
        event = Columns(np.array([SUBSIDISE]), np.array([-1]), np.array([money]))
        began = time.perf_counter()
        exits = len(economy.apply_batch(event).exits)
        seconds.append(time.perf_counter() - began)
    return {"exits": exits, "seconds": round(statistics.median(seconds), 4)}


def lots_worth(granted: Any, pool_fen: int, outstanding_units: int, times_fen: int) -> int:
    """How many lots are worth at least ``times_fen``: n·A ≥ value·S, in exact integers."""
    import numpy as np

    least = -(-times_fen * outstanding_units // pool_fen)
    return int(np.count_nonzero(granted >= least))


def outcome(orders: int = OUTCOME_ORDERS) -> dict[str, Any]:
    """Orders of 1000 / 300 / 210, no exits: the share of lots that is worth 1 × and 3 × spend."""
    import numpy as np

    from zengzhi.core.economy.rules import Rules
    from zengzhi.core.kernel.columns import Columns
    from zengzhi.core.kernel.economy import KernelEconomy

    economy = KernelEconomy(Rules(exit_multiple=None))
    economy.reserve(orders)
    for first in range(0, orders, 1_000_000):
        count = min(1_000_000, orders - first)
        paid = np.full(count, PAID_FEN, np.int64)
        economy.apply_batch(Columns.orders(np.zeros(count, np.int64), paid))
    numbers, granted = economy.numbers, economy.lots()["granted"]
    pool_fen, outstanding_units = numbers["pool_fen"], numbers["outstanding_units"]
    shares = {
        name: lots_worth(granted, pool_fen, outstanding_units, times * PAID_FEN) * 100 / orders
        for name, times in (("percent_worth_1x", 1), ("percent_worth_3x", 3))
    }
    return {"orders": orders, **{name: round(share, 5) for name, share in shares.items()}}


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy it was."""
    import numba
    import numpy as np

    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        model = model or "unknown"
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numba": numba.__version__,
        "numpy": np.__version__,
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def measure(step: Callable[[str], None]) -> dict[str, Any]:
    """The whole report; ``step`` hears what is being done."""
    step("compiling")
    began = time.perf_counter()
    for case in _cases():
        _ours(case.rules, case.columns[:2_000])
    start_seconds = time.perf_counter() - began
    cases = []
    for case in _cases():
        name = case.name
        step(name)
        until = began + ENOUGH_SECONDS
        cases.append(_measure(case, lambda name=name: step(name), until))  # type: ignore[misc]
    step("memory of 10⁷ open lots")
    declared, own = _memory(random_spend=False), _memory(random_spend=True)
    step("cascades")
    cascade = _cascade(random_spend=False) | {"random_spend": _cascade(random_spend=True)}
    step("who gets back what was spent")
    return {
        "cases": cases,
        "bytes_per_open_lot": max(own["bytes"], own["resident_bytes"]),
        "memory": {"declared_class": declared, "own_spend": own},
        "cascade": cascade,
        "outcome": outcome(),
        "start_seconds": round(start_seconds, 2),
        "machine": machine(),
    }
