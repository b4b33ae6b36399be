"""Commands to the owners of pools, and their replies."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    """The app of commands."""

    name = "zengzhi.records.intake"
    label = "intake"
    verbose_name = _("intake")
