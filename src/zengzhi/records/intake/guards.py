"""The database refuses to change or delete commands and refusals."""

from zengzhi.records.store.append_only import postgresql_append_only, sqlite_append_only
from zengzhi.records.store.guards import Guards

APPEND_ONLY = ("intake_command", "intake_refusal")
REFUSAL = "commands and their replies are append-only"
GUARDS = Guards(
    sqlite_append_only(APPEND_ONLY, REFUSAL),
    postgresql_append_only(APPEND_ONLY, "intake_append_only", REFUSAL),
)
install, remove = GUARDS.install, GUARDS.remove
