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


def check_form() -> None:
    """Let an empty database and one of this form pass. Errors: ``other_form``."""
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return
    applied = set(recorder.applied_migrations())
    if applied and MARKER not in applied:
        raise OtherForm(
            "this database was made by an older version of zengzhi, whose records this version "
            "cannot read; nothing was changed. Go on with that version, or begin with a new "
            "database"
        )
