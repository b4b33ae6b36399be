"""What the database itself refuses about members: overlapping periods.

:func:`remove` exists for tests that empty the database; nothing else calls it.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zengzhi.records.store import exclusive
from zengzhi.records.store.exclusive import Exclusive

EXCLUSIVE = (
    Exclusive("members_sponsorship", "member_id"),
    Exclusive("members_memberrank", "member_id"),
    Exclusive("members_suspension", "member_id"),
    Exclusive("members_regionagent", "region", "int4"),
)


def install(editor: BaseDatabaseSchemaEditor) -> None:
    """Create the guards."""
    exclusive.install(editor, EXCLUSIVE)


def remove(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the guards."""
    exclusive.remove(editor, EXCLUSIVE)
