"""The database refuses to change or delete what is sealed."""

from zengzhi.records.store.append_only import postgresql_append_only, sqlite_append_only
from zengzhi.records.store.guards import Guards

APPEND_ONLY = ("settlement_event", "settlement_lotmovement")
REFUSAL = "what is settled is append-only"
GUARDS = Guards(
    sqlite_append_only(APPEND_ONLY, REFUSAL),
    postgresql_append_only(APPEND_ONLY, "settlement_append_only", REFUSAL),
)
install, remove = GUARDS.install, GUARDS.remove
