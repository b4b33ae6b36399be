"""Many callbacks at once: stored as they come, handled in one transaction.

What a batch cannot decide (forged, stale, known before, for a payment nobody started) is left to
the handling of one callback, which names it. Locks: the callbacks, the arrivals, then what the app
above locks to claim the money.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import compress

from django.db.models import F

from zengzhi.payments.models import Arrival, Callback, Payment, PaymentState
from zengzhi.payments.notice import BadCallback, Notice
from zengzhi.payments.providers import Provider, provider_of
from zengzhi.payments.service import (
    ANSWERS,
    BODY_MAX,
    arrival_for,
    claim_together,
    retry_waiting,
)
from zengzhi.payments.suspense import suspend
from zengzhi.records.control.sealing import once_each
from zengzhi.records.store import clock

logger = logging.getLogger(__name__)
CHUNK = 5_000
ALONE = 1
"""So few callbacks are handled one by one."""


def store_together(
    provider: Provider, said: Sequence[tuple[bytes, str]], at: datetime | None = None
) -> list[int]:
    """Callbacks (body, signature) came: stored as they are, to be handled in the next round."""
    at = at or clock.now()
    rows = [
        Callback(provider=provider.number, body=body, signature=signature, received_at=at)
        for body, signature in said
        if len(body) <= BODY_MAX
    ]
    return [row.pk for row in Callback.objects.bulk_create(rows)]


def handle_waiting(limit: int = 10_000) -> int:
    """Handle what waits without an outcome: what can be in one transaction, the rest one by one;
    how many got through."""
    waiting = Callback.objects.filter(outcome="", tries=0).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:limit])
    done = 0
    if len(keys) > ALONE:
        try:
            with once_each():
                done = _handle(keys)
        except Exception:  # a defect below is one callback's, and keeps the others from nothing
            logger.exception("%s callbacks are handled one by one", len(keys))
    return done + retry_waiting()


def _handle(keys: Sequence[int]) -> int:
    rows = Callback.objects.select_for_update().filter(pk__in=keys, outcome="").order_by("pk")
    known = [(row, notice) for row in rows if (notice := _read(row)) is not None]
    fresh = _fresh(known)
    arrivals = Arrival.objects.bulk_create([arrival_for(row, notice) for row, notice in fresh])
    reasons = claim_together(arrivals)
    paid = [not why for why in reasons]
    for arrival, why in zip(arrivals, reasons, strict=True):
        if why:
            suspend(arrival, why)
    taken = list(compress(arrivals, paid))
    for start in range(0, len(taken), CHUNK):
        references = [arrival.reference for arrival in taken[start : start + CHUNK]]
        payments = Payment.objects.filter(reference__in=references, state=PaymentState.STARTED)
        payments.update(state=PaymentState.PAID)
    _close([row.pk for row, _n in compress(fresh, paid)], "handled", "")
    for (row, _notice), why in zip(fresh, reasons, strict=True):
        if why:
            _close([row.pk], "suspense", why)
    return len(fresh)


def _read(row: Callback) -> Notice | None:
    """What a callback says, ``None`` where the provider did not say it."""
    provider, body = provider_of(row.provider), bytes(row.body)
    if provider is None or not provider.is_signed(body, row.signature):
        return None
    try:
        return provider.read(body, row.received_at)
    except BadCallback:
        return None


def _fresh(said: Sequence[tuple[Callback, Notice]]) -> list[tuple[Callback, Notice]]:
    """Those that bring money nobody has booked, for a payment that was started; each once."""
    started: set[tuple[str, str, int]] = set()
    booked: set[tuple[int, str]] = set()
    for start in range(0, len(said), CHUNK):
        part = [notice for _row, notice in said[start : start + CHUNK]]
        payments = Payment.objects.filter(reference__in=[notice.reference for notice in part])
        started.update(payments.values_list("reference", "subject", "provider"))
        arrivals = Arrival.objects.filter(transaction__in=[notice.transaction for notice in part])
        booked.update(arrivals.values_list("provider", "transaction"))
    found = []
    for row, notice in said:
        number = (row.provider, notice.transaction)
        if number in booked or (notice.reference, notice.subject, row.provider) not in started:
            continue
        booked.add(number)
        found.append((row, notice))
    return found


def _close(keys: Sequence[int], outcome: str, detail: str) -> None:
    for start in range(0, len(keys), CHUNK):
        Callback.objects.filter(pk__in=keys[start : start + CHUNK]).update(
            outcome=outcome, detail=detail, answer=ANSWERS[outcome], tries=F("tries") + 1
        )
