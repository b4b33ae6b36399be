"""Create the guards of what is settled."""

from django.db import migrations

from zengzhi.records.settlement import guards


class Migration(migrations.Migration):
    """Guards of what is settled."""

    dependencies = [("settlement", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install(editor), lambda apps, editor: guards.remove(editor)
        )
    ]
