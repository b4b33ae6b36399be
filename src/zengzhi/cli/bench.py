"""``zengzhi bench``: each figure with its baseline in the same run (spec 4.8, 5.4, 5.7)."""

import json
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from zengzhi.bench import NotTheSame, share
from zengzhi.bench import bonuses as bonuses_bench
from zengzhi.bench import kernel as kernel_bench
from zengzhi.bench import settle as settle_bench
from zengzhi.bench import way as way_bench
from zengzhi.cli.bench_tables import show_bonuses, show_kernel, show_settlement, show_way

Step = Callable[[str], None]
as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object instead of the tables."
)
database_option = click.option(
    "--db", "kind", type=click.Choice(["sqlite", "postgres"]), default="sqlite"
)


@click.group("bench")
def command() -> None:
    """Measure, always against a baseline in the same process."""


def _report(
    steps: int,
    measure: Callable[[Step], dict[str, Any]],
    show: Callable[[dict[str, Any]], None],
    as_json: bool,
) -> None:
    """Measure behind a progress bar, then print; what does not agree ends with a line."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=steps)
        try:
            report = measure(lambda text: progress.update(task, advance=1, description=text))
        except NotTheSame as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        show(report)


@command.command("kernel")
@as_json_option
def kernel(as_json: bool) -> None:
    """The batch kernel against the pure-Python reference: rates, memory, cascades."""
    steps = 4 + 3 * (kernel_bench.RUNS + 1)
    _report(steps, kernel_bench.measure, show_kernel, as_json)


@command.command("settle")
@database_option
@click.option("--quick", is_flag=True, help="A tenth of the orders: a first look, noisy.")
@click.option(
    "--members",
    type=click.IntRange(1_000),
    help="Members of the tree for bonuses; default 1000000, a tenth of it with --quick.",
)
@as_json_option
def settle(kind: str, quick: bool, members: int | None, as_json: bool) -> None:
    """Settlement with all rows against one transaction an order; latency; re-derivation; what
    bonuses take beside it."""
    scale = settle_bench.QUICK if quick else 1
    sizes = len(settle_bench.SIZES)
    steps = 9 + 2 * settle_bench.RUNS * sizes + len(settle_bench.RATES)
    people = members or share.MEMBERS // scale
    _report(
        steps,
        lambda step: settle_bench.measure(kind, step, scale, people),
        show_settlement,
        as_json,
    )


@command.command("way")
@database_option
@click.option("--orders", default=way_bench.ORDERS, show_default=True, type=click.IntRange(10))
@click.option("--members", default=way_bench.MEMBERS, show_default=True, type=click.IntRange(10))
@click.option("--runs", default=way_bench.RUNS, show_default=True, type=click.IntRange(1))
@click.option(
    "--restart-lots", default=way_bench.RESTART_LOTS, show_default=True, type=click.IntRange(1)
)
@as_json_option
def way(kind: str, orders: int, members: int, runs: int, restart_lots: int, as_json: bool) -> None:
    """An order's whole way, paid to money in wallets, against one transaction a step."""
    size = way_bench.Size(
        orders=orders,
        members=members,
        runs=runs,
        naive=min(way_bench.NAIVE_ORDERS, orders),
        single=min(way_bench.SINGLE_ORDERS, orders),
        restart_lots=restart_lots,
    )
    steps = 4 + 5 * runs
    _report(steps, lambda step: way_bench.measure(kind, step, size), show_way, as_json)


@command.command("bonuses")
@click.option("--members", default=1_000_000, show_default=True, type=click.IntRange(1_000))
@click.option("--orders", default=10_000, show_default=True, type=click.IntRange(0))
@click.option("--single", default=300, show_default=True, type=click.IntRange(1))
@click.option(
    "--database", default="", help="URL of an empty database; default: a new SQLite file."
)
def bonuses(members: int, orders: int, single: int, database: str) -> None:
    """Bonuses of many orders at once, and one by one, over a large referral tree."""
    show_bonuses(*bonuses_bench.measure(database, members, orders, single))
