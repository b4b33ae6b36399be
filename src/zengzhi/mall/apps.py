"""Mall."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MallConfig(AppConfig):
    """Catalogue and orders."""

    name = "zengzhi.mall"
    label = "mall"
    verbose_name = _("Mall")
