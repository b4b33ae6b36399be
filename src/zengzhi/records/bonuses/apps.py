"""Bonuses."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BonusesConfig(AppConfig):
    """Plans, bonus lines, dividends."""

    name = "zengzhi.records.bonuses"
    label = "bonuses"
    verbose_name = _("Bonuses")
