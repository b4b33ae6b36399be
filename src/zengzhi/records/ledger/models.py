"""The append-only double-entry journal.

UPDATE and DELETE are refused by the database, and so is a transaction whose legs do not sum to
zero per unit: see the triggers in the migrations. A mistake is corrected by a new transaction that
names the old one.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Number(models.Model):
    """Hands out the ids of transactions that belong to no pool; settled ones carry their
    event's id (pool × 2⁴⁰ + sequence)."""


class Transaction(models.Model):
    """The head of a journal entry. Its legs are complete when it is committed, never later."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=20)
    reference = models.CharField(_("reference"), max_length=64)
    happened_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"))
    version = models.CharField(_("rules version"), max_length=40, blank=True)
    corrects = models.BigIntegerField(_("corrects"), null=True, blank=True)
    leg_count = models.IntegerField(_("legs"))

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="transaction_has_legs", condition=models.Q(leg_count__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Leg(models.Model):
    """One account's part of a transaction."""

    pk = models.CompositePrimaryKey("transaction_id", "position")
    transaction_id = models.BigIntegerField()
    position = models.IntegerField()
    kind = models.SmallIntegerField(_("account kind"))
    owner = models.BigIntegerField(_("account owner"))
    unit = models.SmallIntegerField(_("unit"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        indexes = (
            models.Index(
                name="leg_of_member",
                fields=("kind", "owner", "transaction_id"),
                condition=models.Q(kind__gte=11, kind__lte=16),
            ),
        )
        constraints = (
            models.CheckConstraint(name="leg_position", condition=models.Q(position__gte=0)),
        )


class Balance(models.Model):
    """The running balance of one member account: a projection of its legs, guarded by the
    database. Only members have one: a shared row would serialise everybody."""

    kind = models.SmallIntegerField()
    owner = models.BigIntegerField()
    amount = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = (
            models.UniqueConstraint(fields=("kind", "owner"), name="balance_once"),
            models.CheckConstraint(
                name="balance_sign",
                condition=models.Q(kind__in=(11, 12, 13, 15), amount__gte=0)
                | models.Q(kind__in=(14, 16)),
            ),
        )
