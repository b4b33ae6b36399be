"""The holds of withdrawals, row by row, and their trails."""

from collections.abc import Iterator
from itertools import pairwise

from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.models import Place
from zengzhi.records.wallet.models import CLOSED_UNPAID, State, Step, Withdrawal
from zengzhi.records.wallet.review import EDGES
from zengzhi.verify.holds import compare_hold, missing, stray
from zengzhi.verify.problem import Problem

TABLE = Withdrawal._meta.db_table


def withdrawal_holds() -> Iterator[Problem]:
    """The hold of each withdrawal stands where the withdrawal stands."""
    places = {place.cause: place for place in Place.objects.filter(kind=HoldKind.WITHDRAWAL)}
    for row in Withdrawal.objects.order_by("pk"):
        place = places.pop(row.number, None)
        if place is None:
            yield missing(HoldKind.WITHDRAWAL, row.number)
            continue
        state = HoldState.VOID if row.state in CLOSED_UNPAID else HoldState.OPEN
        state = HoldState.POSTED if row.state == State.PAID else state
        yield from compare_hold(
            place,
            {
                "amount_fen": row.amount_fen,
                "done_fen": 0,
                "entry": row.reserved_entry,
                "lines": None,
                "state": int(state),
                "reason": "",
                "moved_at": row.closed_at or row.requested_at,
            },
        )
    for place in places.values():
        yield from stray(place)


def trails() -> Iterator[Problem]:
    """The trail of a withdrawal walks along the edges, ends where the withdrawal stands, and names
    who approved and who paid: two people."""
    rows = {row.pk: row for row in Withdrawal.objects.order_by("pk")}
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.order_by("pk"):
        steps.setdefault(step.withdrawal_id, []).append(step)
    for key, row in rows.items():
        mine = steps.pop(key, [])
        for before, step in pairwise(mine):
            if before.state not in EDGES.get(step.verb, ()):
                message = f"{step.verb} does not start from {before.state}"
                yield Problem("wallet_step", str(step.pk), "verb", message)
        if not mine or mine[-1].state != row.state:
            yield Problem(TABLE, str(key), "state", "is not where its trail ends")
        yield from _people(row, mine)


def _people(row: Withdrawal, trail: list[Step]) -> Iterator[Problem]:
    """Who approved it did not pay it, and both are those of the trail."""
    for verb, name in (("approve", "approved_by_id"), ("submit", "sent_by_id")):
        said = [step.by_id for step in trail if step.verb == verb][-1:]
        if said and said != [getattr(row, name)]:
            yield Problem(TABLE, str(row.pk), name, f"is not who did {verb} on its trail")
    approved = row.approved_by_id is not None or row.waited
    if row.state in (State.PAYING, State.PAID) and not (approved and row.sent_by_id):
        yield Problem(TABLE, str(row.pk), "approved_by_id", "it went out without two people")
    if row.approved_by_id and row.approved_by_id in (row.sent_by_id, row.booked_by_id):
        yield Problem(TABLE, str(row.pk), "approved_by_id", "who approved it paid it too")
