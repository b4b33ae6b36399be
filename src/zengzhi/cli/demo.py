"""``zengzhi demo``: an embedded mall with demo data and accounts, in one command."""

import os
import shutil
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress

from zengzhi.site.django_setup import set_up

SETTLE_SECONDS = 10.0
"""Between two rounds of the settler beside the demo."""
BUILDING = "building"
"""A file beside the database as long as the demo's data are not complete."""


def _prepare(directory: Path) -> None:
    """Point the settings at the demo's own database before Django is loaded."""
    os.environ["ZENGZHI_DEMO"] = "1"
    os.environ["ZENGZHI_VAR"] = str(directory)
    set_up()


def _fill(console: Console, directory: Path) -> None:
    """Build the demo's data once. Nothing waits for the disk in between: what was interrupted is
    thrown away and built again."""
    from django.core.management import call_command
    from django.db import connection

    from zengzhi.records.settlement.models import Pool
    from zengzhi.site import demo

    building = directory / BUILDING
    if building.exists():
        for left in directory.glob("zengzhi.sqlite3*"):
            left.unlink()
    call_command("migrate", verbosity=0)
    if Pool.objects.exists():
        return
    building.touch()
    with Progress(console=console, transient=True) as progress, connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        task = progress.add_task("Orders and sales through the real path", total=demo.ORDERS)
        demo.build(progress=lambda done, total: progress.update(task, completed=done, total=total))
        cursor.execute("PRAGMA synchronous = FULL")
    building.unlink()


def _welcome(console: Console, address: str) -> None:
    from zengzhi.site import demo

    console.print(
        Panel(
            f"Mall         [bold]{address}/[/bold]\n"
            f"Back office  [bold]{address}/office/[/bold]\n\n"
            f"Member       linxiao   {demo.PASSWORD}\n"
            f"Operator     operator  {demo.PASSWORD}\n"
            f"Director     director  {demo.PASSWORD}\n"
            f"Finance      finance   {demo.PASSWORD}\n"
            f"Auditor      auditor   {demo.PASSWORD}\n\n"
            "Demo payments move no money. Stop with Ctrl-C.",
            title="Zengzhi 增值 demo",
            expand=False,
        )
    )


@click.command("demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--data",
    default="var/demo",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the demo's database.",
)
@click.option("--fresh", is_flag=True, help="Throw the demo's database away first.")
@click.option("--prepare-only", is_flag=True, help="Build the database and stop.")
def command(port: int, host: str, data: Path, fresh: bool, prepare_only: bool) -> None:
    """Run the mall with demo data: products, members, orders and sales already settled."""
    console = Console()
    if fresh and data.exists():
        shutil.rmtree(data)
    _prepare(data)
    _fill(console, data)
    from zengzhi.records.ledger.sealer import Rounds, Sealer, seal_or_log
    from zengzhi.site.static import collect

    seal_or_log()
    with console.status("Compressing what the pages load"):
        collect()
    _welcome(console, f"http://{host}:{port}")
    if prepare_only:
        return
    from waitress import serve

    from zengzhi.mall.settler import Settler
    from zengzhi.records.intake.watch import Watch
    from zengzhi.site.wsgi import application

    settler = Settler(watch=Watch(accept=True))
    with Sealer(), Rounds(settler.once_or_log, SETTLE_SECONDS):
        serve(application, host=host, port=port, threads=8, ident="zengzhi")
