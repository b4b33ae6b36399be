"""The database refuses to change or delete control records, audited acts, cooling times and modes,
and lets an approval walk its edges only, its content as it was asked for.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zengzhi.records.store.append_only import postgresql_append_only, sqlite_append_only
from zengzhi.records.store.guards import Guards

APPEND_ONLY = ("control_record", "control_act")
REFUSAL = "control records and the audit log are append-only"
LOG = Guards(
    sqlite_append_only(APPEND_ONLY, REFUSAL),
    postgresql_append_only(APPEND_ONLY, "control_append_only", REFUSAL),
)

APPROVALS = "control_approval"
APPEND_ONLY_OF_APPROVALS = ("control_cooling", "control_mode")
BOUND = ("act", "subject", "wanted", "before", "after", "digest", "reason", "asked_by_id")
BOUND_TOO = ("asked_at", "expires_at")
APPROVAL_REFUSAL = "an approval walks its edges only, with the content that was asked for"
EDGES = (
    "unsigned>waiting",
    "unsigned>withdrawn",
    "waiting>approved",
    "waiting>refused",
    "waiting>withdrawn",
    "approved>executed",
)
"""As in :mod:`zengzhi.records.control.approvals.service`; a test holds both against each other."""


def _steps_badly() -> str:
    edges = ", ".join(f"'{edge}'" for edge in EDGES)
    same = " AND ".join(f"NEW.{name} = OLD.{name}" for name in (*BOUND, *BOUND_TOO))
    signed = "(NEW.asked_in = OLD.asked_in OR OLD.state = 'unsigned')"
    ripe = "COALESCE(CAST(NEW.ripe_at AS TEXT), '') = COALESCE(CAST(OLD.ripe_at AS TEXT), '')"
    step = f"(OLD.state || '>' || NEW.state) IN ({edges})"
    return f"NOT ({step} AND {same} AND {signed} AND {ripe})"


_BEGINS_BADLY = "NEW.state NOT IN ('unsigned', 'waiting')"
_TRIGGERS = (
    ("approval_begins", "INSERT", _BEGINS_BADLY),
    ("approval_steps", "UPDATE", _steps_badly()),
    ("approval_stays", "DELETE", "1 = 1"),
)
SQLITE_APPROVALS = [
    *(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {APPROVALS} WHEN {wrong} "
        f"BEGIN SELECT RAISE(ABORT, '{APPROVAL_REFUSAL}'); END"
        for name, verb, wrong in _TRIGGERS
    ),
    *sqlite_append_only(APPEND_ONLY_OF_APPROVALS, REFUSAL),
]
POSTGRESQL_APPROVALS = [
    "CREATE FUNCTION control_approval_guard() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{APPROVAL_REFUSAL}'; END $$",
    *(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {APPROVALS} "
        f"FOR EACH ROW WHEN ({wrong}) EXECUTE FUNCTION control_approval_guard()"
        for name, verb, wrong in _TRIGGERS
    ),
    f"CREATE TRIGGER approval_emptied BEFORE TRUNCATE ON {APPROVALS} "
    "FOR EACH STATEMENT EXECUTE FUNCTION control_approval_guard()",
    *postgresql_append_only(APPEND_ONLY_OF_APPROVALS, "control_approvals_append_only", REFUSAL),
]
OF_APPROVALS = Guards(SQLITE_APPROVALS, POSTGRESQL_APPROVALS)
install_log, install_approvals = LOG.install, OF_APPROVALS.install
remove_log, remove_approvals = LOG.remove, OF_APPROVALS.remove


def install(editor: BaseDatabaseSchemaEditor) -> None:
    """Create the guards."""
    LOG.install(editor)
    OF_APPROVALS.install(editor)


def remove(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the guards."""
    OF_APPROVALS.remove(editor)
    LOG.remove(editor)
