"""All checks over one consistent picture of the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from zengzhi.records.ledger.seal import tail
from zengzhi.records.settlement.models import Pool
from zengzhi.verify import seals
from zengzhi.verify.checks import CHECKS, Check
from zengzhi.verify.pools import Progress, heads
from zengzhi.verify.problem import PROBLEMS_MAX, Problem


@dataclass(slots=True)
class Report:
    """What was checked and what is wrong."""

    checked: dict[str, int] = field(default_factory=dict)
    """Table → its rows."""
    checks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    tail_rows: int = 0
    tail_age_s: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` (spec 4.4)."""
        return {
            "ok": self.ok,
            "checked": self.checked,
            "problems": [problem.as_dict() for problem in self.problems],
            "tail": {"rows": self.tail_rows, "age_s": round(self.tail_age_s, 3)},
        }


@contextmanager
def snapshot() -> Iterator[None]:
    """One picture of the database, without keeping anybody from writing."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    connection.ensure_connection()  # the mode is known once it is there
    sqlite: Any = connection
    mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            yield
    finally:
        sqlite.transaction_mode = mode


def events_in_all() -> int:
    """How many events there are to verify."""
    return int(Pool.objects.aggregate(events=Sum("sequence"))["events"] or 0)


def run(
    fast: bool = False,
    anchors: Path | None = None,
    progress: Progress = lambda _events: None,
    checks: Sequence[Check] | None = None,
) -> Report:
    """Every check, or with ``fast`` sums and chains only; ``progress`` is told of events as they
    are done."""
    report = Report()
    with snapshot():
        report.heads = heads()
        report.tail_rows, report.tail_age_s = tail()
        for check in CHECKS if checks is None else checks:
            if check.fast or not fast:
                report.checks.append(check.name)
                report.problems += found(check, progress)
                report.checked.update((table, 0) for table in check.tables)
        if anchors is not None:
            report.checks.append("anchors")
            report.problems += seals.anchors(anchors)
        report.checked = {table: _rows(table) for table in sorted(report.checked)}
    return report


def found(check: Check, progress: Progress = lambda _events: None) -> Iterator[Problem]:
    """What a check finds, one by one, at most :data:`~.problem.PROBLEMS_MAX`; where somebody wrote
    what it cannot even read, that it stopped there."""
    try:
        with transaction.atomic():
            yield from islice(check.find(progress), PROBLEMS_MAX)
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        message = f"{check.name}: cannot be checked: {error!r}"
        yield Problem(check.tables[0], "", "", message)


def _rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (own names)
        return int(cursor.fetchone()[0])
