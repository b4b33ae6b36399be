"""The database refuses to change or delete control records and audited acts."""

from zengzhi.records.store.append_only import postgresql_append_only, sqlite_append_only
from zengzhi.records.store.guards import Guards

APPEND_ONLY = ("control_record", "control_act")
REFUSAL = "control records and the audit log are append-only"
GUARDS = Guards(
    sqlite_append_only(APPEND_ONLY, REFUSAL),
    postgresql_append_only(APPEND_ONLY, "control_append_only", REFUSAL),
)
install, remove = GUARDS.install, GUARDS.remove
