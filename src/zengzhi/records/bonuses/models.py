"""Distribution on record: versioned plans, the bonus lines of each order, dividend runs.

A plan is never changed once it left the draft; an order keeps the version it was paid under.
"""

from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from zengzhi.records.bonuses.kept import kept_fen
from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.models import Place
from zengzhi.records.members.models import Member, Period, User
from zengzhi.records.store import clock


class PlanState(models.TextChoices):
    """Where a plan version stands (spec 2.5). Active and superseded follow from the moments."""

    DRAFT = "draft", _("Draft")
    VALIDATED = "validated", _("Validated")
    APPROVED = "approved", _("Approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Plan(SealedModel):
    """A version of the bonus plan (奖金计划), a TOML text."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "name",
            "text",
            "state",
            "created_by",
            "created_at",
            "bound_ppm",
            "findings",
            "acknowledged_by",
            "acknowledged_at",
            "acknowledged_why",
            "approved_by",
            "approved_at",
            "active_from",
        )
    )

    name = models.CharField(_("name"), max_length=40)
    text = models.TextField(_("plan (TOML)"))
    state = models.CharField(
        _("state"), max_length=12, choices=PlanState, default=PlanState.DRAFT, editable=False
    )
    created_by = models.ForeignKey(
        User, verbose_name=_("drafted by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("drafted"), default=clock.now, editable=False)
    bound_ppm = models.PositiveBigIntegerField(_("worst case (ppm of the paid amount)"), null=True)
    findings = models.JSONField(_("findings"), default=list, editable=False)
    acknowledged_by = models.ForeignKey(
        User,
        verbose_name=_("acknowledged by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_why = models.CharField(_("why acknowledged"), max_length=300, blank=True)
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    active_from = models.DateTimeField(_("active from"), null=True, db_index=True)

    class Meta:
        verbose_name = _("bonus plan")
        verbose_name_plural = _("bonus plans")
        ordering = ("-pk",)
        permissions = (
            ("draft_plan", _("Can draft, ask for and activate bonus plans")),
            ("approve_plan", _("Can acknowledge bonus plans")),
        )
        constraints = (
            models.CheckConstraint(
                name="plan_four_eyes",
                condition=(
                    models.Q(approved_by=None) | ~models.Q(approved_by=models.F("created_by"))
                )
                & (
                    models.Q(acknowledged_by=None)
                    | ~models.Q(acknowledged_by=models.F("created_by"))
                ),
            ),
            models.CheckConstraint(
                name="plan_active_only_approved",
                condition=models.Q(active_from=None)
                | models.Q(state="approved", approved_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} v{self.pk}"


class BonusKind(models.IntegerChoices):
    """The kinds of spec 2.3 as numbers, stable."""

    DIRECT = 1, _("direct bonus")
    INDIRECT = 2, _("indirect bonus")
    RANK_DIFFERENCE = 3, _("rank difference")
    PEER = 4, _("peer bonus")
    DISTRICT_AGENT = 5, _("district agent bonus")
    CITY_AGENT = 6, _("city agent bonus")
    PROVINCE_AGENT = 7, _("province agent bonus")


class OrderState(models.IntegerChoices):
    """Where the bonuses of an order stand."""

    PENDING = 1, _("pending")
    SETTLED = 2, _("settled")
    REVERSED = 3, _("reversed")


class LineState(models.IntegerChoices):
    """Where a bonus line stands."""

    PENDING = 1, _("pending")
    AVAILABLE = 2, _("available")
    REVERSED = 3, _("reversed")
    NOTHING = 4, _("not received")


ORDER_STATES = {
    HoldState.OPEN: OrderState.PENDING,
    HoldState.PARKED: OrderState.PENDING,
    HoldState.POSTED: OrderState.SETTLED,
    HoldState.VOID: OrderState.REVERSED,
}
LINE_STATES = {
    HoldState.OPEN: LineState.PENDING,
    HoldState.PARKED: LineState.PENDING,
    HoldState.POSTED: LineState.AVAILABLE,
    HoldState.VOID: LineState.REVERSED,
}
WAITING = (HoldState.OPEN, HoldState.PARKED)


class Hold(NamedTuple):
    """How the bonuses of an order stand: the state of its hold, and what of it was refunded."""

    state: int
    refunded_fen: int


def with_hold(rows: models.QuerySet[Any], number: str) -> models.QuerySet[Any]:
    """Each row with ``hold_state`` and ``hold_refunded_fen``, to filter by and to show; ``number``:
    where it has its order's number."""
    hold = Place.objects.filter(kind=HoldKind.BONUS, cause=models.OuterRef(number))
    found: models.QuerySet[Any] = rows.annotate(
        hold_state=models.Subquery(hold.values("state")[:1]),
        hold_refunded_fen=models.Subquery(hold.values("done_fen")[:1]),
    )
    return found


def _hold_of(row: models.Model, order: str) -> Hold:
    if "hold_state" in row.__dict__:
        return Hold(row.__dict__["hold_state"], row.__dict__["hold_refunded_fen"])
    found = Place.objects.filter(kind=HoldKind.BONUS, cause=order)
    return Hold(*found.values_list("state", "done_fen").get())


class OrderBonus(models.Model):
    """What the plan did with one paid order: base, budget, who stood above the buyer then. Follows
    from its sealed entry; the order's hold says how it stands."""

    id = models.BigIntegerField(primary_key=True)
    """The number of the entry that set the bonuses aside."""
    order = models.CharField(_("order"), max_length=64, unique=True)
    pool_id = models.BigIntegerField()
    member = models.ForeignKey(
        Member, verbose_name=_("buyer"), on_delete=models.PROTECT, related_name="+"
    )
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    base_fen = models.BigIntegerField(_("paid amount (fen)"))
    budget_fen = models.BigIntegerField(_("distribution budget (fen)"))
    distribution_ppm = models.BigIntegerField(_("distribution part (ppm)"))
    lines_fen = models.BigIntegerField(_("bonus lines (fen)"), default=0)
    dividend_fen = models.BigIntegerField(_("into the dividend pool (fen)"), default=0)
    region = models.CharField(_("region"), max_length=12, blank=True)
    upline = models.TextField(_("upline then"), blank=True)
    """Compact, from the sponsor upward: ``12:V1 7: 3:V2:s`` (``s``: suspended then, ``t``: with a
    team below the target)."""
    paid_at = models.DateTimeField(_("paid"))

    class Meta:
        verbose_name = _("distribution of an order")
        verbose_name_plural = _("distribution of orders")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="bonuses_within_budget",
                condition=models.Q(
                    lines_fen__gte=0,
                    dividend_fen__gte=0,
                    budget_fen__gte=models.F("lines_fen") + models.F("dividend_fen"),
                ),
            ),
        )
        indexes = (models.Index(name="bonus_order_of_buyer", fields=("member", "-id")),)

    def __str__(self) -> str:
        return self.order

    @cached_property
    def hold(self) -> Hold:
        """How the order's bonuses stand: read with the row by :func:`with_hold`."""
        return _hold_of(self, self.order)

    @property
    def state(self) -> OrderState:
        """Pending, settled, wholly reversed."""
        return ORDER_STATES[HoldState(self.hold.state)]

    @property
    def refunded_fen(self) -> int:
        """What of the order was refunded so far."""
        return self.hold.refunded_fen

    def get_state_display(self) -> str:
        """The state in words."""
        return str(self.state.label)


