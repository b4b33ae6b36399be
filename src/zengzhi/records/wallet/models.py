"""Payee accounts, withdrawals and the taxable income of members.

The wallet (零钱) has no balance of its own: it is the member's accounts in the journal.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock
from zengzhi.records.store.encrypted import EncryptedBytes, EncryptedText
from zengzhi.records.wallet.masking import mask_name, mask_number
from zengzhi.records.wallet.terms import DEFAULTS


def _staff(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=label,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )


class WithdrawalTerms(SealedModel):
    """A version of the withdrawal terms: added, never changed; a withdrawal pins its own."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "minimum_fen",
            "maximum_fen",
            "daily_fen",
            "daily_count",
            "fee_fen",
            "fee_ppm",
            "four_eyes_above_fen",
            "cooling_hours",
            "arrival_days",
            "tax_table",
            "created_at",
            "created_by",
        )
    )

    minimum_fen = models.PositiveBigIntegerField(_("minimum"), default=DEFAULTS.minimum_fen)
    maximum_fen = models.PositiveBigIntegerField(_("maximum"), default=DEFAULTS.maximum_fen)
    daily_fen = models.PositiveBigIntegerField(_("limit a day"), default=DEFAULTS.daily_fen)
    daily_count = models.PositiveIntegerField(_("times a day"), default=DEFAULTS.daily_count)
    fee_fen = models.PositiveBigIntegerField(_("fixed fee"), default=DEFAULTS.fee_fen)
    fee_ppm = models.PositiveIntegerField(_("fee rate (ppm)"), default=DEFAULTS.fee_ppm)
    four_eyes_above_fen = models.PositiveBigIntegerField(
        _("second person above"), default=DEFAULTS.four_eyes_above_fen
    )
    cooling_hours = models.PositiveIntegerField(
        _("hours before a changed account can be used"), default=DEFAULTS.cooling_hours
    )
    arrival_days = models.PositiveIntegerField(
        _("days until the money arrives"), default=DEFAULTS.arrival_days
    )
    tax_table = models.CharField(_("tax table"), max_length=20, default=DEFAULTS.tax_table)
    created_at = models.DateTimeField(_("since"), default=clock.now, editable=False)
    created_by = _staff(_("set by"))

    class Meta:
        verbose_name = _("withdrawal terms")
        verbose_name_plural = _("withdrawal terms")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="terms_make_sense",
                condition=Q(
                    minimum_fen__gt=0,
                    maximum_fen__gte=F("minimum_fen"),
                    daily_fen__gte=F("minimum_fen"),
                    daily_count__gt=0,
                    fee_ppm__lt=1_000_000,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"v{self.pk}"


class PayeeKind(models.TextChoices):
    """Where money can be paid to."""

    BANK = "bank", _("Bank card")
    ALIPAY = "alipay", _("Alipay")
    WECHAT = "wechat", _("WeChat")


class Person(SealedModel):
    """Who is paid (收款人): what is withheld is reckoned by person, over all their members.

    ``same_as``: the row of an account names the row of the identity number given with it.
    """

    sealed: ClassVar[Declared] = Declared(
        sealed=("digest", "same_as", "created_at"), personal=("name", "identity")
    )

    digest = models.CharField(_("keyed digest"), max_length=64, unique=True, editable=False)
    name = EncryptedText(_("name"), max_length=40)
    identity = EncryptedText(_("identity number"), max_length=20, blank=True)
    same_as = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("payee person")
        verbose_name_plural = _("payee persons")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"P{self.same_as_id or self.pk}"


class PayeeAccount(SealedModel):
    """A member's account elsewhere. Never changed: a change retires it and adds another, which
    can be used from ``usable_from``."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "member",
            "token",
            "kind",
            "person",
            "fingerprint",
            "digest",
            "replaces",
            "created_at",
            "usable_from",
            "retired_at",
        ),
        personal=("holder", "bank", "number"),
    )

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="payees"
    )
    token = models.UUIDField(unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=PayeeKind)
    holder = EncryptedText(_("account holder"), max_length=40)
    bank = models.CharField(_("bank"), max_length=40, blank=True)
    number = EncryptedText(_("account number"), max_length=64)
    fingerprint = models.CharField(max_length=64, editable=False)
    """Keyed digest of kind and number: the same for the same account."""
    digest = models.CharField(max_length=64, editable=False)
    """Keyed digest of kind, holder and number: what entries keep of where money went, also after
    the rest was erased."""
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="payees"
    )
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    created_at = models.DateTimeField(_("added"))
    usable_from = models.DateTimeField(_("usable from"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("payee account")
        verbose_name_plural = _("payee accounts")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                name="payee_once",
                fields=("member", "fingerprint"),
                condition=Q(retired_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.masked}"

    @property
    def name(self) -> str:
        """招商银行, 支付宝, 微信."""
        return self.bank or str(self.get_kind_display())

    @property
    def masked(self) -> str:
        """The number as screens show it: 尾号 6620, 138****8000."""
        text = mask_number(self.kind, self.number)
        return (
            (gettext("ending %(end)s") % {"end": text}).replace(" ", "\u00a0")
            if self.kind == PayeeKind.BANK
            else text
        )

    @property
    def masked_holder(self) -> str:
        """The holder as screens show it."""
        return mask_name(self.holder)


class TaxableIncome(models.Model):
    """Commission income (劳务报酬) of one member and month, and how far it was paid and taxed.

    ``income_fen`` can fall below ``taxed_fen`` by a reversal: later income fills that first.
    """

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="incomes"
    )
    month = models.DateField(_("month"))
    income_fen = models.BigIntegerField(_("income"), default=0)
    taxed_fen = models.BigIntegerField(_("paid or being paid"), default=0)
    withheld_fen = models.BigIntegerField(_("tax withheld"), default=0)

    class Meta:
        verbose_name = _("taxable income")
        verbose_name_plural = _("taxable income")
        ordering = ("-month", "member_id")
        permissions = (("export_tax", "Can export withheld tax"),)
        constraints = (
            models.UniqueConstraint(name="income_once_a_month", fields=("member", "month")),
            models.CheckConstraint(
                name="income_signs",
                condition=Q(taxed_fen__gte=0, withheld_fen__gte=0),
            ),
        )


class State(models.TextChoices):
    """Where a withdrawal stands (spec 2.6)."""

    REQUESTED = "requested", _("Requested")
    HELD = "held", _("Being checked")
    APPROVED = "approved", _("Approved")
    PAYING = "paying", _("Paying")
    PAID = "paid", _("Paid out")
    FAILED = "failed", _("Could not be paid")
    REJECTED = "rejected", _("Not approved")


OPEN = (State.REQUESTED, State.HELD, State.APPROVED, State.PAYING)
"""States in which the money is reserved."""
CLOSED_UNPAID = (State.FAILED, State.REJECTED)
"""States in which the money came back."""


class PayoutBatch(SealedModel):
    """A bank file: made once, kept byte for byte, so that it can be read again but never differ."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "number",
            "token",
            "content",
            "sha256",
            "lines",
            "total_fen",
            "created_at",
            "created_by",
        )
    )

    number = models.CharField(_("batch number"), max_length=32, unique=True)
    token = models.UUIDField(unique=True, editable=False)
    content: "models.Field[bytes, bytes]" = EncryptedBytes(_("file"))
    sha256 = models.CharField("SHA-256", max_length=64)
    lines = models.PositiveIntegerField(_("lines"))
    total_fen = models.PositiveBigIntegerField(_("total"))
    created_at = models.DateTimeField(_("made"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.number


class Withdrawal(SealedModel):
    """One withdrawal (提现): amount = net + fee + tax, reserved until it is paid or comes back.

    Who approves does not pay, and nobody decides on their own money: the database refuses both.
    Above the threshold the approval is one of those of two people (see :mod:`.payout_act`).
    """

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "number",
            "member",
            "owner",
            "token",
            "payee",
            "terms",
            "state",
            "amount_fen",
            "fee_fen",
            "commission_fen",
            "tax_fen",
            "net_fen",
            "four_eyes",
            "held_for",
            "provider",
            "batch",
            "approved_by",
            "waited",
            "sent_by",
            "booked_by",
            "requested_at",
            "expected_at",
            "closed_at",
            "reserved_entry",
            "closing_entry",
        ),
        personal=("reason",),
    )

    number = models.CharField(_("number"), max_length=32, unique=True, editable=False)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="withdrawals"
    )
    owner = _staff(_("member's sign-in"))
    token = models.UUIDField(unique=True, editable=False)
    payee = models.ForeignKey(PayeeAccount, verbose_name=_("payee"), on_delete=models.PROTECT)
    terms = models.ForeignKey(WithdrawalTerms, verbose_name=_("terms"), on_delete=models.PROTECT)
    state = models.CharField(_("state"), max_length=12, choices=State)
    amount_fen = models.PositiveBigIntegerField(_("amount"))
    fee_fen = models.PositiveBigIntegerField(_("fee"))
    commission_fen = models.PositiveBigIntegerField(_("of it commissions"))
    tax_fen = models.PositiveBigIntegerField(_("tax withheld"))
    net_fen = models.PositiveBigIntegerField(_("arrives"))
    four_eyes = models.BooleanField(_("needs a second person"))
    held_for = models.CharField(_("held because"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    provider = models.SmallIntegerField(_("channel"), null=True, blank=True)
    batch = models.ForeignKey(
        PayoutBatch,
        verbose_name=_("bank file"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="withdrawals",
    )
    approved_by = _staff(_("approved by"))
    waited = models.BooleanField(_("approved by time"), default=False)
    sent_by = _staff(_("paid by"))
    booked_by = _staff(_("result booked by"))
    requested_at = models.DateTimeField(_("requested"))
    expected_at = models.DateTimeField(_("expected"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reserved_entry = models.BigIntegerField(_("entry of the reservation"))
    closing_entry = models.BigIntegerField(_("closing entry"), null=True, blank=True)

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        ordering = ("-pk",)
        permissions = (
            ("review_withdrawal", "Can hold, release, approve and reject withdrawals"),
            ("pay_withdrawal", "Can pay withdrawals and book results"),
        )
        indexes = (
            models.Index(fields=("member", "-requested_at")),
            models.Index(fields=("state", "id")),
        )
        constraints = (
            models.CheckConstraint(
                name="withdrawal_adds_up",
                condition=Q(amount_fen=F("net_fen") + F("fee_fen") + F("tax_fen"), net_fen__gt=0)
                & Q(commission_fen__lte=F("amount_fen"), tax_fen__lte=F("commission_fen")),
            ),
            models.CheckConstraint(
                name="withdrawal_approved_by_somebody",
                condition=Q(state__in=("requested", "held", "rejected"))
                | Q(approved_by__isnull=False, waited=False)
                | Q(approved_by=None, waited=True),
            ),
            models.CheckConstraint(
                name="withdrawal_paid_by_another",
                condition=Q(approved_by=None)
                | (
                    (Q(sent_by=None) | ~Q(sent_by=F("approved_by")))
                    & (Q(booked_by=None) | ~Q(booked_by=F("approved_by")))
                ),
            ),
            models.CheckConstraint(
                name="withdrawal_not_ones_own",
                condition=Q(owner=None)
                | (
                    (Q(approved_by=None) | ~Q(approved_by=F("owner")))
                    & (Q(sent_by=None) | ~Q(sent_by=F("owner")))
                    & (Q(booked_by=None) | ~Q(booked_by=F("owner")))
                ),
            ),
            models.CheckConstraint(
                name="withdrawal_closed_with_entry",
                condition=(
                    Q(state__in=("paid", "failed", "rejected"))
                    & Q(closing_entry__isnull=False, closed_at__isnull=False)
                )
                | (Q(state__in=OPEN) & Q(closing_entry=None, closed_at=None)),
            ),
        )

    def __str__(self) -> str:
        return self.number


class TaxPart(SealedModel):
    """What a withdrawal pays of one month's commissions, and the tax withheld on it."""

    sealed: ClassVar[Declared] = Declared(sealed=("withdrawal", "income", "amount_fen", "tax_fen"))

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="tax_parts")
    income = models.ForeignKey(TaxableIncome, on_delete=models.PROTECT, related_name="parts")
    amount_fen = models.PositiveBigIntegerField()
    tax_fen = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("income__month",)
        constraints = (
            models.UniqueConstraint(name="tax_part_once", fields=("withdrawal", "income")),
        )


class Step(SealedModel):
    """The trail of a withdrawal: who did what, when, and why. Only added to."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("withdrawal", "verb", "state", "by", "at"), personal=("note",)
    )

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(_("step"), max_length=12)
    state = models.CharField(_("state"), max_length=12, choices=State)
    by = _staff(_("by"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("pk",)
