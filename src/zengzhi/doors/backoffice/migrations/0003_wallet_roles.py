"""Who sees and who decides on withdrawals: owner and reviewer look at them and approve, finance
pays and approves nothing, the auditor reads, operations do neither."""

from django.db import migrations

VIEW = (
    "view_withdrawal",
    "view_payoutbatch",
    "view_taxableincome",
    "view_withdrawalterms",
    "view_payeeaccount",
    "view_person",
)
RIGHTS = {
    "owner": (*VIEW, "review_withdrawal", "export_tax", "add_withdrawalterms"),
    "finance": (*VIEW, "pay_withdrawal", "export_tax"),
    "auditor": (*VIEW, "export_tax"),
    "support": ("view_withdrawal",),
}


def grant(apps, schema_editor):
    from django.apps import apps as live
    from django.contrib.auth.management import create_permissions

    create_permissions(live.get_app_config("wallet"), apps=apps, verbosity=0)
    groups = apps.get_model("auth", "Group")
    permissions = apps.get_model("auth", "Permission")
    for name, codenames in RIGHTS.items():
        group, _made = groups.objects.get_or_create(name=name)
        group.permissions.add(
            *permissions.objects.filter(content_type__app_label="wallet", codename__in=codenames)
        )


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0002_order_acts"), ("wallet", "0002_person")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
