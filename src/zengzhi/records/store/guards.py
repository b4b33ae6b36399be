"""Guards: rules of a room that the database itself holds, made by the room's migration."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s.*?\bON (\w+)", re.DOTALL)
_OTHER = re.compile(r"CREATE (TABLE|FUNCTION) (\w+)")
_CONSTRAINT = re.compile(r"ALTER TABLE (\w+) ADD CONSTRAINT (\w+)")


@dataclass(frozen=True, slots=True)
class Guards:
    """What creates the guards, statement by statement, on each database."""

    sqlite: Sequence[str]
    postgresql: Sequence[str]

    def install(self, editor: BaseDatabaseSchemaEditor) -> None:
        """Create them."""
        for statement in self._of(editor):
            editor.execute(statement, params=None)

    def remove(self, editor: BaseDatabaseSchemaEditor) -> None:
        """Drop them, the last one first: for tests that empty the database; nothing else does."""
        for statement in reversed(self._of(editor)):
            dropped = undone(statement, triggers_of_tables=_is_postgresql(editor))
            editor.execute(dropped, params=None)

    def _of(self, editor: BaseDatabaseSchemaEditor) -> Sequence[str]:
        return self.postgresql if _is_postgresql(editor) else self.sqlite


def _is_postgresql(editor: BaseDatabaseSchemaEditor) -> bool:
    return editor.connection.vendor == "postgresql"


def undone(statement: str, *, triggers_of_tables: bool) -> str:
    """What drops the thing that a statement creates; on PostgreSQL a trigger is one of its table.

    >>> undone("CREATE TRIGGER a_b BEFORE UPDATE ON a BEGIN …; END", triggers_of_tables=False)
    'DROP TRIGGER a_b'
    >>> undone("CREATE TRIGGER a_b BEFORE UPDATE ON a EXECUTE …", triggers_of_tables=True)
    'DROP TRIGGER a_b ON a'
    >>> undone("ALTER TABLE a ADD CONSTRAINT b EXCLUDE …", triggers_of_tables=True)
    'ALTER TABLE a DROP CONSTRAINT b'
    """
    text = statement.strip()
    if found := _TRIGGER.match(text):
        name, table = found.groups()
        return f"DROP TRIGGER {name}" + (f" ON {table}" if triggers_of_tables else "")
    if found := _CONSTRAINT.match(text):
        return "ALTER TABLE {} DROP CONSTRAINT {}".format(*found.groups())
    if found := _OTHER.match(text):
        what, name = found.groups()
        return f"DROP {what} {name}" + ("()" if what == "FUNCTION" else "")
    raise ValueError(f"nothing is known to drop {text[:60]!r}")
