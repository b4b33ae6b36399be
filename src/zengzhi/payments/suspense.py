"""Money in suspense (挂账): it arrived and found nothing to pay, until a person decides.

Whoever decides gives a reason, and the audit log keeps it. Each act takes from what the hold has
left, which it locks, so that two people never give the same money away.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zengzhi.core.errors import IdReused, ZengzhiError
from zengzhi.core.units import format_yuan
from zengzhi.payments.models import Arrival, Payback
from zengzhi.payments.paybacks import send_back
from zengzhi.records.control.audit import note, reason
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import (
    HoldKind,
    HoldState,
    Opening,
    must_move,
    note_done,
    open_holds,
    place,
)
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Place
from zengzhi.records.members.models import User


class NotInSuspense(ZengzhiError):
    """Less is left in suspense than was asked for."""

    code = "not_in_suspense"

    def __init__(self, left_fen: int) -> None:
        super().__init__(
            _("¥%(left)s of this money is left in suspense.") % {"left": format_yuan(left_fen)}
        )


def account(arrival: Arrival) -> Account:
    """The account on which the money waits."""
    return Account(Kind.SUSPENSE, arrival.provider)


def suspend(arrival: Arrival, why: str) -> None:
    """Nothing claimed the money: from the provider to suspense, in the caller's transaction."""
    Arrival.objects.filter(pk=arrival.pk).update(unclaimed=why)
    facts = {"reference": arrival.reference, "subject": arrival.subject, "unclaimed": why}
    entry = Entry("suspense", arrival.code, arrival.arrived_at, values=facts)
    entry.money(Account(Kind.CLEARING, arrival.provider), -arrival.amount_fen)
    entry.money(account(arrival), arrival.amount_fen)
    opening = Opening(arrival.code, arrival.amount_fen, post([entry])[0])
    open_holds(HoldKind.SUSPENSE, [opening], arrival.arrived_at)


def in_suspense(rows: QuerySet[Arrival] | None = None) -> QuerySet[Arrival]:
    """Money that waits for a decision."""
    waiting = Place.objects.filter(kind=HoldKind.SUSPENSE, state=HoldState.OPEN)
    rows = Arrival.objects.all() if rows is None else rows
    return rows.filter(code__in=waiting.values("cause"))


def take(arrival: Arrival, fen: int | None, to: HoldState, at: datetime) -> int:
    """Take an amount, or all that is left, out of suspense, in the caller's transaction; with the
    last of it the hold is over: posted when it was assigned, void when it was sent back.

    Errors: ``not_in_suspense``.
    """
    hold = place(HoldKind.SUSPENSE, arrival.code, lock=True)
    left_fen = hold.amount_fen - hold.done_fen if hold else 0
    fen = left_fen if fen is None else fen
    if hold is None or not 0 < fen <= left_fen:
        raise NotInSuspense(left_fen)
    note_done(HoldKind.SUSPENSE, arrival.code, hold.done_fen + fen)
    if fen == left_fen:
        must_move(HoldKind.SUSPENSE, arrival.code, to, at)
    return fen


def send_back_unclaimed(
    pk: int, fen: int | None, by: User, why: str, token: uuid.UUID, at: datetime
) -> None:
    """Back to the payer through the provider it came by; once per token.

    Errors: ``not_in_suspense``, ``reason_needed``, ``id_reused``.
    """
    why = reason(why)
    number = f"S{token.hex}"
    with transaction.atomic():
        arrival = Arrival.objects.select_for_update().get(pk=pk)
        done = Payback.objects.filter(number=number).first()
        if done is not None:
            if fen not in (None, done.amount_fen) or done.reference != arrival.reference:
                raise IdReused(number)
            return
        fen = take(arrival, fen, HoldState.VOID, at)
        entry = Entry("suspense_refund", number, at, values={"arrival": arrival.code})
        entry.money(account(arrival), -fen)
        post([entry.money(Account(Kind.CLEARING, arrival.provider), fen)])
        send_back(number, arrival.provider, arrival.reference, fen, at)
        note(by, "suspense_refund", arrival.code, f"¥{format_yuan(fen)} {why}")
