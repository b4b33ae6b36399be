"""Create the guards of the journal."""

from django.db import migrations

from zengzhi.records.ledger import guards


class Migration(migrations.Migration):
    """Guards of the journal."""

    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.one_tree(editor), migrations.RunPython.noop
        ),
        migrations.RunPython(
            lambda apps, editor: guards.install(editor), lambda apps, editor: guards.remove(editor)
        ),
    ]
