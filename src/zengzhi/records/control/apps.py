"""Control."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControlConfig(AppConfig):
    """The sealed versions of every row that is no journal entry, and the audit log."""

    name = "zengzhi.records.control"
    label = "control"
    verbose_name = _("Control")

    def ready(self) -> None:
        """Roles and rights are sealed, although their tables are Django's."""
        from django.contrib.auth.models import Group, Permission
        from django.contrib.contenttypes.models import ContentType

        from zengzhi.records.control.sealing import Declared, adopt

        adopt(ContentType, Declared(sealed=("app_label", "model")))
        adopt(Permission, Declared(sealed=("name", "content_type", "codename")))
        adopt(Group, Declared(sealed=("name",)))
        adopt(Group.permissions.through, Declared(sealed=("group", "permission")))
