"""Money in suspense (挂账): it arrived and found nothing to pay, until a person decides.

Whoever decides gives a reason, and the audit log keeps it. Each act takes from what is left by a
conditional update, so that two people never give the same money away.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from zengzhi.core.errors import IdReused, ZengzhiError
from zengzhi.core.units import format_yuan
from zengzhi.payments.models import Arrival, Payback
from zengzhi.payments.paybacks import send_back
from zengzhi.records.control.audit import note, reason
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, post
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
    entry = Entry("suspense", arrival.code, arrival.arrived_at)
    entry.money(Account(Kind.CLEARING, arrival.provider), -arrival.amount_fen)
    post([entry.money(account(arrival), arrival.amount_fen)])


def take(pk: int, fen: int | None) -> tuple[Arrival, int]:
    """Take an amount, or all that is left, out of suspense, in the caller's transaction.

    Errors: ``not_in_suspense``.
    """
    arrival = Arrival.objects.select_for_update().get(pk=pk)
    fen = arrival.left_fen if fen is None else fen
    if not 0 < fen <= arrival.left_fen:
        raise NotInSuspense(arrival.left_fen)
    Arrival.objects.filter(pk=pk).update(done_fen=F("done_fen") + fen)
    return arrival, fen


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
        arrival, fen = take(pk, fen)
        entry = Entry("suspense_refund", number, at)
        entry.money(account(arrival), -fen)
        post([entry.money(Account(Kind.CLEARING, arrival.provider), fen)])
        send_back(number, arrival.provider, arrival.reference, fen, at)
        note(by, "suspense_refund", arrival.code, f"¥{format_yuan(fen)} {why}")
