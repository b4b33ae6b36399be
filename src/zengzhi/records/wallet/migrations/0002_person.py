import django.db.models.deletion
from django.db import migrations, models

from zengzhi.records.store.encrypted import EncryptedText


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        editable=False, max_length=64, unique=True, verbose_name="keyed digest"
                    ),
                ),
                ("name", EncryptedText(max_length=40, verbose_name="name")),
                (
                    "identity",
                    EncryptedText(blank=True, max_length=20, verbose_name="identity number"),
                ),
                ("created_at", models.DateTimeField(verbose_name="since")),
                (
                    "same_as",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="wallet.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "payee person",
                "verbose_name_plural": "payee persons",
                "ordering": ("pk",),
            },
        ),
        migrations.AddField(
            model_name="payeeaccount",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payees",
                to="wallet.person",
                verbose_name="person",
                default=0,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="withdrawalterms",
            name="tax_table",
            field=models.CharField(default="dated", max_length=20, verbose_name="tax table"),
        ),
    ]
