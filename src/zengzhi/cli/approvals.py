"""``zengzhi approvals``: what waits for a second person, and one approval whole.

A command line has nobody signed in, so it reads only: whoever decides does so in the office, where
the session says who it is.
"""

import click

from zengzhi.site.django_setup import set_up


@click.group("approvals")
def command() -> None:
    """Read the approvals of acts of two people; they are decided in the office alone."""


@command.command("list")
@click.option("--all", "every", is_flag=True, help="Decided ones too, the newest 50.")
def list_command(every: bool) -> None:
    """What waits, the newest first: number, state, act, subject, who asked, until when."""
    set_up()
    from zengzhi.records.control.models import Approval, ApprovalState
    from zengzhi.records.store import clock

    rows = Approval.objects.select_related("asked_by")
    if not every:
        open_states = (ApprovalState.WAITING, ApprovalState.UNSIGNED)
        rows = rows.filter(state__in=open_states, expires_at__gt=clock.now())
    for row in rows[:50]:
        until = clock.local(row.expires_at).strftime("%Y-%m-%d %H:%M")
        name = row.asked_by.get_username()
        click.echo(f"{row.pk}\t{row.state}\t{row.act}\t{row.subject}\t{name}\t{until}")


@command.command("show")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
def show_command(number: int) -> None:
    """One approval: who asked and why, before → after by name, who decided, what came of it."""
    set_up()
    from zengzhi.records.control.models import Approval
    from zengzhi.records.control.records import values_of
    from zengzhi.records.store import clock

    row = Approval.objects.select_related("asked_by", "decided_by").filter(pk=number).first()
    if row is None:
        raise click.ClickException(f"there is no approval {number}")
    asked = clock.local(row.asked_at).strftime("%Y-%m-%d %H:%M")
    click.echo(f"{row.act} {row.subject}: {row.state}")
    click.echo(f"asked by {row.asked_by.get_username()} at {asked}: {row.reason}")
    before, after = values_of(row.before) or {}, values_of(row.after) or {}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            click.echo(f"  {name}: {before.get(name)} → {after.get(name)}")
    if row.decided_at is not None:
        decided = clock.local(row.decided_at).strftime("%Y-%m-%d %H:%M")
        who = row.decided_by.get_username() if row.decided_by else "time"
        click.echo(f"decided by {who} at {decided}: {row.decision or '–'}")
    if row.result:
        click.echo(f"result {row.result}")
