"""Acts of two people: every result has its approval, every approval its result and two people."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from zengzhi.records.control.approvals.acts import Approvable, Result, all_acts
from zengzhi.records.control.approvals.mode import is_one_person
from zengzhi.records.control.approvals.service import digest_of
from zengzhi.records.control.models import Approval, ApprovalState, Record
from zengzhi.records.control.records import values_of
from zengzhi.records.control.sealing import text_of
from zengzhi.verify.control import readable
from zengzhi.verify.problem import Problem

TABLE = Approval._meta.db_table
SLACK = timedelta(minutes=10)
"""Between what a row says of its time and when its control record was written."""


def approvals() -> Iterator[Problem]:
    """An approval is of an act that there is and of two people (or of one and time), says what its
    digest says, and its times are those at which it was written."""
    known = {act.name for act in all_acts()}
    latest: datetime | None = None
    written = _written()
    for row in readable(Approval.objects.order_by("pk")):
        yield from _persons(row)
        if row.act not in known:
            yield Problem(TABLE, str(row.pk), "act", "is no act of two people")
        if row.digest != digest_of(row.act, row.subject, row.wanted, row.before, row.after):
            yield Problem(TABLE, str(row.pk), "digest", "is not that of the content")
        yield from _times(row, written.get(str(row.pk), {}))
        if latest is not None and row.asked_at < latest - SLACK:
            message = "was asked for before an earlier one"
            yield Problem(TABLE, str(row.pk), "asked_at", message)
        latest = max(latest or row.asked_at, row.asked_at)


def _persons(row: Approval) -> Iterator[Problem]:
    key = str(row.pk)
    if row.state not in (ApprovalState.APPROVED, ApprovalState.EXECUTED):
        return
    if row.state == ApprovalState.APPROVED:
        yield Problem(TABLE, key, "state", "was approved and never done")
    if row.decided_by_id is None:
        waited = row.ripe_at is not None and row.decided_at is not None
        if not waited or row.decided_at < row.ripe_at or not is_one_person(row.asked_at):
            yield Problem(TABLE, key, "decided_by", "nobody approved it, nor did time")
    elif row.decided_by_id == row.asked_by_id:
        yield Problem(TABLE, key, "decided_by", "the one who asked approved it")
    elif not row.decided_in or not row.asked_in or row.decided_in == row.asked_in:
        yield Problem(TABLE, key, "decided_in", "was not decided by somebody signed in")


def _written() -> dict[str, dict[str, datetime]]:
    """Key → state → when the control record that first says so was written."""
    found: dict[str, dict[str, datetime]] = {}
    for record in readable(Record.objects.filter(of_table=TABLE).order_by("pk")):
        try:
            said = values_of(record.content) or {}
        except ValueError:
            continue
        found.setdefault(record.row_key, {}).setdefault(str(said.get("state")), record.at)
    return found


def _times(row: Approval, written: dict[str, datetime]) -> Iterator[Problem]:
    first = min(written.values(), default=None)
    for column, said, wrote in (
        ("asked_at", row.asked_at, first),
        ("decided_at", row.decided_at, written.get(row.state)),
    ):
        if said is not None and wrote is not None and abs(wrote - said) > SLACK:
            message = f"is {said.isoformat()}, it was written at {wrote.isoformat()}"
            yield Problem(TABLE, str(row.pk), column, message)


def results() -> Iterator[Problem]:
    """What needs two people was approved, says what was approved, and came about at that moment."""
    for act in all_acts():
        done = Approval.objects.filter(act=act.name, state=ApprovalState.EXECUTED)
        approved = {row.result: row for row in readable(done.exclude(result="").order_by("pk"))}
        yield from _of(act, act.results(), approved)


def _of(
    act: Approvable, found: Iterable[Result], approved: dict[str, Approval]
) -> Iterator[Problem]:
    for result in found:
        approval = approved.pop(result.name, None)
        if approval is None:
            if not result.founding:
                message = f"nobody approved it: {act.name} needs a second person"
                yield Problem(result.table, result.key, "", message)
            continue
        if result.at is not None and result.at != approval.decided_at:
            message = f"says {result.at.isoformat()}, approved was it at {approval.decided_at}"
            yield Problem(result.table, result.key, "", message)
        if result.after is not None and text_of(result.after) != approval.after:
            message = f"is not what approval {approval.pk} says: {approval.after}"
            yield Problem(result.table, result.key, "", message)
    for name, approval in approved.items():
        yield Problem(TABLE, str(approval.pk), "result", f"{name} is not there")
