"""Staff decide on withdrawals: hold, release, approve, reject; booked as paid or failed.

Each function is one transaction. Locks: the withdrawal, the member's purse, the person who is
paid, the income.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zengzhi.records.control.approvals import mode
from zengzhi.records.control.approvals.cooling import cools_until
from zengzhi.records.control.approvals.service import must_be_present
from zengzhi.records.control.cooling import is_cooling, usable_from
from zengzhi.records.control.errors import CoolingDown
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, must_move
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.purses import Purses
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.after_reset import refuse_after_reset
from zengzhi.records.wallet.errors import (
    Cooling,
    IllegalStep,
    NotStaff,
    OwnMoney,
    PayeeRetired,
    ReasonNeeded,
    SamePerson,
    TwoDecide,
)
from zengzhi.records.wallet.facts import frozen_values
from zengzhi.records.wallet.income import give_back_parts
from zengzhi.records.wallet.models import PayeeAccount, State, Step, Withdrawal
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
"""What lets money go on: not while who does it cools down (a new password, new rights)."""


def locked(pk: int) -> Withdrawal:
    """The withdrawal, locked for the rest of the transaction."""
    rows = Withdrawal.objects.select_for_update(of=("self",))
    return rows.select_related("payee__person", "terms", "member").get(pk=pk)


def allow(row: Withdrawal, verb: str, by: User | None) -> None:
    """Errors: ``illegal_step``, ``not_staff``, ``own_money``, ``just_reset``, ``cooling_down``."""
    if by is not None and not (by.is_active and by.is_staff):
        raise NotStaff
    if row.state not in EDGES[verb]:
        raise IllegalStep(str(State(row.state).label))
    if by is not None and is_own(row, by.pk):
        raise OwnMoney
    if by is not None and verb in LETS_GO:
        refuse_after_reset(by, clock.now())
        until = cools_until(by.pk)
        if until is not None:
            raise CoolingDown(until)


def is_own(row: Withdrawal, *user_pks: int | None) -> bool:
    """Whether it is the money of one of these people: their member's, or paid to their person."""
    if row.owner_id is not None and row.owner_id in user_pks:
        return True
    return is_paid_to(row, persons_behind(*user_pks))


def persons_behind(*user_pks: int | None) -> set[int]:
    """Who is paid when the members of these people are, by key."""
    theirs = PayeeAccount.objects.filter(member__user__in=[pk for pk in user_pks if pk])
    return {same or pk for pk, same in theirs.values_list("person", "person__same_as")}


def is_paid_to(row: Withdrawal, persons: set[int]) -> bool:
    """Whether its account is one of these persons'."""
    person = row.payee.person
    return (person.same_as_id or person.pk) in persons


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
        return move(row, "hold", State.HELD, by, note, moment, held_for="staff")


def release(pk: int, by: User, note: str = "", at: datetime | None = None) -> Withdrawal:
    """Somebody looked at a held withdrawal and lets it go on to approval."""
    with transaction.atomic():
        row = locked(pk)
        allow(row, "release", by)
        return move(row, "release", State.REQUESTED, by, note, at or clock.now())


def approve(pk: int, by: User, note: str = "") -> Withdrawal:
    """Approve one that needs no second person; somebody else pays it.

    Errors: ``illegal_step``, ``own_money``, ``not_present``, ``two_decide``, ``payee_retired``.
    """
    with transaction.atomic():
        row = locked(pk)
        allow(row, "approve", by)
        must_be_present(by)
        may_go_out(row)
        if needs_two(row):
            raise TwoDecide(row.terms.four_eyes_above_fen)
        return move(row, "approve", State.APPROVED, by, note, clock.now(), approved_by=by)


def needs_two(row: Withdrawal) -> bool:
    """Whether its payout is asked for in the approvals: above the threshold, and each one in a mall
    of one person."""
    return row.amount_fen > row.terms.four_eyes_above_fen or mode.is_one_person()


def may_go_out(row: Withdrawal) -> None:
    """Errors: ``illegal_step``, ``payee_retired``."""
    if row.state not in EDGES["approve"]:
        raise IllegalStep(str(State(row.state).label))
    if row.payee.retired_at is not None:
        raise PayeeRetired


def goes_out(row: Withdrawal, by: User) -> None:
    """Whether this person may pay it now. Errors: those of :func:`allow`, ``not_present``,
    ``same_person``, ``payee_retired``, ``cooling``."""
    allow(row, "submit", by)
    must_be_present(by)
    not_the_approver(row, by)
    if row.payee.retired_at is not None:
        raise PayeeRetired
    usable_from = first_payout_from(row)
    if is_cooling(usable_from, clock.now()):
        raise Cooling(usable_from)


def first_payout_from(row: Withdrawal) -> datetime:
    """When the first payout may reach an account: as long after it was added as a changed one
    cools down. One that was paid before: at once."""
    payee = row.payee
    cooled = usable_from(payee.created_at, row.terms.cooling_hours, first=False)
    if is_cooling(cooled, clock.now()) and payee.withdrawal_set.filter(state=State.PAID).exists():
        return payee.created_at
    return cooled


def not_the_approver(row: Withdrawal, by: User | None) -> None:
    """Who approved neither pays nor books the result. Errors: ``same_person``."""
    if by is not None and by.pk == row.approved_by_id:
        raise SamePerson


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
    """Who approved does not also book the result."""
    allow(row, verb, by)
    not_the_approver(row, by)


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
