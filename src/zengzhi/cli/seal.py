"""``zengzhi seal``: the keys outside the database."""

from pathlib import Path

import click

from zengzhi.site.django_setup import set_up


@click.group("seal")
def command() -> None:
    """The keys that seal the records."""


@command.command("keys")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
def keys(directory: Path) -> None:
    """Make the digest key and the signing key in DIRECTORY; keys that are there stay."""
    set_up()
    from zengzhi.records.store.keys import PUBLIC_SUFFIX, create

    digest_key, seal_key = directory / "digest.key", directory / "seal.key"
    create(digest_key, seal_key)
    click.echo(f"ZENGZHI_DIGEST_KEY={digest_key}")
    click.echo(f"ZENGZHI_SEAL_KEY={seal_key}")
    click.echo(
        f"Keep a copy of both outside this machine. {seal_key}{PUBLIC_SUFFIX} may be given to "
        "anybody who verifies."
    )
