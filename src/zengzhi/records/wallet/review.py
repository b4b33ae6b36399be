"""Staff decide on withdrawals: hold, release, approve, reject; booked as paid or failed.

Each function is one transaction. Locks: the withdrawal, the member's purse, the person who is
paid, the income.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, must_move
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.purses import Purses
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.after_reset import refuse_after_reset
from zengzhi.records.wallet.errors import (
    IllegalStep,
    NotReleased,
    NotStaff,
    OwnMoney,
    PayeeRetired,
    ReasonNeeded,
    SamePerson,
)
from zengzhi.records.wallet.facts import frozen_values
from zengzhi.records.wallet.income import give_back_parts
from zengzhi.records.wallet.models import State, Step, Withdrawal
from zengzhi.records.wallet.persons import lock_person

EDGES: Mapping[str, tuple[State, ...]] = {
    "hold": (State.REQUESTED,),
    "release": (State.HELD,),
    "approve": (State.REQUESTED,),
    "reject": (State.REQUESTED, State.HELD, State.APPROVED),
    "submit": (State.APPROVED,),
    "paid": (State.PAYING,),
    "failed": (State.PAYING,),
}
"""Verb → the states it starts from; every other edge is refused (``illegal_step``)."""
NOTE_MAX = 200
LETS_GO = ("release", "approve", "submit", "paid")
"""What lets money go on: not within the cooling time of a reset of who does it."""


def locked(pk: int) -> Withdrawal:
    """The withdrawal, locked for the rest of the transaction."""
    rows = Withdrawal.objects.select_for_update(of=("self",))
    return rows.select_related("payee", "terms", "member").get(pk=pk)


def allow(row: Withdrawal, verb: str, by: User | None) -> None:
    """Errors: ``illegal_step``, ``not_staff``, ``own_money``, ``just_reset``."""
    if by is not None and not (by.is_active and by.is_staff):
        raise NotStaff
    if row.state not in EDGES[verb]:
        raise IllegalStep(str(State(row.state).label))
    if by is not None and by.pk == row.owner_id:
        raise OwnMoney
    if verb in LETS_GO:
        refuse_after_reset(by, clock.now())


def move(
    row: Withdrawal, verb: str, to: State, by: User | None, note: str, at: datetime, **fields: Any
) -> Withdrawal:
    """Write the new state and the trail."""
    row.state = to
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *fields])
    Step.objects.create(
        withdrawal=row, verb=verb, state=to, by=by, note=note.strip()[:NOTE_MAX], at=at
    )
    return row


def hold(pk: int, by: User, note: str, at: datetime | None = None) -> Withdrawal:
    """Stop a request for a closer look (风控挂起)."""
    with transaction.atomic():
        row = locked(pk)
        allow(row, "hold", by)
        if not note.strip():
            raise ReasonNeeded
        moment = at or clock.now()
        fields = {"held_for": "staff", "released_by": None}
        return move(row, "hold", State.HELD, by, note, moment, **fields)


def release(pk: int, by: User, note: str = "", at: datetime | None = None) -> Withdrawal:
    """The first person lets a held withdrawal go on to approval."""
    with transaction.atomic():
        row = locked(pk)
        allow(row, "release", by)
        moment = at or clock.now()
        return move(row, "release", State.REQUESTED, by, note, moment, released_by=by)


def approve(pk: int, by: User, note: str = "", at: datetime | None = None) -> Withdrawal:
    """Approve; above the threshold somebody else than who released it (四眼).

    Errors: ``illegal_step``, ``own_money``, ``not_released``, ``same_person``, ``payee_retired``.
    """
    with transaction.atomic():
        row = locked(pk)
        allow(row, "approve", by)
        if row.payee.retired_at is not None:
            raise PayeeRetired
        if row.four_eyes and row.released_by_id is None:
            raise NotReleased
        if row.four_eyes and row.released_by_id == by.pk:
            raise SamePerson(row.terms.four_eyes_above_fen, _("You released this one."))
        moment = at or clock.now()
        return move(row, "approve", State.APPROVED, by, note, moment, approved_by=by)


def reject(pk: int, by: User, reason: str, at: datetime | None = None) -> Withdrawal:
    """Refuse with a reason the member reads; the money comes back by a new journal entry."""
    with transaction.atomic():
        row = locked(pk)
        allow(row, "reject", by)
        if not reason.strip():
            raise ReasonNeeded
        return _give_back(row, "reject", State.REJECTED, by, reason, at or clock.now())


def book_paid(pk: int, by: User | None, note: str = "", at: datetime | None = None) -> Withdrawal:
    """The channel paid: reserved money leaves; net to the provider, fee and tax to their accounts.

    ``by``: who says so (a bank's file); ``None``: the channel itself. Booked again, nothing
    happens. Errors: ``illegal_step``, ``own_money``, ``same_person``.
    """
    with transaction.atomic():
        row = locked(pk)
        if row.state == State.PAID:
            return row
        check_booking(row, "paid", by)
        moment = at or clock.now()
        must_move(HoldKind.WITHDRAWAL, row.number, HoldState.POSTED, moment)
        entry = Entry("payout", row.number, moment, version=f"terms:{row.terms_id}")
        entry.values = frozen_values(row)
        entry.money(Account(Kind.MEMBER_RESERVED, row.member_id), -row.amount_fen)
        entry.money(Account(Kind.CLEARING, row.provider or 0), row.net_fen)
        entry.money(Account(Kind.FEES), row.fee_fen)
        entry.money(Account(Kind.TAX_WITHHELD), row.tax_fen)
        number = post([entry])[0]
        fields = {"closing_entry": number, "closed_at": moment, "booked_by": by}
        return move(row, "paid", State.PAID, by, note, moment, **fields)


def book_failed(pk: int, by: User | None, reason: str, at: datetime | None = None) -> Withdrawal:
    """The channel did not pay and says so for good: the money comes back."""
    with transaction.atomic():
        row = locked(pk)
        if row.state == State.FAILED:
            return row
        check_booking(row, "failed", by)
        moment = at or clock.now()
        return _give_back(row, "failed", State.FAILED, by, reason, moment, booked_by=by)


def check_booking(row: Withdrawal, verb: str, by: User | None) -> None:
    """Above the threshold, who approved does not also book the result."""
    allow(row, verb, by)
    if row.four_eyes and by is not None and by.pk == row.approved_by_id:
        raise SamePerson(row.terms.four_eyes_above_fen, _("You approved this one."))


def _give_back(
    row: Withdrawal, verb: str, to: State, by: User | None, reason: str, at: datetime, **fields: Any
) -> Withdrawal:
    reason = reason.strip()[:NOTE_MAX]
    must_move(HoldKind.WITHDRAWAL, row.number, HoldState.VOID, at)
    entry = Entry("withdrawal_back", row.number, at, corrects=row.reserved_entry)
    entry.values = frozen_values(row)
    entry.money(Account(Kind.MEMBER_RESERVED, row.member_id), -row.amount_fen)
    Purses.lock([row.member_id]).give(entry, row.member_id, row.amount_fen)
    number = post([entry])[0]
    lock_person(row.payee.person_id)
    give_back_parts(row)
    fields = {**fields, "closing_entry": number, "closed_at": at, "reason": reason}
    return move(row, verb, to, by, reason, at, **fields)
