"""Start payments, and handle callbacks: stored raw, then judged, then handled once (spec 7.1).

The app above says once, when it is ready, who claims money that arrives. No signals. Locks: the
callback, the arrival; what the app above locks to claim the money comes after them.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.payments.models import Arrival, Callback, Payment, PaymentState
from zengzhi.payments.notice import BadCallback, Notice
from zengzhi.payments.providers import Provider, provider_of
from zengzhi.payments.suspense import suspend
from zengzhi.records.control.sealing import once_each
from zengzhi.records.ledger.chart import PROVIDERS
from zengzhi.records.store import clock

logger = logging.getLogger(__name__)

BODY_MAX = 65_536
"""Longer callbacks are cut before they are stored, and refused."""
ANSWERS = {"handled": 200, "repeated": 200, "suspense": 200}
"""Outcome → HTTP answer; anything else is refused with 400, a failure asks to be sent again."""
REFUSED, TRY_AGAIN = 400, 503

Claim = Callable[[Arrival], str]
"""Book the money in the caller's transaction and answer "", or leave it alone and say why
(:class:`~zengzhi.payments.models.Unclaimed`)."""

ClaimTogether = Callable[[Sequence[Arrival]], list[str]]
"""The same for much at once: each answer in its place."""


def _nobody(_arrival: Arrival) -> str:
    return "unknown"


def _nothing(_arrival: Arrival) -> None:
    return


_claim: Claim = _nobody
_booked: Callable[[Arrival], None] = _nothing
_claim_together: ClaimTogether | None = None


def on_arrival(
    claim: Claim,
    booked: Callable[[Arrival], None] = _nothing,
    together: ClaimTogether | None = None,
) -> None:
    """Set who claims money that arrives, and what is done once that is committed. The latter may be
    lost with the process, and is then done by whoever looks for what is due; so it is for money
    that is claimed ``together``."""
    global _claim, _booked, _claim_together
    _claim, _booked, _claim_together = claim, booked, together


def claim_together(arrivals: Sequence[Arrival]) -> list[str]:
    """Offer the money of many; each answer as that of one."""
    if _claim_together is None:
        return [_claim(arrival) for arrival in arrivals]
    return _claim_together(arrivals)


def start_payment(subject: str, amount_fen: int, provider: int) -> Payment:
    """The payment for something at a provider; started once."""
    payment, _made = Payment.objects.get_or_create(
        reference=f"D{subject}" if provider == 1 else f"P{provider}-{subject}",
        defaults={
            "subject": subject,
            "provider": provider,
            "amount_fen": amount_fen,
            "created_at": clock.now,
        },
    )
    return payment


def receive(
    provider: Provider, body: bytes, signature: str, at: datetime | None = None
) -> Callback:
    """A callback came: stored as it is, then handled; the row says what became of it.

    A defect below, or a database that is lost, is noted on the row, which then waits without an
    outcome, and raised.
    """
    row = Callback.objects.create(
        provider=provider.number,
        body=body[:BODY_MAX],
        signature=signature.encode("ascii", "replace").decode().replace("\x00", "?")[:128],
        received_at=at or clock.now(),
    )
    if len(body) > BODY_MAX:
        return _close(row, "bad_callback", "too long")
    return _handle(row, provider)


def handle(pk: int) -> Callback:
    """Handle a stored callback that has no outcome yet; the others stay as they are."""
    row = Callback.objects.get(pk=pk)
    return row if row.outcome else _handle(row, provider_of(row.provider))


def _handle(row: Callback, provider: Provider | None) -> Callback:
    try:
        row, arrival = _judge(row, provider)
    except Exception as error:
        logger.exception("callback %s waits: it could not be handled", row.pk)
        _note_failure(row, error)
        raise
    if arrival is not None:
        _follow(row, arrival)
    return row


def _follow(row: Callback, arrival: Arrival) -> None:
    """What comes after the commit. The money is booked whatever becomes of it, so a failure is
    noted, not raised: what is due then stays due."""
    try:
        _booked(arrival)
    except (DatabaseError, ZengzhiError):
        logger.exception("callback %s is handled; what follows it is done later", row.pk)


def _note_failure(row: Callback, error: Exception) -> None:
    try:
        with transaction.atomic():
            Callback.objects.filter(pk=row.pk, outcome="").update(
                detail=f"{type(error).__name__}: {error}".replace("\x00", "")[:200],
                answer=TRY_AGAIN,
                tries=row.tries + 1,
            )
    except DatabaseError:
        logger.exception("nor could that be noted")


def _judge(row: Callback, provider: Provider | None) -> tuple[Callback, Arrival | None]:
    """The callback with its outcome, and the money when it is booked for what it was paid for."""
    body = bytes(row.body)
    if provider is None or not provider.is_signed(body, row.signature):
        return _close(row, "bad_callback", "wrong signature"), None
    try:
        notice = provider.read(body, row.received_at)
    except BadCallback as refusal:
        return _close(row, refusal.code, refusal.message), None
    with once_each():
        row = Callback.objects.select_for_update().defer("body").get(pk=row.pk)
        return (row, None) if row.outcome else _arrived(row, notice)


def _arrived(row: Callback, notice: Notice) -> tuple[Callback, Arrival | None]:
    """Book the money of a locked callback, once per number of the provider."""
    values = _arrival_values(row, notice)
    arrival, made = Arrival.objects.get_or_create(
        provider=row.provider, transaction=notice.transaction, defaults=values
    )
    if not made:
        said = (notice.reference, notice.subject, notice.amount_fen)
        same = said == (arrival.reference, arrival.subject, arrival.amount_fen)
        if not same:
            return _close(row, "bad_callback", "contradicts an earlier one"), None
        return _close(row, "repeated", ""), arrival
    why = _claimed(arrival)
    if why:
        suspend(arrival, why)
        return _close(row, "suspense", why), None
    return _close(row, "handled", ""), arrival


def _arrival_values(row: Callback, notice: Notice) -> dict[str, Any]:
    return {
        "code": f"{PROVIDERS[row.provider]}:{notice.transaction}",
        "reference": notice.reference,
        "subject": notice.subject,
        "amount_fen": notice.amount_fen,
        "arrived_at": row.received_at,
    }


def arrival_for(row: Callback, notice: Notice) -> Arrival:
    """The money that a callback says arrived, not saved yet."""
    number = {"provider": row.provider, "transaction": notice.transaction}
    return Arrival(**number, **_arrival_values(row, notice))


def _claimed(arrival: Arrival) -> str:
    """ "" when what the payment is for took the money, else why not."""
    payment = Payment.objects.filter(
        reference=arrival.reference, subject=arrival.subject, provider=arrival.provider
    )
    if not payment.exists():
        return "unknown"
    why = _claim(arrival)
    if not why:
        payment.filter(state=PaymentState.STARTED).update(state=PaymentState.PAID)
    return why


def _close(row: Callback, outcome: str, detail: str) -> Callback:
    row.outcome, row.detail, row.tries = outcome, detail[:200], row.tries + 1
    row.answer = ANSWERS.get(outcome, REFUSED)
    row.save(update_fields=["outcome", "detail", "tries", "answer"])
    if row.answer == REFUSED:
        logger.warning("callback %s of provider %s refused: %s", row.pk, row.provider, detail)
    return row


def retry_waiting(limit: int = 100) -> int:
    """Handle again what waits without an outcome, the oldest first; how many got through."""
    waiting = Callback.objects.filter(outcome="").order_by("pk")
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        try:
            handle(pk)
            done += 1
        except Exception:  # noqa: S112 (logged and noted on its row; the next one is tried)
            continue
    return done
