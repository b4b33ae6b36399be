"""Orders per second of the bonus calculation, an all-kinds plan and uplines of 10 members.

Run from the root: ``python -m bench.bonuses``. The baseline is the independent model of the tests,
alternating with ours in one process; medians of 5 runs.
"""

import json
import statistics
import time
import tomllib
from pathlib import Path

from tests.oracle import bonuses as oracle
from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.lines import paid_order
from zengzhi.core.distribution.order_bonuses import bonuses_in_forest, bonuses_of_upline
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.economy.rules import Split

RUNS = 5
ORDERS = 10_000
PLAN_TOML = Path("presets/plans/all-kinds.toml").read_text(encoding="utf-8")
RANKS = ("V1", "V1", "V3", "V2", "V3", "V4", "", "", "V4", "")
AGENTS = AreaAgents("d", "c", "p")


def _per_second(calculate, orders):
    began = time.perf_counter()
    for _ in range(orders):
        calculate()
    return orders / (time.perf_counter() - began)


def measure():
    """Orders per second: the model, ours from a snapshot, ours in a forest."""
    names = ["m", *(f"u{i}" for i in range(len(RANKS)))]
    rows = [*zip(names, [*names[1:], ""], ["", *RANKS], strict=True)]
    plan, split = plan_from_toml(PLAN_TOML), Split(200_000, 600_000, 100_000)
    order, forest = paid_order("m", 100_000, split), Forest(rows, plan)
    upline = [(member, rank) for member, _sponsor, rank in rows[1:]]
    theirs = (
        tomllib.loads(PLAN_TOML),
        {"cost": "20%", "distribution": "60%", "platform": "10%"},
        {member: (sponsor, rank) for member, sponsor, rank in rows},
        {"440305": "d", "4403": "c", "44": "p"},
        {"id": "o", "member": "m", "paid": "1000.00", "region": "440305"},
    )
    cases = {
        "model": lambda: _per_second(lambda: oracle.bonuses(*theirs), ORDERS // 20),
        "snapshot": lambda: _per_second(
            lambda: bonuses_of_upline(order, upline, AGENTS, plan), ORDERS
        ),
        "forest": lambda: _per_second(
            lambda: bonuses_in_forest(order, forest, plan, AGENTS), ORDERS
        ),
    }
    runs = [{name: case() for name, case in cases.items()} for _ in range(RUNS)]
    return {name: round(statistics.median(run[name] for run in runs)) for name in cases}


if __name__ == "__main__":
    figures = measure()
    ratios = {name: round(figures[name] / figures["model"], 1) for name in figures}
    print(json.dumps({"lines_per_order": 11, "orders_per_s": figures, "ratio": ratios}))
