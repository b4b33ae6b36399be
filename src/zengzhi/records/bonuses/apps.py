"""Bonuses."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BonusesConfig(AppConfig):
    """Plans, bonus lines, dividends."""

    name = "zengzhi.records.bonuses"
    label = "bonuses"
    verbose_name = _("Bonuses")

    def ready(self) -> None:
        """The acts of two people are known."""
        from zengzhi.records.bonuses import dividends, shareholders
        from zengzhi.records.control.approvals.acts import register

        for act in (*shareholders.ACTS, *dividends.ACTS):
            register(act)
