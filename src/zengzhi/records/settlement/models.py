"""Pools and what happened in them: rules, events, lots.

The row of a pool is the fold of its events by :mod:`zengzhi.core.economy`. Events and lots are
written only by :mod:`zengzhi.records.settlement.settle`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zengzhi.records.members.models import Member


class RulesVersion(models.Model):
    """A rules file of spec 4.1 as text; never changed once it was used."""

    name = models.CharField(_("name"), max_length=40)
    text = models.TextField(_("rules (TOML)"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("rules version")
        verbose_name_plural = _("rules versions")

    def __str__(self) -> str:
        return f"{self.name} v{self.pk}"


class Pool(models.Model):
    """A profit pool (盈利池) and its state after ``sequence`` events."""

    code = models.SlugField(_("code"), unique=True)
    rules = models.ForeignKey(RulesVersion, verbose_name=_("rules"), on_delete=models.PROTECT)
    sequence = models.BigIntegerField(_("events"), default=0)
    lots = models.BigIntegerField(_("lots"), default=0)
    pool_fen = models.BigIntegerField(_("pool (fen)"), default=0)
    outstanding_units = models.BigIntegerField(_("outstanding (units)"), default=0)
    epoch = models.IntegerField(_("epoch"), default=1)
    pool_reserve_fen = models.BigIntegerField(_("pool reserve (fen)"), default=0)
    refund_reserve_fen = models.BigIntegerField(_("refund reserve (fen)"), default=0)
    put_in_fen = models.BigIntegerField(_("put in (fen)"), default=0)
    paid_out_fen = models.BigIntegerField(_("paid out (fen)"), default=0)
    converted_fen = models.BigIntegerField(_("converted (fen)"), default=0)
    refunded_fen = models.BigIntegerField(_("taken out by refunds (fen)"), default=0)

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        constraints = (
            models.CheckConstraint(
                name="pool_never_negative",
                condition=models.Q(pool_fen__gte=0, outstanding_units__gte=0),
            ),
        )

    def __str__(self) -> str:
        return self.code


class Event(models.Model):
    """One verb as it happened, its answer, and the pool after it (the price history)."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, verbose_name=_("pool"))
    sequence = models.BigIntegerField(_("sequence"))
    event_id = models.CharField(_("event id"), max_length=64)
    op = models.CharField(_("verb"), max_length=12)
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, verbose_name=_("member"), null=True, blank=True
    )
    content = models.JSONField(_("content"))
    reply = models.JSONField(_("answer"))
    happened_at = models.DateTimeField(_("happened"))
    pool_fen = models.BigIntegerField(_("pool (fen)"))
    outstanding_units = models.BigIntegerField(_("outstanding (units)"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("pool", "sequence")
        constraints = (
            models.UniqueConstraint(fields=("pool", "sequence"), name="event_sequence_once"),
            models.UniqueConstraint(fields=("pool", "event_id"), name="event_id_once"),
        )

    def __str__(self) -> str:
        return f"{self.sequence} {self.op} {self.event_id}"


class Lot(models.Model):
    """The points of one order or grant (批次). V, n and c never change."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, verbose_name=_("pool"))
    sequence = models.BigIntegerField(_("lot sequence"))
    event_id = models.CharField(_("order"), max_length=64)
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, verbose_name=_("member"), related_name="lots"
    )
    is_grant = models.BooleanField(_("granted"), default=False)
    spend_fen = models.BigIntegerField(_("spend V (fen)"))
    contribution_fen = models.BigIntegerField(_("contribution c (fen)"))
    granted_units = models.BigIntegerField(_("granted n (units)"))
    remaining_units = models.BigIntegerField(_("remaining q (units)"))
    paid_fen = models.BigIntegerField(_("paid out (fen)"), default=0)
    refunded_fen = models.BigIntegerField(_("refunded R (fen)"), default=0)
    exit_fen = models.BigIntegerField(_("paid by forced exit (fen)"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    exited_at = models.DateTimeField(_("exited"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("pool", "sequence")
        constraints = (
            models.UniqueConstraint(fields=("pool", "sequence"), name="lot_sequence_once"),
            models.UniqueConstraint(fields=("pool", "event_id"), name="lot_event_once"),
            models.CheckConstraint(
                name="lot_remaining_in_range",
                condition=models.Q(
                    remaining_units__gte=0, remaining_units__lte=models.F("granted_units")
                ),
            ),
        )
        indexes = (models.Index(fields=("member", "sequence")),)

    def __str__(self) -> str:
        return self.event_id
