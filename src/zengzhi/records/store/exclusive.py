"""Periods that must not overlap within one key, refused by the database itself.

PostgreSQL: an exclusion constraint over (key, period). SQLite: triggers on insert and update.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError

from zengzhi.records.store.constraints import violated


@dataclass(frozen=True, slots=True)
class Exclusive:
    """A table with ``since`` and ``until`` (exclusive, NULL: still) whose periods exclude each
    other within one key."""

    table: str
    key: str
    key_type: str = "int8"
    """int8 or int4, also for a text of digits: a range of one value needs no extension."""

    def sqlite(self) -> list[str]:
        """The triggers."""
        return [
            f"CREATE TRIGGER {self.table}_overlap_{verb.lower()} BEFORE {verb} ON {self.table} "  # noqa: S608
            f"WHEN EXISTS (SELECT 1 FROM {self.table} AS o "
            f"WHERE o.{self.key} = NEW.{self.key} AND o.id IS NOT NEW.id "
            "AND (NEW.until IS NULL OR o.since < NEW.until) "
            "AND (o.until IS NULL OR NEW.since < o.until)) "
            f"BEGIN SELECT RAISE(ABORT, '{self.table}: the periods of one key overlap'); END"
            for verb in ("INSERT", "UPDATE")
        ]

    def postgresql(self) -> str:
        """The constraint."""
        value = f"{self.key}::{self.key_type}"
        return (
            f"ALTER TABLE {self.table} ADD CONSTRAINT {self.table}_overlap EXCLUDE USING gist "
            f"({self.key_type}range({value}, {value}, '[]') WITH &&, "
            "tstzrange(since, until) WITH &&)"
        )


def is_overlap(error: IntegrityError, table: str) -> bool:
    """Whether the error says that two periods of one key of this table overlap.

    >>> is_overlap(IntegrityError("ranks: the periods of one key overlap"), "ranks")
    True
    >>> is_overlap(IntegrityError("NOT NULL constraint failed: ranks.reason"), "ranks")
    False
    """
    name = violated(error)
    return name == f"{table}_overlap" or str(error) == f"{table}: the periods of one key overlap"


def sqlite_exclusive(rules: Sequence[Exclusive]) -> list[str]:
    """The triggers of all rules."""
    return [statement for rule in rules for statement in rule.sqlite()]


def postgresql_exclusive(rules: Sequence[Exclusive]) -> list[str]:
    """The constraints of all rules."""
    return [rule.postgresql() for rule in rules]
