"""Who ships and who refunds."""

from django.db import migrations

GRANTS = {
    "owner": ("ship_order", "refund_order"),
    "operations": ("ship_order",),
    "finance": ("refund_order",),
    "support": ("ship_order",),
}


def grant(apps, schema_editor):
    from django.apps import apps as live
    from django.contrib.auth.management import create_permissions

    create_permissions(live.get_app_config("mall"), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, codes in GRANTS.items():
        group = group_model.objects.get(name=name)
        group.permissions.add(
            *permission_model.objects.filter(content_type__app_label="mall", codename__in=codes)
        )


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0001_roles"), ("mall", "0002_order_life")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
