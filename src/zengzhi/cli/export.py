"""``zengzhi export``: the books for other programs."""

import sys
from pathlib import Path

import click

from zengzhi.site.django_setup import set_up


@click.group("export")
def command() -> None:
    """Write the records in formats that other programs read."""


@command.command("ledger")
@click.option(
    "--format",
    "kind",
    required=True,
    type=click.Choice(["beancount", "csv"]),
    help="What to write.",
)
@click.option(
    "--output", default="-", show_default=True, type=click.Path(allow_dash=True, path_type=Path)
)
def ledger(kind: str, output: Path) -> None:
    """The whole journal; ``bean-check`` accepts it and verifies our balances."""
    set_up()
    from zengzhi.records.ledger.export import beancount, csv_lines
    from zengzhi.verify.run import snapshot

    lines = beancount() if kind == "beancount" else csv_lines()
    with snapshot():
        if str(output) == "-":
            sys.stdout.writelines(lines)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
