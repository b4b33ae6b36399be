"""``zengzhi chores``: what is due by the clock, once; the settler does the same in every round."""

import json

import click

from zengzhi.site.django_setup import set_up


@click.command("chores")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(as_json: bool) -> None:
    """Receive overdue parcels, close unpaid orders, handle callbacks that wait, pay back."""
    set_up()
    from zengzhi.mall.chores import do_chores
    from zengzhi.records.store import clock

    done = do_chores(clock.now())
    if as_json:
        click.echo(json.dumps(done))
        return
    for what, count in done.items():
        click.echo(f"{what}: {count}")
