"""Create the guards of commands and refusals."""

from django.db import migrations

from zengzhi.records.intake import guards


class Migration(migrations.Migration):
    """Guards of commands and refusals."""

    dependencies = [("intake", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install(editor), lambda apps, editor: guards.remove(editor)
        )
    ]
