"""Ledger."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """The double-entry journal."""

    name = "zengzhi.records.ledger"
    label = "ledger"
    verbose_name = _("Ledger")
