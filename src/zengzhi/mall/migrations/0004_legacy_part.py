"""An order keeps the legacy part of its split too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mall", "0003_order_region")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="split_legacy_ppm",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
