"""``zengzhi verify``: every invariant of the live database; the row is named that breaks one."""

import json
import sys

import click
from rich.console import Console
from rich.progress import Progress

from zengzhi.site.django_setup import set_up

EXIT_BROKEN = 1


@click.command("verify")
@click.option(
    "--rederive",
    is_flag=True,
    help="Derive the journal entries of settled events again too, bit for bit.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(rederive: bool, as_json: bool) -> None:
    """Verify sums, balances, the sealed chain, and every row against the fold of the batches."""
    set_up()
    from zengzhi.records.settlement.verify.run import events_in_all, verify

    console = Console(stderr=True)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Verifying events", total=events_in_all())
        report = verify(rederive, lambda events: progress.advance(task, events))
    if as_json:
        click.echo(json.dumps(report.as_dict()))
    else:
        for problem in report.problems:
            click.echo(str(problem))
        found = "everything holds" if report.ok else f"{len(report.problems)} problems"
        click.echo(
            f"{report.events} events in {report.batches} sealed batches, {report.entries} journal "
            f"entries, {len(report.checks)} checks: {found}"
        )
        for code, head in report.heads.items():
            click.echo(f"chain head of {code}: {head}")
    if not report.ok:
        sys.exit(EXIT_BROKEN)
