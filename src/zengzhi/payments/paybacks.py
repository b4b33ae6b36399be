"""Money back to a payer through its provider: noted with its booking, sent after the commit.

The provider sees a number at most once as something new: asked again after a timeout or a crash it
does not pay again.
"""

import logging
from datetime import datetime

from django.db import transaction

from zengzhi.payments.models import Payback, PaybackState
from zengzhi.payments.providers import provider_of
from zengzhi.records.wallet.payout import Answer, ChannelTimeout

logger = logging.getLogger(__name__)


def send_back(number: str, provider: int, reference: str, amount_fen: int, at: datetime) -> None:
    """Note in the caller's transaction that this much goes back; the provider hears of it later."""
    Payback.objects.create(
        number=number,
        provider=provider,
        reference=reference,
        amount_fen=amount_fen,
        created_at=at,
    )


def send_waiting(limit: int = 100) -> int:
    """Ask the providers to pay what waits, the oldest first; how many were answered.

    A provider that is not configured, or does not answer, leaves its rows waiting.
    """
    answered = 0
    for row in Payback.objects.filter(state=PaybackState.WAITING).order_by("pk")[:limit]:
        provider = provider_of(row.provider)
        if provider is None:
            continue
        try:
            result = provider.send_back(row.number, row.reference, row.amount_fen)
        except ChannelTimeout:
            logger.warning("no answer about %s: it is asked again", row.number)
            continue
        state = {Answer.PAID: PaybackState.DONE, Answer.FAILED: PaybackState.FAILED}.get(
            result.answer
        )
        if state is not None:
            answered += _book(row.pk, state, result.reason)
    return answered


def _book(pk: int, state: PaybackState, detail: str) -> int:
    with transaction.atomic():
        waiting = Payback.objects.filter(pk=pk, state=PaybackState.WAITING)
        return waiting.update(state=state, detail=detail[:200])


def try_again(pk: int) -> bool:
    """A payback that its provider refused waits again; whether it did change."""
    failed = Payback.objects.filter(pk=pk, state=PaybackState.FAILED)
    return failed.update(state=PaybackState.WAITING) == 1
