"""Withdrawals ↔ their entries, trail and tax, both ways."""

from collections.abc import Iterator
from itertools import pairwise

from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.journal import facts_text
from zengzhi.records.ledger.models import Place
from zengzhi.records.wallet.facts import frozen_values
from zengzhi.records.wallet.models import CLOSED_UNPAID, State, Step, TaxPart, Withdrawal
from zengzhi.records.wallet.review import EDGES
from zengzhi.verify.entries import Act, acts_of, by_reference, compare_money, money
from zengzhi.verify.holds import compare_hold, missing, stray
from zengzhi.verify.problem import Problem

TABLE = Withdrawal._meta.db_table


def withdrawals() -> Iterator[Problem]:
    """Each reservation, payout and return is of a withdrawal, over its amounts; each withdrawal
    has those of its state."""
    reserved = by_reference(acts_of("withdrawal"))
    paid = by_reference(acts_of("payout"))
    back = by_reference(acts_of("withdrawal_back"))
    for row in Withdrawal.objects.select_related("payee").order_by("pk"):
        first = reserved.pop(row.number, [])
        frozen = facts_text(frozen_values(row))
        for act in (*first, *paid.get(row.number, []), *back.get(row.number, [])):
            if act.facts != frozen:
                yield act.wrong("facts", "the withdrawal says otherwise")
        closing = [*paid.pop(row.number, []), *back.pop(row.number, [])]
        yield from _reserved(row, first)
        yield from _closed(row, closing)
    for kinds in (reserved, paid, back):
        for acts in kinds.values():
            for act in acts:
                yield act.wrong("reference", "there is no such withdrawal")


def _reserved(row: Withdrawal, acts: list[Act]) -> Iterator[Problem]:
    if [act.id for act in acts] != [row.reserved_entry]:
        message = f"the journal has {[act.id for act in acts]}"
        yield Problem(TABLE, str(row.pk), "reserved_entry", message)
    for act in acts:
        wanted = money(
            (Kind.MEMBER_AVAILABLE, row.member_id, -row.amount_fen),
            (Kind.MEMBER_RESERVED, row.member_id, row.amount_fen),
        )
        yield from compare_money(act, wanted)
        if act.happened_at != row.requested_at:
            yield Problem(TABLE, str(row.pk), "requested_at", f"entry of {act.happened_at}")
        if act.version != f"terms:{row.terms_id}":
            yield Problem(TABLE, str(row.pk), "terms_id", f"reserved under {act.version}")


def _closed(row: Withdrawal, acts: list[Act]) -> Iterator[Problem]:
    closed = row.state in (State.PAID, *CLOSED_UNPAID)
    wanted_kind = "payout" if row.state == State.PAID else "withdrawal_back"
    kinds = [act.kind for act in acts]
    if kinds != [wanted_kind] * int(closed):
        yield Problem(TABLE, str(row.pk), "state", f"is {row.state}, the journal has {kinds}")
        return
    for act in acts:
        if act.id != row.closing_entry:
            yield Problem(TABLE, str(row.pk), "closing_entry", f"the journal has {act.id}")
        if act.happened_at != row.closed_at:
            yield Problem(TABLE, str(row.pk), "closed_at", f"entry of {act.happened_at}")
        if act.kind == "payout":
            wanted = money(
                (Kind.MEMBER_RESERVED, row.member_id, -row.amount_fen),
                (Kind.CLEARING, row.provider or 0, row.net_fen),
                (Kind.FEES, 0, row.fee_fen),
                (Kind.TAX_WITHHELD, 0, row.tax_fen),
            )
            yield from compare_money(act, wanted)
        else:
            given = act.by_owner(Kind.MEMBER_AVAILABLE, Kind.MEMBER_DEBT)
            if given != {row.member_id: row.amount_fen} or act.corrects != row.reserved_entry:
                yield act.wrong("", f"{row.amount_fen} go back to member {row.member_id}")


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


def taxes() -> Iterator[Problem]:
    """The tax and the commissions of a withdrawal are the sums of its parts."""
    sums: dict[int, list[int]] = {}
    for key, amount, tax in TaxPart.objects.values_list("withdrawal", "amount_fen", "tax_fen"):
        found = sums.setdefault(key, [0, 0])
        found[0] += amount
        found[1] += tax
    for key, commission, tax in Withdrawal.objects.values_list("pk", "commission_fen", "tax_fen"):
        amount, withheld = sums.get(key, [0, 0])
        if amount != commission:
            yield Problem(TABLE, str(key), "commission_fen", f"its parts say {amount}")
        if withheld != tax:
            yield Problem(TABLE, str(key), "tax_fen", f"its parts say {withheld}")