class BonusLine(models.Model):
    """One member's bonus of one kind on one order, or why it is nothing."""

    id = models.BigIntegerField(primary_key=True)
    order = models.ForeignKey(
        OrderBonus,
        verbose_name=_("order"),
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,
    )
    beneficiary = models.ForeignKey(
        Member,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="bonus_lines",
        db_index=False,
    )
    kind = models.SmallIntegerField(_("kind"), choices=BonusKind)
    rate_ppm = models.BigIntegerField(_("rate (ppm)"))
    base_fen = models.BigIntegerField(_("base (fen)"))
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    reason = models.CharField(_("reason"), max_length=32, blank=True)
    """Why it is nothing, or was cut: a code of the core."""
    due_fen = models.BigIntegerField(_("due before the cut (fen)"))
    trace = models.CharField(_("trace"), max_length=120, blank=True)
    """The numbers behind the words, as the core's ``Trace``: a JSON list."""
    paid_at = models.DateTimeField(_("paid"))

    class Meta:
        verbose_name = _("bonus line")
        verbose_name_plural = _("bonus lines")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                name="bonus_once_per_kind", fields=("order", "beneficiary", "kind")
            ),
            models.CheckConstraint(
                name="bonus_amount_in_range",
                condition=models.Q(amount_fen__gte=0, due_fen__gte=models.F("amount_fen")),
            ),
        )
        indexes = (models.Index(name="bonus_line_of_member", fields=("beneficiary", "-id")),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.order_id}"

    @cached_property
    def hold(self) -> Hold:
        """How the order's bonuses stand: read with the row by :func:`with_hold`."""
        if "hold_state" in self.__dict__:
            return _hold_of(self, "")
        return self.order.hold

    @property
    def state(self) -> LineState:
        """Pending, available, reversed, or nothing from the start."""
        if self.amount_fen == 0:
            return LineState.NOTHING
        return LINE_STATES[HoldState(self.hold.state)]

    @property
    def kept_fen(self) -> int:
        """What is left of the amount after refunds."""
        return kept_fen(self.amount_fen, self.hold.refunded_fen, self.order.base_fen)

    @property
    def reversed_fen(self) -> int:
        """What refunds took back of the amount."""
        return self.amount_fen - self.kept_fen

    def get_state_display(self) -> str:
        """The state in words."""
        return str(self.state.label)


