"""The reports of ``zengzhi bench`` as people read them."""

from typing import Any

from rich.console import Console
from rich.table import Table

WAYS = {
    "whole_way": "the whole way, together",
    "settler": "the settler over the mall's orders",
    "one_at_a_time": "one at a time, settlement",
    "one_at_a_time_whole_way": "one at a time, the whole way",
}


def show_way(report: dict[str, Any]) -> None:
    """The whole way first, then its parts, the slow ones first."""
    console = Console()
    table = Table("orders a second", "naive", "ours", "ratio")
    for name, words in WAYS.items():
        case = report[name]
        numbers = (f"{case['baseline_per_s']:,}", f"{case['ours_per_s']:,}")
        table.add_row(words, *numbers, f"{case['ratio']:,} ×")
    console.print(table)
    parts = Table("part of the whole way", "µs an order")
    for name, us in sorted(report["parts_us"].items(), key=lambda part: -part[1]):
        parts.add_row(name, f"{us:,}")
    console.print(parts)
    if report["wal_bytes_per_order"] is not None:
        console.print(f"Write-ahead log: {report['wal_bytes_per_order']:,} bytes an order")
    restart, verify = report["restart"], report["verify"]
    console.print(f"Restart with {restart['lots']:,} lots: {restart['seconds']} s")
    console.print(f"Verified: {verify['rows']:,} rows in {verify['seconds']} s, everything holds")


def show_kernel(report: dict[str, Any]) -> None:
    """Rates, memory, cascades, and who gets back what was spent."""
    console = Console()
    table = Table("case", "reference /s", "kernel /s", "ratio")
    for case in report["cases"]:
        numbers = (f"{case['baseline_per_s']:,}", f"{case['ours_per_s']:,}")
        table.add_row(case["name"], *numbers, f"{case['ratio']:,.1f} ×")
    console.print(table)
    memory, cascade, shares = report["memory"], report["cascade"], report["outcome"]
    for name, key in (("declared class", "declared_class"), ("own spend", "own_spend")):
        figures = memory[key]
        console.print(
            f"Open lot, {name}: {figures['bytes']} bytes "
            f"({figures['resident_bytes']} resident), {figures['lots']:,} lots"
        )
    console.print(f"Cascade of {cascade['exits']:,} exits in one event: {cascade['seconds']} s")
    other = cascade["random_spend"]
    console.print(f"  each lot with its own spend: {other['exits']:,} exits, {other['seconds']} s")
    console.print(
        f"{shares['orders']:,} orders, no exits: {shares['percent_worth_1x']} % of lots are worth "
        f"what was spent, {shares['percent_worth_3x']} % three times that"
    )


def show_settlement(report: dict[str, Any]) -> None:
    """Rates, latency, re-derivation, and what bonuses take."""
    console = Console()
    table = Table("case", "naive /s", "ours /s", "ratio")
    for case in report["cases"]:
        numbers = (f"{case['baseline_per_s']:,}", f"{case['ours_per_s']:,}")
        table.add_row(case["name"], *numbers, f"{case['ratio']:,.1f} ×")
    console.print(table)
    for row in report["latency"]:
        console.print(
            f"{row['arrivals_per_s']:,} orders/s arriving: mean batch {row['mean_batch']}, "
            f"p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms, p99 {row['p99_ms']} ms"
        )
    figures = report["rederive"]
    console.print(
        f"Chain verified and state re-derived: {figures['state_per_s']:,} orders/s; "
        f"every row compared: {figures['rows_compared_per_s']:,} orders/s"
    )
    for line in _share(report["bonuses"]):
        console.print(line)


def _share(report: dict[str, Any]) -> list[str]:
    """The figures in words, one line each."""
    rates = ", ".join(
        f"{name} {report[name + '_per_s']:,}" for name in ("settle", "quote", "store", "release")
    )
    uplines = ", ".join(f"{row['us']:,} µs at {row['members']:,}" for row in report["upline"])
    return [
        f"Bonuses of {report['orders']:,} orders ({report['lines']:,} lines) over "
        f"{report['members']:,} members, orders/s: {rates}",
        f"Share of the time: reading and calculation {report['share_of_time']:.1%}; "
        f"quoted, stored and released {report['share_with_rows']:.1%}",
        f"Upline look-up: {uplines} members",
    ]


def show_bonuses(rates: list[tuple[str, float, float]], others: list[tuple[str, float]]) -> None:
    """Rates, and the look-ups."""
    console = Console()
    table = Table("orders per second", "one at a time", "in one batch", "×")
    for name, one, batch in rates:
        table.add_row(name, f"{one:,.0f}", f"{batch:,.0f}", f"{batch / one:.1f}")
    if rates:
        console.print(table)
    other = Table("look-ups", "value")
    for name, value in others:
        other.add_row(name, f"{value:,.1f}")
    console.print(other)
