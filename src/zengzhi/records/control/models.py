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
    """The audit log (审计日志): who did what to which thing, when and why; never changed."""

    sealed: ClassVar[Declared] = Declared(sealed=("at", "by", "what"), personal=("about", "why"))
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

    class Meta:
        verbose_name = _("audited act")
        verbose_name_plural = _("audit log")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.what} {self.about}"
