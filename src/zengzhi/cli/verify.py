"""``zengzhi verify``: every invariant of the live database; the row is named that breaks one."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from zengzhi.site.django_setup import set_up

EXIT_BROKEN = 1


@click.command("verify")
@click.option("--rederive", is_flag=True, help="The whole: the same as without any option.")
@click.option("--fast", is_flag=True, help="Sums and chains only.")
@click.option(
    "--anchors",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Signed roots kept outside: finds a database that was set back or written anew.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(rederive: bool, fast: bool, anchors: Path | None, as_json: bool) -> None:
    """Verify everything that moves money or decides over it against what is sealed."""
    if rederive and fast:
        raise click.UsageError("--rederive is the whole, --fast a part of it: choose one")
    set_up()
    from zengzhi.verify.run import events_in_all, run

    console = Console(stderr=True)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Verifying events", total=events_in_all())
        report = run(fast, anchors, lambda events: progress.advance(task, events))
    if as_json:
        click.echo(json.dumps(report.as_dict()))
    else:
        for problem in report.problems:
            click.echo(str(problem))
        found = "everything holds" if report.ok else f"{len(report.problems)} problems"
        rows = sum(report.checked.values())
        click.echo(
            f"{rows} rows of {len(report.checked)} tables, {len(report.checks)} checks: {found}"
        )
        click.echo(f"not sealed yet: {report.tail_rows} rows, {report.tail_age_s:.0f} s")
        for code, head in report.heads.items():
            click.echo(f"chain head of {code}: {head}")
    if not report.ok:
        sys.exit(EXIT_BROKEN)
