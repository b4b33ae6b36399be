"""The rights of the roles, given by the migrations before, get their control records."""

from django.db import migrations

from zengzhi.doors.backoffice.rights import seal_rights


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0004_team_acts"), ("control", "0002_guards")]
    operations = [migrations.RunPython(seal_rights, migrations.RunPython.noop)]
