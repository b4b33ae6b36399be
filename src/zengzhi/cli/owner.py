"""``zengzhi owner``: the first person of a new mall, who lets in everybody else."""

import click

from zengzhi.site.django_setup import set_up


@click.command("owner")
@click.argument("name")
@click.option("--mail", default="", help="Where links and notices go, once mail is configured.")
@click.option("--address", default="", help="Where the mall is, such as https://mall.example.")
def command(name: str, mail: str, address: str) -> None:
    """Make the first owner and print the one-time link by which NAME sets a password.

    Refused once the mall has an owner: from then on people are let in from inside.
    """
    set_up()
    from django.db import transaction
    from django.urls import reverse

    from zengzhi.records.control.audit import note
    from zengzhi.records.members.errors import MemberError
    from zengzhi.records.members.links import make_link
    from zengzhi.records.members.models import User
    from zengzhi.records.members.names import read_name_form

    if User.objects.filter(is_superuser=True, is_active=True).exists():
        raise click.ClickException("this mall has an owner, who lets in everybody else")
    try:
        name = read_name_form(name)
    except MemberError as refusal:
        raise click.ClickException(refusal.message) from refusal
    with transaction.atomic():
        user = User(username=name, email=mail, is_staff=True, is_superuser=True)
        user.set_unusable_password()
        user.save()
        note(None, "add_user", f"user:{user.pk}", "the first owner, from the command line")
        secret = make_link(user, None)
    click.echo(f"{address.rstrip('/')}{reverse('account_link', args=(secret,))}")
