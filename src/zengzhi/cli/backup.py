"""``zengzhi backup FILE``: the whole database in one file, while the mall goes on."""

from pathlib import Path

import click

from zengzhi.cli.files import stop
from zengzhi.site.django_setup import set_up


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> None:
    """Copy the whole database into FILE; what waits is sealed first. Keep the keys elsewhere."""
    set_up()
    from zengzhi.core.errors import ZengzhiError
    from zengzhi.records.ledger.seal import seal_tail
    from zengzhi.site.backup import backup

    try:
        seal_tail()
        size = backup(file)
    except ZengzhiError as error:
        stop(error.message)
    click.echo(f"{file}: {size:,} bytes")
