"""Who sees and does what with members' teams, plans, agents and dividends."""

from django.db import migrations

ROLES = ("owner", "operations", "finance", "support", "auditor")
GRANTS = {
    "owner": (
        "change_sponsor",
        "suspend_member",
        "rank_member",
        "appoint_agent",
        "draft_plan",
        "approve_plan",
        "run_dividend",
        "add_rank",
        "change_rank",
    ),
    "operations": (
        "change_sponsor",
        "rank_member",
        "appoint_agent",
        "draft_plan",
        "add_rank",
        "change_rank",
    ),
    "finance": ("suspend_member", "appoint_agent", "run_dividend"),
    "support": (),
    "auditor": (),
}


def grant(apps, schema_editor):
    from django.apps import apps as live
    from django.contrib.auth.management import create_permissions

    for label in ("control", "members", "bonuses"):
        create_permissions(live.get_app_config(label), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    ours = permission_model.objects.filter(
        content_type__app_label__in=("control", "members", "bonuses")
    )
    for name in ROLES:
        group = group_model.objects.get(name=name)
        group.permissions.add(*ours.filter(codename__startswith="view_"))
        group.permissions.add(*ours.filter(codename__in=GRANTS[name]))


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0003_wallet_roles"),
        ("control", "0002_guards"),
        ("members", "0003_guards"),
        ("bonuses", "0002_guards"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
