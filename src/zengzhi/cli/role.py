"""``zengzhi role``: the role under which a mall is served on PostgreSQL."""

import os

import click

from zengzhi.cli.files import stop
from zengzhi.site.django_setup import set_up

PASSWORD = "ZENGZHI_ROLE_PASSWORD"  # noqa: S105 (the name of a variable)


@click.command("role")
@click.argument("name")
def command(name: str) -> None:
    """Make the role NAME and give it what serving needs; again after each `zengzhi migrate`.

    Run it as the owner of the tables. ZENGZHI_ROLE_PASSWORD, if set, is the role's password.
    """
    set_up()
    from django.db import transaction

    from zengzhi.core.errors import ZengzhiError
    from zengzhi.site.role import grant

    try:
        with transaction.atomic():
            rights = grant(name, os.environ.get(PASSWORD, ""))
    except ZengzhiError as error:
        stop(error.message)
    click.echo(
        f"{name} reads {rights.reads} tables, adds to {rights.adds} and changes {rights.changes}."
    )
