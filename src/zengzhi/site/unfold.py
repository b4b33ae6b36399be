"""Settings of the back office theme (django-unfold)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Zengzhi back office"),
    "SITE_HEADER": _("Zengzhi back office"),
}
