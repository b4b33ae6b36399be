"""The rights of the roles, filled by the migrations before, get their control records."""

from django.db import migrations


def seal(apps, schema_editor):
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType

    from zengzhi.records.control.records import note_all

    for model in (ContentType, Permission, Group, Group.permissions.through):
        note_all(model)


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0004_team_acts"), ("control", "0002_guards")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
