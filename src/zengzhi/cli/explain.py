"""``zengzhi explain``: what an account holds, explained to the fen by its parts."""

import json
import sys

import click

from zengzhi.site.django_setup import set_up

EXIT_UNEXPLAINED = 1


@click.command("explain")
@click.argument("account", metavar="ACCOUNT")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(account: str, as_json: bool) -> None:
    """Explain ACCOUNT by what came and went, by the kind of its entries.

    ACCOUNT is a code of the journal: platform, unallocated_distribution, refund_reserve, pool:1,
    clearing:demo, member:17:available. The exit status is 1 when the parts do not sum to what the
    account holds or one of them has no name.
    """
    set_up()
    from django.utils import translation

    from zengzhi.core.units import format_yuan
    from zengzhi.records.ledger.chart import account_of
    from zengzhi.records.ledger.parts import explain
    from zengzhi.verify.run import snapshot

    with snapshot(), translation.override("en"):
        try:
            found = explain(account_of(account))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="ACCOUNT") from error
        parts = [
            {"kind": part.kind, "name": part.name, "entries": part.entries, "fen": part.fen}
            for part in found.parts
        ]
    if as_json:
        said = {"account": account, "fen": found.fen, "parts": parts}
        click.echo(json.dumps({**said, "unexplained_fen": found.unexplained_fen}))
    else:
        for part in parts:
            words = part["name"] or f"unnamed: {part['kind'] or 'no entry'}"
            click.echo(f"{format_yuan(part['fen']):>18}  {words} ({part['entries']})")
        click.echo(f"{format_yuan(found.fen):>18}  {account}")
        if found.unexplained_fen:
            click.echo(f"{format_yuan(found.unexplained_fen):>18}  unexplained")
    if not found.complete:
        sys.exit(EXIT_UNEXPLAINED)
