"""``zengzhi seal``: the keys outside the database, the tail, the signed head, its anchor."""

import json
from pathlib import Path

import click

from zengzhi.site.django_setup import set_up


@click.group("seal")
def command() -> None:
    """The keys that seal the records, the tail, and the signed head of all streams."""


@command.command("keys")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
def keys(directory: Path) -> None:
    """Make the digest key, the signing key and the data key in DIRECTORY; keys that are there
    stay."""
    set_up(check_form=False)
    from zengzhi.records.store import encrypted
    from zengzhi.records.store.keys import PUBLIC_SUFFIX, create

    digest_key, seal_key = directory / "digest.key", directory / "seal.key"
    create(digest_key, seal_key)
    data_key = directory / "data.key"
    encrypted.create_keys(data_key)
    click.echo(f"ZENGZHI_DIGEST_KEY={digest_key}")
    click.echo(f"ZENGZHI_SEAL_KEY={seal_key}")
    click.echo(f"ZENGZHI_DATA_KEY={data_key}")
    click.echo(
        f"Keep a copy of all three outside this machine. {seal_key}{PUBLIC_SUFFIX} may be given to "
        "anybody who verifies."
    )


@command.command("tail")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def tail(as_json: bool) -> None:
    """Seal what waits in the tail, add it up, sign all heads."""
    set_up()
    from zengzhi.records.ledger.seal import seal_tail

    done = seal_tail()
    said = {"entries": done.entries, "records": done.records, "root": done.root}
    if as_json:
        click.echo(json.dumps(said))
    else:
        click.echo(f"sealed {done.entries} entries and {done.records} control records")


@command.command("head")
def head() -> None:
    """Print the newest signed root, one line of JSON: what an anchor outside keeps."""
    set_up()
    click.echo(_root_line())


@command.command("anchor")
@click.option(
    "--file",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The line is added to this file; keep it where the database's owner cannot write.",
)
def anchor(path: Path) -> None:
    """Seal the tail, then add the newest signed root to a file outside the database.

    ``zengzhi verify --anchors FILE`` finds a database that was set back or written anew.
    """
    set_up()
    from zengzhi.records.ledger.seal import seal_tail

    seal_tail()
    line = _root_line()
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    click.echo(f"root {json.loads(line)['number']} is anchored in {path}")


def _root_line() -> str:
    from zengzhi.records.ledger.models import Root

    root = Root.objects.order_by("-number").first()
    if root is None:
        raise click.ClickException("nothing has been sealed and signed yet")
    said = {"number": root.number, "body": root.body, "signature": root.signature}
    return json.dumps(said, sort_keys=True)
