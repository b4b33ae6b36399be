"""``zengzhi demo``: an embedded mall with demo data and accounts, in one command."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress

from zengzhi.site.django_setup import set_up

SETTLE_SECONDS = 5.0
"""Between two rounds of the demo's settler when nothing was due."""


def _prepare(directory: Path) -> None:
    """Point the settings at the demo's own database before Django is loaded."""
    os.environ["ZENGZHI_DEMO"] = "1"
    os.environ["ZENGZHI_VAR"] = str(directory)
    set_up()


def _fill(console: Console, unfinished: Path) -> None:
    """Every act in its own transaction, as in a live mall; ``unfinished`` is there meanwhile."""
    from django.core.management import call_command

    from zengzhi.records.settlement.models import Pool
    from zengzhi.site import demo

    call_command("migrate", verbosity=0)
    if Pool.objects.exists():
        return
    unfinished.touch()
    with Progress(console=console, transient=True) as progress, _without_waiting():
        task = progress.add_task("Orders and sales through the real path", total=demo.ORDERS)
        demo.build(progress=lambda done, total: progress.update(task, completed=done, total=total))
    unfinished.unlink()


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Nothing waits for the disk while the demo is built: what is cut off is built again."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
        yield
    connection.close()


@contextmanager
def _settling() -> Iterator[None]:
    """A settler beside the web server: what a lost process left due, and what the clock makes due."""
    from zengzhi.mall.settler import Settler
    from zengzhi.records.intake.watch import Watch

    settler = Settler(pause=SETTLE_SECONDS, watch=Watch(accept=True))
    thread = threading.Thread(target=settler.run, name="settler", daemon=True)
    thread.start()
    try:
        yield
    finally:
        settler.stop()
        thread.join()


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
    unfinished = data / "unfinished"
    if data.exists() and (fresh or unfinished.exists()):
        shutil.rmtree(data)
    _prepare(data)
    _fill(console, unfinished)
    from zengzhi.records.ledger.sealer import Sealer, seal_or_log

    seal_or_log()
    _welcome(console, f"http://{host}:{port}")
    if prepare_only:
        return
    from waitress import serve

    from zengzhi.site.wsgi import application

    with Sealer(), _settling():
        serve(application, host=host, port=port, threads=8, ident="zengzhi")
