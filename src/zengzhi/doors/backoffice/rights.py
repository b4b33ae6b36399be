"""The rights of roles: given by migrations, which seal them at their end."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from zengzhi.records.control.sealing import note_all


def seal_rights(_apps: Any, _schema_editor: Any) -> None:
    """Control records of every role and right: a step of each migration that gives rights, since
    the models of migrations write none themselves."""
    for model in (ContentType, Permission, Group, Group.permissions.through):
        note_all(model)
