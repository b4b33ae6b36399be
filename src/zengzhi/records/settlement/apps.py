"""Settlement."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SettlementConfig(AppConfig):
    """Pools, events, lots: the economy on record."""

    name = "zengzhi.records.settlement"
    label = "settlement"
    verbose_name = _("Settlement")
