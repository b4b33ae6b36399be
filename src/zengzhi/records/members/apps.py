"""Members."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Users who sign in, and members who buy and hold points."""

    name = "zengzhi.records.members"
    label = "members"
    verbose_name = _("Members")
