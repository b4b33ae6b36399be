"""What somebody with full SQL does: past the program and past the guards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from zengzhi.records.ledger import guards


@contextmanager
def without_guards() -> Iterator[None]:
    """The journal's triggers are dropped, and put back afterwards."""
    with connection.schema_editor() as editor:
        guards.remove(editor)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            guards.install(editor)


def insert_entry(number: int, legs: Sequence[tuple[int, int, int]]) -> None:
    """A balanced entry with (kind, owner, fen) legs and an invented digest."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with without_guards(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transaction (id, kind, reference, happened_at, recorded_at, "
            "version, corrects, leg_count, step, facts, mac) "
            "VALUES (%s, 'bonus', 'invented', %s, %s, '', NULL, %s, 0, '', %s)",
            [number, now, now, len(legs), "ab" * 32],
        )
        for place, (kind, owner, fen) in enumerate(legs):
            cursor.execute(
                "INSERT INTO ledger_leg (transaction_id, position, kind, owner, unit, amount) "
                "VALUES (%s, %s, %s, %s, 1, %s)",
                [number, place, kind, owner, fen],
            )


def delete_entry(number: int) -> None:
    """An entry and its legs are gone."""
    with without_guards(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_leg WHERE transaction_id = %s", [number])
        cursor.execute("DELETE FROM ledger_transaction WHERE id = %s", [number])
