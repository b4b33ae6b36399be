"""Who approves: owners and reviewers; finance pays and approves nothing."""

from django.db import migrations

from zengzhi.doors.backoffice.rights import seal_rights

APPROVE = ("approve_money", "approve_team", "approve_goods", "approve_rights")
GRANTS = {
    "owner": APPROVE,
    "reviewer": APPROVE,
    "operations": ("approve_goods",),
    "finance": (),
    "support": (),
    "auditor": (),
}
SEEN = ("view_approval", "view_cooling", "view_mode")


def grant(apps, schema_editor):
    from django.apps import apps as live
    from django.contrib.auth.management import create_permissions

    create_permissions(live.get_app_config("control"), apps=apps, verbosity=0)
    groups = apps.get_model("auth", "Group")
    permissions = apps.get_model("auth", "Permission")
    ours = permissions.objects.filter(content_type__app_label="control")
    reviewer, _made = groups.objects.get_or_create(name="reviewer")
    auditor = groups.objects.get(name="auditor")
    reviewer.permissions.add(*auditor.permissions.filter(codename__startswith="view_"))
    for name, codes in GRANTS.items():
        group = groups.objects.get(name=name)
        group.permissions.add(*ours.filter(codename__in=(*SEEN, *codes)))
    for code in ("approve_plan", "review_withdrawal"):
        reviewer.permissions.add(permissions.objects.get(codename=code))


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0006_after_sales_and_suspense"),
        ("control", "0003_approvals"),
    ]
    operations = [
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunPython(seal_rights, migrations.RunPython.noop),
    ]
