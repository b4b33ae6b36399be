"""Storefront."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StorefrontConfig(AppConfig):
    """What members see."""

    name = "zengzhi.doors.storefront"
    label = "storefront"
    verbose_name = _("Storefront")
