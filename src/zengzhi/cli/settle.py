"""``zengzhi settle``: the settler of a production mall."""

import json
import signal
import sys
from types import FrameType

import click

from zengzhi.site.django_setup import set_up


@click.command("settle")
@click.option("--once", is_flag=True, help="Settle what is due now, then stop.")
@click.option(
    "--cap",
    default=10_000,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Orders in one transaction at most.",
)
@click.option(
    "--pause",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0.01, 60),
    help="Seconds to wait when nothing is due.",
)
@click.option(
    "--accept-clock", is_flag=True, help="The clock is right, however long the last round is ago."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line per batch and at the end.")
def command(once: bool, cap: int, pause: float, accept_clock: bool, as_json: bool) -> None:
    """Settle orders whose refund window has closed. SIGTERM or Ctrl-C: after the batch at hand."""
    set_up()
    from zengzhi.mall.settler import Settler
    from zengzhi.records.intake.watch import ClockJumped, Watch
    from zengzhi.records.ledger.sealer import Sealer

    def report(pool: str, orders: int) -> None:
        if as_json:
            click.echo(json.dumps({"pool": pool, "settled": orders}))
        else:
            click.echo(f"{pool}: {orders} orders settled")
        sys.stdout.flush()

    watch = Watch(accept=accept_clock)
    settler = Settler(cap=cap, pause=pause, report=report, watch=watch)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        settler.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    started = {"settler": settler.holder}
    click.echo(json.dumps(started) if as_json else f"settling as {settler.holder}")
    sys.stdout.flush()
    try:
        with Sealer():
            total = settler.once() if once else settler.run()
    except ClockJumped as error:
        raise click.ClickException(error.message) from error
    click.echo(json.dumps({"settled": total}) if as_json else f"{total} orders settled in all")
