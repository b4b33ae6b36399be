"""What is kept of every row that is no journal entry: its sealed versions, and the audit log."""

from typing import ClassVar

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


class Budget(models.Model):
    """How far ahead of time somebody has spent their tries (see :mod:`.limiter`); no row: not at
    all. The key is a keyed digest of what is limited and for whom."""

    key = models.CharField(max_length=64, primary_key=True)
    spent_until_us = models.BigIntegerField(db_index=True)
    """Microseconds since 1970: the moment at which everything is given back."""

    class Meta:
        verbose_name = _("budget of tries")
        verbose_name_plural = _("budgets of tries")
