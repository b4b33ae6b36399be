"""Create the guards."""

from django.db import migrations

from zengzhi.records.members import guards


class Migration(migrations.Migration):
    """Guards."""

    dependencies = [("members", "0002_tree")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install(editor), lambda apps, editor: guards.remove(editor)
        )
    ]
