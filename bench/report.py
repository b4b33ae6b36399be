"""docs/performance.md from benches: ``python bench/report.py REPORT.json …``.

Every figure comes from the reports of ``zengzhi bench way``, ``kernel`` and ``settle``, in any
order; nothing is written by hand.
"""

import json
import sys
from pathlib import Path
from typing import Any

HEAD = """# Performance

Made by `make performance`, which runs `zengzhi bench way`, `kernel` and `settle` and writes this
page from what they report: no figure is typed in. Every figure has its baseline beside it, from the
same run; the end to end comes first, and the slow parts stand beside the fast ones. Other machines
and a busy machine give other rates: compare ratios, not rates.
"""
WAYS = {
    "whole_way": "the whole way, many together",
    "settler": "the settler over the mall's own orders, without bonuses",
    "one_at_a_time": "settlement, one order at a time",
    "one_at_a_time_whole_way": "the whole way, one order at a time",
}


def rate(per_second: float) -> str:
    """Three digits, in thousands or millions."""
    if per_second >= 10**6:
        return f"{per_second / 10**6:.3g} M"
    if per_second >= 10**3:
        return f"{per_second / 10**3:.3g} k"
    return f"{per_second:.0f}"


def way(report: dict[str, Any]) -> list[str]:
    """An order's whole way on one database, and what is slow in it."""
    lines = [
        f"## An order's whole way: {report['database']}",
        "",
        f"{report['orders']:,} orders of the mall await payment, over a tree of "
        f"{report['members']:,} members. The provider's callbacks come in one shuffled order, in "
        f"{report['batches']} batches; the goods are shipped and received in another; the settler "
        "settles and releases the bonuses; the sealer seals. The clock stops when every wallet "
        "holds what the plan gives. The baseline is one transaction a step on plain rows, which "
        "pays the same bonuses to the fen and seals nothing.",
        "",
        "| what | baseline /s | ours /s | ratio |",
        "|---|---|---|---|",
    ]
    for name, words in WAYS.items():
        case = report[name]
        numbers = (rate(case["baseline_per_s"]), rate(case["ours_per_s"]))
        lines.append(f"| {words} | {numbers[0]} | {numbers[1]} | {case['ratio']:g} × |")
    whole_us = sum(report["parts_us"].values())
    lines += ["", "| part of the whole way | µs an order | share |", "|---|---|---|"]
    for name, us in sorted(report["parts_us"].items(), key=lambda part: -part[1]):
        lines.append(f"| {name} | {us:,.0f} | {us / whole_us:.0%} |")
    log, restart, verify = report["wal_bytes_per_order"], report["restart"], report["verify"]
    said = [] if log is None else [f"The write-ahead log grows by {log:,} bytes an order."]
    said += [
        f"An owner of a pool with {restart['lots']:,} lots stands again after a restart in "
        f"{restart['seconds']:g} s.",
        f"At the end `verify` compared {verify['rows']:,} rows in {verify['seconds']:g} s and "
        "everything held.",
    ]
    return [*lines, "", " ".join(said), ""]


def cases(report: dict[str, Any]) -> list[str]:
    """The table of workloads."""
    lines = [
        "## Events a second in the kernel",
        "",
        "The baseline is the readable reference (`core/economy`), ours the batch kernel "
        "(`core/kernel`); they alternate in one process, medians count, and both must end with the "
        "same digest before a ratio is printed.",
        "",
        "| workload | reference /s | kernel /s | ratio | exits an event |",
        "|---|---|---|---|---|",
    ]
    for case in report["cases"]:
        ours, baseline = rate(case["ours_per_s"]), rate(case["baseline_per_s"])
        exits = f"{case['exits_per_event']:.4g}"
        lines.append(f"| {case['name']} | {baseline} | {ours} | {case['ratio']:g} × | {exits} |")
    first, mixed = report["cases"][0], report["cases"][-1]
    runs = min(case["runs"] for case in report["cases"])
    lines += [
        "",
        f"At least {runs} runs each; the reference applies the first {first['baseline_events']:,} "
        f"events, the kernel {first['ours_events']:,} orders or {mixed['ours_events']:,} mixed "
        f"events in batches of {first['batch']:,}. Mixed: 85 % orders with lognormal spends and "
        "four margins, 14 % sales, 1 % subsidies.",
    ]
    return lines


