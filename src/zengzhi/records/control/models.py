"""What is kept of every row that is no journal entry: its sealed versions, and the audit log."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.store import clock


class Record(models.Model):
    """One version of one row as it was written, with a keyed digest over all of it; append-only.

    The newest version of a row is what the row must say now. ``content`` is canonical JSON by
    column, personal columns as keyed digests; ``null`` where the row was deleted.
    """

    id = models.BigAutoField(primary_key=True)
    of_table = models.CharField(max_length=64)
    row_key = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    content = models.TextField()
    mac = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("control record")
        verbose_name_plural = _("control records")
        constraints = (
            models.UniqueConstraint(
                name="control_version_once", fields=("of_table", "row_key", "version")
            ),
        )

    def __str__(self) -> str:
        return f"{self.of_table} {self.row_key} v{self.version}"


class Tail(models.Model):
    """The control records that no sealed batch holds yet; only the sealer takes them out."""

    record_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("unsealed control record")
        verbose_name_plural = _("unsealed control records")


class Act(SealedModel):
    """The audit log (审计日志): who did what to which thing, when, from where and why, what it was
    before and after, and who approved it; never changed."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("at", "by", "what", "approver", "request_id"),
        personal=("about", "why", "before", "after", "address"),
    )
    at = models.DateTimeField(_("when"), default=clock.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    what = models.CharField(_("what"), max_length=40)
    about = models.CharField(_("about"), max_length=80)
    why = models.CharField(_("why"), max_length=300, blank=True)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    """Name → value, as far as the act changed it."""
    address = models.CharField(_("from address"), max_length=45, blank=True)
    request_id = models.CharField(_("request"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("audited act")
        verbose_name_plural = _("audit log")
        ordering = ("-pk",)
        permissions = (("view_origin", _("Can see whole addresses on the audit log")),)
        indexes = (
            models.Index(fields=("at",), name="act_by_time"),
            models.Index(fields=("what", "at"), name="act_by_kind"),
            models.Index(fields=("about", "at"), name="act_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.about}"


class ApprovalState(models.TextChoices):
    """Where an approval stands; the edges are in :mod:`.approvals.service`."""

    UNSIGNED = "unsigned", _("to be signed by who asked")
    WAITING = "waiting", _("waits for a second person")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXECUTED = "executed", _("done")


_DONE = (ApprovalState.APPROVED, ApprovalState.EXECUTED)


def _person(label: Any, **more: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=label,
        on_delete=models.PROTECT,
        related_name="+",
        **more,
    )


class Approval(SealedModel):
    """What one person asked for and another decided: an act, its subject, what it is before and
    after (canonical JSON), why. Its content never changes; the database lets its state walk the
    edges only, and no one person do both."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "act",
            "subject",
            "wanted",
            "before",
            "after",
            "digest",
            "asked_by",
            "asked_in",
            "asked_at",
            "expires_at",
            "ripe_at",
            "state",
            "decided_by",
            "decided_in",
            "decided_at",
            "result",
        ),
        personal=("reason", "decision"),
    )

    act = models.CharField(_("act"), max_length=40)
    subject = models.CharField(_("about"), max_length=80)
    wanted = models.TextField()
    before = models.TextField(_("before"))
    after = models.TextField(_("after"))
    digest = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = _person(_("asked by"))
    asked_in = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("until"))
    ripe_at = models.DateTimeField(_("time decides at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState)
    decided_by = _person(_("decided by"), null=True, blank=True)
    decided_in = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision = models.CharField(_("decided because"), max_length=300, blank=True)
    result = models.CharField(_("result"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ("-pk",)
        permissions = (
            ("approve_money", _("Can approve terms, payouts, refunds and dividends")),
            ("approve_team", _("Can approve plans, ranks, shares and agents")),
            ("approve_goods", _("Can approve prices and splits")),
            ("approve_rights", _("Can approve roles and rights of staff")),
        )
        indexes = (models.Index(fields=("state", "act"), name="approval_state"),)
        constraints = (
            models.CheckConstraint(
                name="approval_decided_or_not",
                condition=models.Q(
                    state__in=("unsigned", "waiting"), decided_at=None, decided_by=None, result=""
                )
                | models.Q(
                    state__in=("approved", "refused", "withdrawn", "executed"),
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="approval_by_another",
                condition=~models.Q(state__in=_DONE)
                | (
                    models.Q(decided_by__isnull=False)
                    & ~models.Q(decided_by=models.F("asked_by"))
                    & ~models.Q(asked_in="")
                    & ~models.Q(decided_in="")
                    & ~models.Q(decided_in=models.F("asked_in"))
                )
                | models.Q(
                    decided_by=None,
                    ripe_at__isnull=False,
                    decided_at__gte=models.F("ripe_at"),
                ),
            ),
            models.CheckConstraint(
                name="approval_refused_by_another",
                condition=~models.Q(state="refused")
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("asked_by"))),
            ),
            models.CheckConstraint(
                name="approval_withdrawn_by_the_asker",
                condition=~models.Q(state="withdrawn") | models.Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="approval_times_in_order",
                condition=models.Q(expires_at__gt=models.F("asked_at"))
                & (models.Q(decided_at=None) | models.Q(decided_at__gte=models.F("asked_at"))),
            ),
        )

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"


class Cooling(SealedModel):
    """冷静期: somebody of the staff who for a time neither asks nor approves, and why."""

    sealed: ClassVar[Declared] = Declared(sealed=("user", "why", "since", "until"))
    user = _person(_("who"))
    why = models.CharField(_("why"), max_length=20)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("cooling time")
        verbose_name_plural = _("cooling times")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("user", "until"), name="cooling_of_user"),)


class ModeName(models.TextChoices):
    """Who the second pair of eyes is."""

    TWO = "two", _("two people")
    ONE = "one", _("one person and time")


class Mode(SealedModel):
    """From when on who the second pair of eyes is; only added to."""

    sealed: ClassVar[Declared] = Declared(sealed=("mode", "since", "approval"))
    mode = models.CharField(max_length=3, choices=ModeName)
    since = models.DateTimeField(_("from"))
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("mode of approvals")
        verbose_name_plural = _("modes of approvals")
        ordering = ("-pk",)


class Budget(models.Model):
    """How far ahead of time somebody has spent their tries (see :mod:`.limiter`); no row: not at
    all. The key is a keyed digest of what is limited and for whom."""

    key = models.CharField(max_length=64, primary_key=True)
    spent_until_us = models.BigIntegerField(db_index=True)
    """Microseconds since 1970: the moment at which everything is given back."""

    class Meta:
        verbose_name = _("budget of tries")
        verbose_name_plural = _("budgets of tries")
