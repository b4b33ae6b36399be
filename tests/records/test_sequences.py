"""No row takes a number that the database was going to give: the next insert never collides."""

import pytest
from django.apps import apps
from django.db import connection, models

from zengzhi.records.members.models import Member
from zengzhi.records.wallet.terms_store import current_terms
from zengzhi.site import demo

pytestmark = pytest.mark.django_db


LOCK = "members_treelock"
"""Has one row, number 1, and nobody adds another."""


def numbered_by_the_database():
    return [
        model
        for model in apps.get_models()
        if isinstance(model._meta.pk, models.AutoField) and model._meta.db_table != LOCK
    ]


def last_given(cursor, model):
    """The last number that the database gave to a row of this table."""
    table, column = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "sqlite":
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        return cursor.fetchone()[0]
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
    cursor.execute(
        f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {cursor.fetchone()[0]}"
    )
    return cursor.fetchone()[0]


def test_after_a_short_demo_every_sequence_is_ahead_of_its_rows(monkeypatch):
    whole = demo._moments
    monkeypatch.setattr(demo, "_moments", lambda rng, now: whole(rng, now)[-25:])
    monkeypatch.setattr(demo.demo_wallet, "build", lambda *_arguments: current_terms())
    demo.build()
    assert Member.objects.exists()
    behind = {}
    with connection.cursor() as cursor:
        for model in numbered_by_the_database():
            highest = model.objects.aggregate(top=models.Max("pk"))["top"] or 0
            if highest > last_given(cursor, model):
                behind[model._meta.db_table] = highest
    assert behind == {}
