"""Payments and the raw callbacks of providers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zengzhi.mall.models import Order
from zengzhi.records.store import clock


class PaymentState(models.TextChoices):
    """Where a payment stands."""

    STARTED = "started", _("Started")
    PAID = "paid", _("Paid")


class Payment(models.Model):
    """One attempt to pay an order at a provider."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    order = models.OneToOneField(Order, verbose_name=_("order"), on_delete=models.PROTECT)
    provider = models.SmallIntegerField(_("provider"))
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    state = models.CharField(
        _("state"), max_length=10, choices=PaymentState, default=PaymentState.STARTED
    )
    created_at = models.DateTimeField(_("started"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")

    def __str__(self) -> str:
        return self.reference


class Callback(models.Model):
    """A provider's callback as it came, stored before it is handled."""

    provider = models.SmallIntegerField(_("provider"))
    body = models.BinaryField(_("body"))
    signature = models.CharField(_("signature"), max_length=128)
    received_at = models.DateTimeField(_("received"), default=clock.now, editable=False)
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")

    def __str__(self) -> str:
        return f"{self.provider} {self.received_at:%F %T}"


class DemoPayout(models.Model):
    """A payment to a member as the demo channel keeps it: once per out-trade number."""

    number = models.CharField(max_length=40, unique=True)
    amount_fen = models.PositiveBigIntegerField()
    account = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.number
