"""A plain connection to the database of the settings, for the designs that are only baselines:
prepared statements, one transaction at a time, as durable as ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Run = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Plain:
    """A connection without Django."""

    connection: Any
    mark: str
    """How a value is marked in a statement: statements are written with ``%s``."""
    lock: str
    """What locks the rows that a statement reads."""

    @property
    def begin(self) -> str:
        """The statement that begins a transaction which writes."""
        return "BEGIN" if self.mark == "%s" else "BEGIN IMMEDIATE"

    def sql(self, text: str) -> str:
        """A statement as this connection wants it."""
        return text.replace("%s", self.mark)

    def moment(self, at: datetime) -> Any:
        """A moment as this connection stores it."""
        return at if self.mark == "%s" else str(at.replace(tzinfo=None))

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """A transaction; what runs a statement in it."""
        cursor = self.connection.cursor()

        def run(text: str, values: Any) -> Any:
            return cursor.execute(self.sql(text), values)

        cursor.execute(self.begin)
        try:
            yield run
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")


@contextmanager
def plain_connection() -> Iterator[Plain]:
    """On the database of the settings."""
    from django.db import connection as ours

    if ours.vendor == "postgresql":
        import psycopg

        parameters = ours.get_connection_params()
        keep = {
            name: parameters[name]
            for name in ("dbname", "user", "host", "port", "password")
            if parameters.get(name)
        }
        with psycopg.connect(**keep, autocommit=True, prepare_threshold=0) as connection:
            yield Plain(connection, "%s", " FOR UPDATE")
        return
    import sqlite3

    from zengzhi.site.database import SQLITE_PRAGMAS

    file = sqlite3.connect(str(ours.settings_dict["NAME"]), isolation_level=None, timeout=20)
    try:
        file.executescript(SQLITE_PRAGMAS)
        yield Plain(file, "?", "")
    finally:
        file.close()
