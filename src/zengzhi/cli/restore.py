"""``zengzhi restore FILE``: a backup into an empty database, verified afterwards."""

from pathlib import Path

import click

from zengzhi.cli.files import stop
from zengzhi.site.django_setup import set_up


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--anchors",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Anchored roots: tells whether the copy is older than what was anchored.",
)
@click.pass_context
def command(ctx: click.Context, file: Path, anchors: Path | None) -> None:
    """Restore FILE into the empty database of ZENGZHI_DATABASE, then verify all of it."""
    set_up(may_be_empty=True)
    from zengzhi.cli.verify import command as verify
    from zengzhi.core.errors import ZengzhiError
    from zengzhi.site.backup import restore

    try:
        restore(file)
    except ZengzhiError as error:
        stop(error.message)
    click.echo(f"{file} is restored")
    ctx.invoke(verify, rederive=True, fast=False, anchors=anchors, as_json=False)
