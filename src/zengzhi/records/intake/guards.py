"""The database refuses to change or delete commands and refusals."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zengzhi.records.store.append_only import postgresql_append_only, sqlite_append_only

APPEND_ONLY = ("intake_command", "intake_refusal")
REFUSAL = "commands and their replies are append-only"
SQLITE = sqlite_append_only(APPEND_ONLY, REFUSAL)
POSTGRESQL = postgresql_append_only(APPEND_ONLY, "intake_append_only", REFUSAL)


def install(editor: BaseDatabaseSchemaEditor) -> None:
    """Create the guards."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def remove(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the guards: for tests that empty the database; nothing else calls it."""
    if editor.connection.vendor == "postgresql":
        statements = [f"DROP TRIGGER {table}_append_only ON {table}" for table in APPEND_ONLY]
        statements.append("DROP FUNCTION intake_append_only()")
    else:
        statements = [f"DROP TRIGGER {statement.split()[2]}" for statement in SQLITE]
    for statement in statements:
        editor.execute(statement, params=None)
