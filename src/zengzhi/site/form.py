"""A database of another form, or of another installation's key, is refused before it is touched.

Until version 0.2.0 the tables and sealed formats of the records still change, and a database made
before a change cannot be brought over it. The marker is a migration by its name: it is applied with
the first ``zengzhi migrate`` and never to an older database. From 0.2.0 on forms are frozen and
databases are upgraded.
"""

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max, Min

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.store.keys import KeyMissing

MARKER = ("ledger", "0003_form_6")
"""(app, migration) that only databases of this form have."""


class OtherForm(ZengzhiError):
    """The database was made by a version whose tables or sealed formats this one cannot read."""

    code = "other_form"


KEY_SAMPLE = 8
"""So many control records, spread over all, tell whose key wrote a database."""


class OtherKey(ZengzhiError):
    """The digest key at hand is not the one this database was written with."""

    code = "other_key"


class NoTables(ZengzhiError):
    """The database is empty: nobody has migrated it yet."""

    code = "no_tables"


def check_form(*, may_be_empty: bool = True) -> bool:
    """Let a database of this form pass, and an empty one where that is allowed. Whether there is
    one.

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
    return bool(applied)


def check_key() -> None:
    """Let a database pass whose control records the digest key at hand has written.

    A few changed records are for ``zengzhi verify`` to name. When not one of a sample spread over
    the whole table fits, the key is another one, and every record would be named. A database with
    fewer records than a sample passes, and so does one whose key is missing: whoever needs the key
    says so. Errors: ``other_key``.
    """
    from zengzhi.records.control.models import Record

    ends = Record.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None or ends["last"] - ends["first"] < KEY_SAMPLE:
        return
    width = ends["last"] - ends["first"]
    places = (ends["first"] + width * place // KEY_SAMPLE for place in range(KEY_SAMPLE))
    if not any(_wrote(place) for place in places):
        raise OtherKey(
            f"the digest key {settings.DIGEST_KEY_FILE} is not the one this database was written "
            "with: name its own in ZENGZHI_DIGEST_KEY, or the folder it lies in by ZENGZHI_VAR"
        )


def _wrote(place: int) -> bool:
    """Whether the key at hand wrote the first record from ``place`` on, or is not there at all."""
    from zengzhi.records.control import records
    from zengzhi.records.control.models import Record

    try:
        return records.fits(Record.objects.filter(pk__gte=place).order_by("pk")[0])
    except KeyMissing:
        return True
    except (TypeError, ValueError):
        return False  # somebody wrote what cannot be read
