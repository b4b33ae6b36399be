"""Pools and what happened in them: rules, events, lots.

The row of a pool is the fold of its events by :mod:`zengzhi.core.economy`. Events and lots are
written only by :mod:`zengzhi.records.settlement.settle`.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from zengzhi.core.economy import verbs
from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock


class RulesVersion(SealedModel):
    """A rules file of spec 4.1 as text; never changed once it was used."""

    sealed: ClassVar[Declared] = Declared(sealed=("name", "text", "created_at"))

    name = models.CharField(_("name"), max_length=40)
    text = models.TextField(_("rules (TOML)"))
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("rules version")
        verbose_name_plural = _("rules versions")

    def __str__(self) -> str:
        return f"{self.name} v{self.pk}"


class Pool(SealedModel):
    """A profit pool (盈利池) and its state after ``sequence`` events."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("code", "rules"),
        projection=dict.fromkeys(
            (
                "sequence",
                "lots_opened",
                "batches",
                "pool_fen",
                "outstanding_units",
                "epoch",
                "pool_reserve_fen",
                "refund_reserve_fen",
                "put_in_fen",
                "paid_out_fen",
                "converted_fen",
                "refunded_fen",
                "closed",
                "head",
            ),
            "the fold of the sealed batches by the core",
        ),
    )

    code = models.SlugField(_("code"), unique=True)
    rules = models.ForeignKey(RulesVersion, verbose_name=_("rules"), on_delete=models.PROTECT)
    sequence = models.BigIntegerField(_("events"), default=0)
    lots_opened = models.BigIntegerField(_("lots"), default=0)
    batches = models.BigIntegerField(_("sealed batches"), default=0)
    pool_fen = models.BigIntegerField(_("pool (fen)"), default=0)
    outstanding_units = models.BigIntegerField(_("outstanding (units)"), default=0)
    epoch = models.IntegerField(_("epoch"), default=1)
    pool_reserve_fen = models.BigIntegerField(_("pool reserve (fen)"), default=0)
    refund_reserve_fen = models.BigIntegerField(_("refund reserve (fen)"), default=0)
    put_in_fen = models.BigIntegerField(_("put in (fen)"), default=0)
    paid_out_fen = models.BigIntegerField(_("paid out (fen)"), default=0)
    converted_fen = models.BigIntegerField(_("converted (fen)"), default=0)
    refunded_fen = models.BigIntegerField(_("taken out by refunds (fen)"), default=0)
    closed = models.BooleanField(_("wound down"), default=False)
    head = models.CharField(_("chain head"), max_length=64, default="0" * 64)

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


class Op(models.IntegerChoices):
    """The verbs as numbers, stable: they are sealed in the packed batches."""

    ORDER = verbs.ORDER.number, _("order")
    SELL = verbs.SELL.number, _("sell")
    SUBSIDISE = verbs.SUBSIDISE.number, _("subsidise")
    GRANT = verbs.GRANT.number, _("grant")
    CONVERT = verbs.CONVERT.number, _("convert")
    REFUND = verbs.REFUND.number, _("refund")
    EXPIRE = verbs.EXPIRE.number, _("expire")
    WIND_DOWN = verbs.WIND_DOWN.number, _("wind down")


class Event(models.Model):
    """One verb as it happened, its answer in numbers, and the pool after it (price history).

    ``id`` is pool × 2⁴⁰ + sequence, and also the id of the event's journal entry.
    """

    id = models.BigIntegerField(primary_key=True)
    pool = models.ForeignKey(
        Pool,
        on_delete=models.PROTECT,
        verbose_name=_("pool"),
        db_constraint=False,
        db_index=False,
    )
    sequence = models.BigIntegerField(_("sequence"))
    event_id = models.CharField(_("event id"), max_length=64)
    op = models.SmallIntegerField(_("verb"), choices=Op)
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        verbose_name=_("member"),
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("fen or units; −1: all"))
    target = models.CharField(_("lot"), max_length=64, blank=True)
    split = models.CharField(_("own split (ppm)"), max_length=32, blank=True)
    parties = models.CharField(_("parties"), max_length=48, blank=True, db_default="")
    error = models.CharField(_("refusal"), max_length=24, blank=True)
    message = models.CharField(_("message"), max_length=200, blank=True)
    points_units = models.BigIntegerField(_("points (units)"), default=0)
    contribution_fen = models.BigIntegerField(_("contribution (fen)"), default=0)
    payout_fen = models.BigIntegerField(_("payout (fen)"), default=0)
    from_pool_fen = models.BigIntegerField(_("from the pool (fen)"), default=0)
    exits = models.IntegerField(_("forced exits"), default=0)
    happened_at = models.DateTimeField(_("happened"))
    pool_fen = models.BigIntegerField(_("pool after (fen)"))
    outstanding_units = models.BigIntegerField(_("outstanding after (units)"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("pool", "event_id"), name="event_id_once"),)
        indexes = (
            models.Index(
                name="sale_of_member",
                fields=("member", "happened_at"),
                condition=models.Q(op=2),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sequence} {self.event_id}"


class LotMovement(models.Model):
    """What one lot gave and got in one event: a part of a sale or a conversion, an exit, its part
    of a pool that was wound down."""

    pk = models.CompositePrimaryKey("event_pk", "position")
    event_pk = models.BigIntegerField()
    position = models.IntegerField()
    lot_pk = models.BigIntegerField(db_index=True)
    is_exit = models.BooleanField()
    units = models.BigIntegerField()
    payout_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("lot movement")
        verbose_name_plural = _("lot movements")


class Lot(models.Model):
    """The points of one order or grant (批次). V, n and c never change."""

    id = models.BigIntegerField(primary_key=True)
    """The id of the event that opened it, so that an event id finds its lot by one index."""
    pool = models.ForeignKey(
        Pool,
        on_delete=models.PROTECT,
        verbose_name=_("pool"),
        db_constraint=False,
        db_index=False,
    )
    sequence = models.BigIntegerField(_("lot sequence"))
    event_id = models.CharField(_("order"), max_length=64)
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        verbose_name=_("member"),
        related_name="lots",
        db_constraint=False,
        db_index=False,
    )
    is_grant = models.BooleanField(_("granted"), default=False)
    spend_fen = models.BigIntegerField(_("spend V (fen)"))
    contribution_fen = models.BigIntegerField(_("contribution c (fen)"))
    granted_units = models.BigIntegerField(_("granted n (units)"))
    remaining_units = models.BigIntegerField(_("remaining q (units)"))
    paid_fen = models.BigIntegerField(_("paid out (fen)"), default=0)
    refunded_fen = models.BigIntegerField(_("refunded R (fen)"), default=0)
    exited = models.BooleanField(_("cycle closed by a forced exit"), default=False)
    opened_at = models.DateTimeField(_("opened"))

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="lot_remaining_in_range",
                condition=models.Q(
                    remaining_units__gte=0, remaining_units__lte=models.F("granted_units")
                ),
            ),
        )
        indexes = (models.Index(name="lot_of_member", fields=("member", "id")),)

    def __str__(self) -> str:
        return self.event_id


class Lease(models.Model):
    """Which settler works on a pool until when. It only keeps settlers out of each other's way:
    what decides is the lock on the pool's row and its sequence."""

    pool = models.OneToOneField(Pool, on_delete=models.CASCADE, primary_key=True)
    holder = models.CharField(_("settler"), max_length=80)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return f"{self.pool_id} {self.holder}"
