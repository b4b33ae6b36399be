"""Create the guards."""

from django.db import migrations

from zengzhi.records.bonuses import guards


class Migration(migrations.Migration):
    """Guards."""

    dependencies = [("bonuses", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install(editor), lambda apps, editor: guards.remove(editor)
        )
    ]
