"""``zengzhi migrate``: bring the database to this version, and open the mall's pool."""

from pathlib import Path

import click

from zengzhi.cli.files import read_rules, read_text, stop
from zengzhi.site.django_setup import set_up


@click.command("migrate")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    help="Open the mall's pool under these rules, if there is none yet.",
)
def command(rules: Path | None) -> None:
    """Bring the database to this version; with --rules also open the mall's pool."""
    if rules is not None:
        read_rules(rules)
    set_up(may_be_empty=True)
    from django.core.management import call_command

    from zengzhi.core.errors import UnusableRules, ZengzhiError
    from zengzhi.records.settlement.models import Pool
    from zengzhi.records.settlement.pools import open_pool
    from zengzhi.records.store import encrypted, keys

    try:  # before anything is touched: what the migrations write is sealed
        keys.digest(b"")
        keys.public_key()
        encrypted.ring()
    except ZengzhiError as error:
        stop(error.message)
    call_command("migrate", verbosity=1)
    if rules is None or Pool.objects.filter(code="main").exists():
        return
    try:
        pool = open_pool("main", read_text(rules))
    except UnusableRules as error:
        stop(f"{rules}: {error.message}")
    click.echo(f"The pool of the mall is open under the rules {pool.rules.name!r}.")
