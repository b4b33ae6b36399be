"""A database of another form is refused before anything is touched.

Until version 0.2.0 the tables and sealed formats of the records still change, and a database made
before a change cannot be brought over it. The marker is a migration by its name: it is applied with
the first ``zengzhi migrate`` and never to an older database. From 0.2.0 on forms are frozen and
databases are upgraded.
"""

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from zengzhi.core.errors import ZengzhiError

MARKER = ("ledger", "0003_form_5")
"""(app, migration) that only databases of this form have."""


class OtherForm(ZengzhiError):
    """The database was made by a version whose tables or sealed formats this one cannot read."""

    code = "other_form"


class NoTables(ZengzhiError):
    """The database is empty: nobody has migrated it yet."""

    code = "no_tables"


def check_form(*, may_be_empty: bool = True) -> None:
    """Let a database of this form pass, and an empty one where that is allowed.

    Errors: ``other_form``, ``no_tables``.
    """
    recorder = MigrationRecorder(connection)
    applied = set(recorder.applied_migrations()) if recorder.has_table() else set()
    if not applied and not may_be_empty:
        raise NoTables(
            f"the database {connection.settings_dict['NAME']} has no tables yet: run "
            "`zengzhi migrate` first, or name another one in ZENGZHI_DATABASE"
        )
    if applied and MARKER not in applied:
        raise OtherForm(
            "this database was made by an older version of zengzhi, whose records this version "
            "cannot read; nothing was changed. Go on with that version, or begin with a new "
            "database"
        )
