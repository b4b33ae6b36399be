"""The roles of spec 7.3 as groups."""

from django.db import migrations

APPS = ("auth", "mall", "members", "settlement", "ledger", "payments")
CHANGES = {
    "owner": ("mall.product", "mall.category", "members.user"),
    "operations": ("mall.product", "mall.category"),
    "finance": (),
    "support": (),
    "auditor": (),
}


def create(apps, schema_editor):
    from django.apps import apps as live
    from django.contrib.auth.management import create_permissions

    for label in APPS:
        create_permissions(live.get_app_config(label), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    views = permission_model.objects.filter(
        content_type__app_label__in=APPS[1:], codename__startswith="view_"
    )
    for name, models in CHANGES.items():
        group, _made = group_model.objects.get_or_create(name=name)
        if name == "support":
            group.permissions.add(
                *views.exclude(content_type__app_label__in=("ledger", "payments"))
            )
        else:
            group.permissions.add(*views)
        if name == "owner":
            group.permissions.add(*permission_model.objects.filter(codename="view_group"))
        for model in models:
            label, model_name = model.split(".")
            group.permissions.add(
                *permission_model.objects.filter(
                    content_type__app_label=label,
                    codename__in=(f"add_{model_name}", f"change_{model_name}"),
                )
            )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("members", "0001_initial"),
        ("mall", "0001_initial"),
        ("settlement", "0001_initial"),
        ("ledger", "0002_guards"),
        ("payments", "0001_initial"),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
