"""What the database itself refuses about members: overlapping periods; a changed audit log.

:func:`remove` exists for tests that empty the database; nothing else calls it.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zengzhi.records.store import exclusive
from zengzhi.records.store.exclusive import Exclusive

EXCLUSIVE = (
    Exclusive("members_sponsorship", "member_id"),
    Exclusive("members_memberrank", "member_id"),
    Exclusive("members_suspension", "member_id"),
    Exclusive("members_regionagent", "region", "int4", "{}approved_by_id IS NOT NULL"),
)
AUDIT_SQLITE = [
    f"CREATE TRIGGER members_act_no_{verb.lower()} BEFORE {verb} ON members_act "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
AUDIT_POSTGRESQL = [
    """
    CREATE FUNCTION members_act_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
    """,
    "CREATE TRIGGER members_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON members_act "
    "FOR EACH STATEMENT EXECUTE FUNCTION members_act_append_only()",
]


def install(editor: BaseDatabaseSchemaEditor) -> None:
    """Create the guards."""
    exclusive.install(editor, EXCLUSIVE)
    postgresql = editor.connection.vendor == "postgresql"
    for statement in AUDIT_POSTGRESQL if postgresql else AUDIT_SQLITE:
        editor.execute(statement, params=None)


def remove(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the guards."""
    exclusive.remove(editor, EXCLUSIVE)
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER members_act_append_only ON members_act", params=None)
        editor.execute("DROP FUNCTION members_act_append_only()", params=None)
    else:
        for statement in AUDIT_SQLITE:
            editor.execute(f"DROP TRIGGER {statement.split()[2]}", params=None)
