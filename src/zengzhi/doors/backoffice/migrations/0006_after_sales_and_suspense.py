"""Who decides after-sales of others, money in suspense, and callbacks that wait."""

from django.db import migrations

from zengzhi.doors.backoffice.rights import seal_rights

ROLES = ("owner", "operations", "finance", "auditor")
DECIDE = ("decide_suspense", "retry_callback")
GRANTS = {"owner": DECIDE, "finance": DECIDE, "operations": ("retry_callback",), "auditor": ()}


def grant(apps, schema_editor):
    from django.apps import apps as live
    from django.contrib.auth.management import create_permissions

    for label in ("mall", "payments"):
        create_permissions(live.get_app_config(label), apps=apps, verbosity=0)
    permission_model = apps.get_model("auth", "Permission")
    ours = permission_model.objects.filter(content_type__app_label__in=("mall", "payments"))
    for name in ROLES:
        group = apps.get_model("auth", "Group").objects.get(name=name)
        group.permissions.add(*ours.filter(codename__startswith="view_"))
        group.permissions.add(*ours.filter(codename__in=GRANTS[name]))


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0005_sealed_rights"),
        ("mall", "0004_order_axes"),
        ("payments", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunPython(seal_rights, migrations.RunPython.noop),
    ]
