"""Create the guards."""

from django.db import migrations

from zengzhi.records.control import guards


class Migration(migrations.Migration):
    """Guards."""

    dependencies = [("control", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install_log(editor),
            lambda apps, editor: guards.remove_log(editor),
        )
    ]
