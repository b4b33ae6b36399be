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
    """The trail of a withdrawal walks along the edges and ends where the withdrawal stands."""
    rows = dict(Withdrawal.objects.values_list("pk", "state"))
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.order_by("pk"):
        steps.setdefault(step.withdrawal_id, []).append(step)
    for key, state in rows.items():
        mine = steps.pop(key, [])
        for before, step in pairwise(mine):
            if before.state not in EDGES.get(step.verb, ()):
                message = f"{step.verb} does not start from {before.state}"
                yield Problem("wallet_step", str(step.pk), "verb", message)
        if not mine or mine[-1].state != state:
            yield Problem(TABLE, str(key), "state", "is not where its trail ends")
