"""Control."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControlConfig(AppConfig):
    """The sealed versions of every row that is no journal entry, and the audit log."""

    name = "zengzhi.records.control"
    label = "control"
    verbose_name = _("Control")

    def ready(self) -> None:
        """The rights of roles are sealed, although their tables are Django's."""
        from django.contrib.auth.models import Group

        from zengzhi.records.control.sealing import Declared, adopt

        adopt(Group, Declared(sealed=("name",)))
        adopt(Group.permissions.through, Declared(sealed=("group", "permission")))
