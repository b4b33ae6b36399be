"""The marker of the form of all records (see :mod:`zengzhi.site.form`): it changes nothing."""

from django.db import migrations


class Migration(migrations.Migration):
    """Databases of this form have it."""

    dependencies = [("ledger", "0002_guards")]
    operations = []