def memory(report: dict[str, Any]) -> list[str]:
    """Bytes a lot."""
    lines = [
        "## Memory",
        "",
        "| open lots | bytes a lot |",
        "|---|---|",
    ]
    names = {"declared_class": "of one product", "own_spend": "each with a spend of its own"}
    for key, name in names.items():
        figures = report["memory"][key]
        lines.append(f"| {figures['lots']:,}, {name} | {figures['bytes']} |")
    return lines


def cascade(report: dict[str, Any]) -> list[str]:
    """Exits in one event."""
    lines = ["## A cascade in one event", "", "| lots | exits | seconds |", "|---|---|---|"]
    for name, figures in (
        ("of one product", report["cascade"]),
        ("each with a spend of its own", report["cascade"]["random_spend"]),
    ):
        lines.append(f"| {name} | {figures['exits']:,} | {figures['seconds']:.3f} |")
    return lines


def settlement(report: dict[str, Any]) -> list[str]:
    """Durable settlement on one database, against one transaction an order."""
    lines = [
        f"## Settlement with all rows: {report['database']}",
        "",
        "The baseline locks the pool's row for every order and writes the same rows; ours settles "
        "batches. Both commit durably, in turn, on the same database.",
        "",
        "| batch | one transaction an order, /s | ours /s | ratio |",
        "|---|---|---|---|",
    ]
    for case in report["cases"]:
        name = case["name"].rpartition(" of ")[2]
        ours, baseline = rate(case["ours_per_s"]), rate(case["baseline_per_s"])
        lines.append(f"| {int(name):,} | {baseline} | {ours} | {case['ratio']:g} × |")
    lines += [
        "",
        "| arrivals /s | mean batch | p50 ms | p95 ms | p99 ms |",
        "|---|---|---|---|---|",
    ]
    for row in report["latency"]:
        figures = (row["mean_batch"], row["p50_ms"], row["p95_ms"], row["p99_ms"])
        lines.append(f"| {row['arrivals_per_s']:,} | " + " | ".join(map(str, figures)) + " |")
    journal = report["rederive"]
    lines += [
        "",
        f"The chain is verified and the state derived again from the journal at "
        f"{rate(journal['state_per_s'])} orders/s, every row compared at "
        f"{rate(journal['rows_compared_per_s'])} orders/s.",
        "",
    ]
    return lines + bonuses(report.get("bonuses"))


def bonuses(figures: dict[str, Any] | None) -> list[str]:
    """What the bonuses take of it."""
    if not figures:
        return []
    return [
        f"Bonuses of {figures['orders']:,} orders over a tree of {figures['members']:,} members, "
        f"{figures['lines']:,} lines: calculated at {rate(figures['quote_per_s'])} orders/s "
        f"(reading included), which is {figures['share_of_time']:.0%} of the time of calculation "
        "and settlement together.",
        "",
    ]


def page(report: dict[str, Any], settle: list[dict[str, Any]], ways: list[dict[str, Any]]) -> str:
    """The whole page."""
    outcome, machine = report["outcome"], report["machine"]
    facts = ", ".join(f"{key} {value}" for key, value in machine.items() if key != "load")
    loads = [one["machine"]["load"] for one in (*ways, report, *settle)]
    parts = [
        HEAD,
        *(line for one in ways for line in way(one)),
        *cases(report),
        "",
        *memory(report),
        "",
        *cascade(report),
        "",
        *(line for one in settle for line in settlement(one)),
        "## Who gets back what was spent",
        "",
        f"Of {outcome['orders']:,} orders of 1000 yuan (300 into the pool, points worth 210, no "
        f"exits, no sales) {outcome['percent_worth_1x']} % are worth at least what was spent, "
        f"{outcome['percent_worth_3x']} % at least three times that.",
        "",
        "## Start",
        "",
        f"Importing, compiling or loading the kernel and its first batches took "
        f"{report['start_seconds']} s in this run. Compiled code is kept on disk; the first start "
        "after a change of the kernel compiles it.",
        "",
        f"Machine: {facts}. Its load (1, 5, 15 minutes) at the end of each bench, in the order of "
        f"`make performance`: {'; '.join(loads)}. A bench alone on an idle machine makes about 1 "
        "to 2; more means that others worked on it, and the rates are lower than it can do.",
    ]
    return "\n".join(parts) + "\n"


def of_reports(reports: list[dict[str, Any]]) -> str:
    """The page from reports, each known by what it measured."""
    kernel = next(report for report in reports if "outcome" in report)
    settle = [report for report in reports if "rederive" in report]
    return page(kernel, settle, [report for report in reports if "whole_way" in report])


if __name__ == "__main__":
    sys.stdout.write(
        of_reports([json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:]])
    )
