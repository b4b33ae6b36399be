"""``zengzhi keys``: the keys that personal data are encrypted with."""

import json

import click

from zengzhi.cli.files import stop
from zengzhi.site.django_setup import set_up


@click.group("keys")
def command() -> None:
    """The keys that personal data in the database are encrypted with."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def shown(as_json: bool) -> None:
    """Each key of the file, and how many values are encrypted with it."""
    set_up()
    from zengzhi.records.store import encrypted, rotation

    ring, used = encrypted.ring(), rotation.in_use()
    if as_json:
        click.echo(json.dumps({name: used.get(name, 0) for name in ring.ids}))
        return
    for name in ring.ids:
        mark = " (encrypts)" if name == ring.current else ""
        click.echo(f"{name}: {used.get(name, 0)} values{mark}")


@command.command("rotate")
def rotate() -> None:
    """Encrypt all personal data with a new key, while the mall goes on; what was interrupted goes
    on. The old key stays in the file: older backups need it."""
    set_up()
    from zengzhi.core.errors import ZengzhiError
    from zengzhi.records.store import rotation

    try:
        name, count = rotation.rotate(made=_say)
    except ZengzhiError as error:
        stop(error.message)
    click.echo(f"{count} values are encrypted with the new key {name}")


def _say(name: str) -> None:
    from zengzhi.records.store import encrypted

    path = encrypted.ring().path
    click.echo(f"{path} has the new key {name}: copy the file to where its copies are kept, now.")


@command.command("forget")
@click.argument("name")
def forget(name: str) -> None:
    """Take the key NAME out of the file, which nothing is encrypted with any more."""
    set_up()
    from zengzhi.core.errors import ZengzhiError
    from zengzhi.records.store import rotation

    try:
        rotation.forget(name)
    except ZengzhiError as error:
        stop(error.message)
    click.echo(f"{name} is forgotten")
