"""Backoffice."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """What operators see."""

    name = "zengzhi.doors.backoffice"
    label = "backoffice"
    verbose_name = _("Back office")