class Shareholding(Period):
    """The shares that weigh in the dividend (股东加权分红)."""

    sealed: ClassVar[Declared] = Declared(sealed=("since", "until", "member", "shares"))

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+"
    )
    shares = models.PositiveBigIntegerField(_("shares"))

    class Meta(Period.Meta):
        verbose_name = _("shareholding for dividends")
        verbose_name_plural = _("shareholdings for dividends")

    def __str__(self) -> str:
        return f"{self.member_id}: {self.shares}"


class RankWeight(Period):
    """What one share of a holder with a rank of this level weighs in the dividend."""

    sealed: ClassVar[Declared] = Declared(sealed=("since", "until", "level", "weight"))

    level = models.PositiveSmallIntegerField(_("level"))
    weight = models.PositiveIntegerField(_("weight of a share in the dividend"))

    class Meta(Period.Meta):
        verbose_name = _("weight of a rank in the dividend")
        verbose_name_plural = _("weights of ranks in the dividend")

    def __str__(self) -> str:
        return f"V{self.level}: {self.weight}"


class DividendLock(models.Model):
    """One row: whoever takes from the dividend pool holds it, so that it never goes below zero."""


class DividendRun(SealedModel):
    """One run per period: first the list is frozen, then it is paid."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "period",
            "plan",
            "record_at",
            "pool_fen",
            "paid_fen",
            "stage",
            "listed_by",
            "paid_by",
            "paid_at",
        )
    )

    class Stage(models.TextChoices):
        """How far it is."""

        LISTED = "listed", _("list frozen")
        PAID = "paid", _("paid")

    period = models.CharField(_("period"), max_length=7, unique=True, help_text="2026-11")
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="+"
    )
    record_at = models.DateTimeField(_("record date"))
    pool_fen = models.BigIntegerField(_("to distribute (fen)"))
    paid_fen = models.BigIntegerField(_("paid out (fen)"), null=True)
    """Less than was to be distributed where a refund came between list and payment."""
    stage = models.CharField(_("stage"), max_length=8, choices=Stage, default=Stage.LISTED)
    listed_by = models.ForeignKey(
        User, verbose_name=_("listed by"), on_delete=models.PROTECT, related_name="+"
    )
    paid_by = models.ForeignKey(
        User, verbose_name=_("paid by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    paid_at = models.DateTimeField(_("paid"), null=True)

    class Meta:
        verbose_name = _("dividend run")
        verbose_name_plural = _("dividend runs")
        permissions = (("run_dividend", _("Can freeze dividends and ask for their payment")),)
        ordering = ("-period",)
        constraints = (
            models.CheckConstraint(
                name="dividend_paid_in_range",
                condition=models.Q(paid_fen=None)
                | models.Q(paid_fen__gte=0, paid_fen__lte=models.F("pool_fen")),
            ),
        )

    def __str__(self) -> str:
        return self.period


class DividendPart(SealedModel):
    """One holder's part of a run; the parts sum exactly to what is distributed."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("run", "member", "shares", "level", "weight", "amount_fen")
    )

    run = models.ForeignKey(DividendRun, on_delete=models.PROTECT, related_name="parts")
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="dividends"
    )
    shares = models.BigIntegerField(_("shares"))
    level = models.PositiveSmallIntegerField(_("level"))
    weight = models.BigIntegerField(_("weight"))
    amount_fen = models.BigIntegerField(_("amount (fen)"))

    class Meta:
        verbose_name = _("dividend part")
        verbose_name_plural = _("dividend parts")
        constraints = (
            models.UniqueConstraint(fields=("run", "member"), name="dividend_part_once"),
        )

    def __str__(self) -> str:
        return f"{self.run_id} {self.member_id}"
