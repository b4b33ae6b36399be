"""``zengzhi bench``: each figure with its baseline in the same run (spec 4.8, 5.4, 5.7)."""

import json
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from zengzhi.bench import way as whole_way
from zengzhi.bench.bonuses import bonuses
from zengzhi.bench.kernel import kernel
from zengzhi.bench.settle import settle

WAYS = {
    "whole_way": "the whole way, together",
    "settler": "the settler over the mall's orders",
    "one_at_a_time": "one at a time, settlement",
    "one_at_a_time_whole_way": "one at a time, the whole way",
}


@click.group("bench")
def command() -> None:
    """Measure, always against a baseline in the same process."""


@command.command("way")
@click.option("--db", "kind", type=click.Choice(["sqlite", "postgres"]), default="sqlite")
@click.option("--orders", default=whole_way.ORDERS, show_default=True, type=click.IntRange(10))
@click.option("--members", default=whole_way.MEMBERS, show_default=True, type=click.IntRange(10))
@click.option("--runs", default=whole_way.RUNS, show_default=True, type=click.IntRange(1))
@click.option(
    "--restart-lots", default=whole_way.RESTART_LOTS, show_default=True, type=click.IntRange(1)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the tables.")
def way(kind: str, orders: int, members: int, runs: int, restart_lots: int, as_json: bool) -> None:
    """An order's whole way, paid to money in wallets, against one transaction a step."""
    size = whole_way.Size(
        orders=orders,
        members=members,
        runs=runs,
        naive=min(whole_way.NAIVE_ORDERS, orders),
        single=min(whole_way.SINGLE_ORDERS, orders),
        restart_lots=restart_lots,
    )
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=4 + 5 * runs)
        try:
            report = whole_way.measure(
                kind, lambda text: progress.update(task, advance=1, description=text), size
            )
        except whole_way.NotTheSame as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _show(report)


def _show(report: dict[str, Any]) -> None:
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


command.add_command(bonuses)
command.add_command(kernel)
command.add_command(settle)
