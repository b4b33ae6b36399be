"""Members."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Users who sign in, and members who buy and hold points."""

    name = "zengzhi.records.members"
    label = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        """Roles and rights of users are sealed row by row; the acts of two people are known."""
        from zengzhi.records.control.approvals.acts import register
        from zengzhi.records.control.sealing import Declared, adopt
        from zengzhi.records.members import rights
        from zengzhi.records.members.changes import ACTS
        from zengzhi.records.members.models import User

        adopt(User.groups.through, Declared(sealed=("user", "group")))
        adopt(User.user_permissions.through, Declared(sealed=("user", "permission")))
        for act in (*ACTS, rights.ACT):
            register(act)
