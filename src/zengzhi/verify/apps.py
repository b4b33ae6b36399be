"""Verify."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def note_rights(using: str, **_more: Any) -> None:
    """After ``migrate``: the rights and content types that it made past our models get their
    control records. What of them no code declares is named by a check of its own."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType

    from zengzhi.records.control.models import Record
    from zengzhi.records.control.records import note_new

    if Record._meta.db_table in connections[using].introspection.table_names():
        for model in (ContentType, Permission):
            note_new(model)


class VerifyConfig(AppConfig):
    """Every check over everything; last of all apps, so that it sees what the others made."""

    name = "zengzhi.verify"
    label = "verify"
    verbose_name = _("Verification")

    def ready(self) -> None:
        """Rights are made by Django itself at the end of ``migrate``."""
        post_migrate.connect(note_rights)
