"""``zengzhi ranks``: the daily evaluation of everybody's rank."""

import os

import click


@click.command("ranks")
def command() -> None:
    """Promote every member to the highest rank whose conditions are met; run it once a day."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zengzhi.site.settings")
    import django

    django.setup()
    from zengzhi.mall.ranks import evaluate_ranks

    changed = evaluate_ranks()
    for change in changed:
        click.echo(f"member {change.member}: level {change.before} → {change.after}")
    click.echo(f"{len(changed)} changed")
