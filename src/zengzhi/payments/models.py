"""Payments, the money that arrived, and the raw callbacks of providers. A payment knows its
reference, what it is for as text, and an amount; never an order."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.ledger.chart import PROVIDERS
from zengzhi.records.ledger.holds import HoldKind, place
from zengzhi.records.store import clock
from zengzhi.records.store.encrypted import EncryptedBytes, EncryptedText


class PaymentState(models.TextChoices):
    """Where a payment stands."""

    STARTED = "started", _("Started")
    PAID = "paid", _("Paid")


class Payment(SealedModel):
    """One attempt to pay for something at a provider."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("reference", "subject", "provider", "amount_fen", "state", "created_at")
    )

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    subject = models.CharField(_("for"), max_length=40, db_index=True)
    """What is paid for, as the payer reads it: the order's number."""
    provider = models.SmallIntegerField(_("provider"), choices=PROVIDERS)
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    state = models.CharField(
        _("state"), max_length=10, choices=PaymentState, default=PaymentState.STARTED
    )
    created_at = models.DateTimeField(_("started"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")

    def __str__(self) -> str:
        return self.reference


class Unclaimed(models.TextChoices):
    """Why money that arrived found nothing to pay."""

    UNKNOWN = "unknown", _("nothing known under this reference")
    CLOSED = "closed", _("the order was closed")
    TWICE = "twice", _("the order was paid already")
    REFUNDED = "refunded", _("the order was refunded")
    OVERPAID = "overpaid", _("more than the order costs")
    UNDERPAID = "underpaid", _("less than the order costs")


class Arrival(SealedModel):
    """Money that a provider says has arrived (到账): booked always, whatever it was meant for.

    It pays what its subject asks for, or a hold keeps it on ``suspense:<provider>`` for a person:
    ``unclaimed`` says why, the hold of its ``code`` what was assigned or sent back since.
    """

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "code",
            "provider",
            "transaction",
            "reference",
            "subject",
            "amount_fen",
            "arrived_at",
            "unclaimed",
        )
    )

    code = models.CharField(_("arrival"), max_length=64, unique=True)
    """Its name in the journal: ``demo:T2026…``."""
    provider = models.SmallIntegerField(_("provider"), choices=PROVIDERS)
    transaction = models.CharField(_("provider's number"), max_length=40)
    reference = models.CharField(_("reference"), max_length=40)
    subject = models.CharField(_("for"), max_length=40)
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    arrived_at = models.DateTimeField(_("arrived"))
    unclaimed = models.CharField(
        _("in suspense because"), max_length=10, choices=Unclaimed, blank=True
    )

    class Meta:
        verbose_name = _("money that arrived")
        verbose_name_plural = _("money that arrived")
        ordering = ("-pk",)
        permissions = (("decide_suspense", _("Can assign or send back money in suspense")),)
        constraints = (
            models.UniqueConstraint(fields=("provider", "transaction"), name="arrival_once"),
            models.CheckConstraint(name="arrival_amount", condition=models.Q(amount_fen__gt=0)),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def left_fen(self) -> int:
        """What of it is in suspense."""
        hold = place(HoldKind.SUSPENSE, self.code) if self.unclaimed else None
        return hold.amount_fen - hold.done_fen if hold else 0


class Callback(SealedModel):
    """A provider's callback as it came, stored before it is judged; forged ones too.

    Without an outcome it waits: its handling failed, and it is handled again.
    """

    sealed: ClassVar[Declared] = Declared(
        sealed=("provider", "signature", "received_at", "outcome", "answer", "tries"),
        personal=("body", "detail"),
    )

    provider = models.SmallIntegerField(_("provider"), choices=PROVIDERS)
    body = EncryptedBytes(_("body"))
    signature = models.CharField(_("signature"), max_length=128)
    received_at = models.DateTimeField(_("received"))
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    answer = models.PositiveSmallIntegerField(_("answered (HTTP)"), null=True, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        ordering = ("-pk",)
        permissions = (("retry_callback", _("Can handle a callback again")),)
        indexes = (
            models.Index(name="callback_waits", fields=("id",), condition=models.Q(outcome="")),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.received_at:%F %T}"


class PaybackState(models.TextChoices):
    """Where money sent back stands."""

    WAITING = "waiting", _("to be sent")
    DONE = "done", _("sent back")
    FAILED = "failed", _("refused by the provider")


class Payback(SealedModel):
    """Money on its way back to a payer through the provider it came by, once per number. It is
    booked when it is decided, and committed before the provider hears of it."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("number", "provider", "reference", "amount_fen", "state", "created_at"),
        personal=("detail",),
    )

    number = models.CharField(_("number"), max_length=40, unique=True)
    provider = models.SmallIntegerField(_("provider"), choices=PROVIDERS)
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    state = models.CharField(
        _("state"), max_length=10, choices=PaybackState, default=PaybackState.WAITING
    )
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("money sent back")
        verbose_name_plural = _("money sent back")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="payback_amount", condition=models.Q(amount_fen__gt=0)),
        )
        indexes = (
            models.Index(name="payback_waits", fields=("id",), condition=models.Q(state="waiting")),
        )

    def __str__(self) -> str:
        return self.number


class DemoPayout(SealedModel):
    """A payment to somebody as the demo channel keeps it: once per out-trade number."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("number", "amount_fen", "created_at"), personal=("account",)
    )

    number = models.CharField(max_length=40, unique=True)
    amount_fen = models.PositiveBigIntegerField()
    account = EncryptedText(max_length=64)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.number
