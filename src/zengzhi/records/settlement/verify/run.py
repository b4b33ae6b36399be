"""All checks over one consistent picture of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from zengzhi.records.settlement import models
from zengzhi.records.settlement.verify.books import CHECKS
from zengzhi.records.settlement.verify.chain import verify_pool
from zengzhi.records.settlement.verify.problem import PROBLEMS_MAX, Problem


@dataclass(slots=True)
class Report:
    """What was checked and what is wrong."""

    events: int = 0
    batches: int = 0
    entries: int = 0
    checks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "ok": self.ok,
            "events": self.events,
            "batches": self.batches,
            "entries": self.entries,
            "checks": self.checks,
            "heads": self.heads,
            "problems": [
                {"check": problem.check, "row": problem.row, "message": problem.message}
                for problem in self.problems
            ],
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
    return int(models.Pool.objects.aggregate(events=Sum("sequence"))["events"] or 0)


def verify(rederive: bool = False, progress: Callable[[int], None] | None = None) -> Report:
    """Check every invariant of the records. ``progress`` is told of events as they are done."""
    from zengzhi.records.ledger.models import Transaction

    report = Report()
    with snapshot():
        report.entries = Transaction.objects.count()
        for name, check in CHECKS.items():
            report.checks.append(name)
            report.problems += check()
        for pool in models.Pool.objects.select_related("rules").order_by("pk"):
            report.checks.append(f"sealed batches and rows of pool {pool.code}")
            report.events += pool.sequence
            report.batches += pool.batches
            report.heads[pool.code] = pool.head
            for problem in verify_pool(pool, rederive, progress or (lambda _events: None)):
                report.problems.append(problem)
                if len(report.problems) >= PROBLEMS_MAX * len(report.checks):
                    break
    return report
