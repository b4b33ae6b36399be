"""Commands (指令) in, replies out: an act on a pool is committed here, then answered by its owner.

A command never changes. Its reply is the settled event of the same id, or a :class:`Refusal` when
a condition that only the mall knows (a quoted payout, a lock, a daily limit) was not met.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Op, Pool


class Command(SealedModel):
    """What somebody wants of a pool. ``event_id`` is unique in the pool: asked again, the same."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "pool",
            "event_id",
            "op",
            "member",
            "amount",
            "target",
            "parties",
            "minimum_payout_fen",
            "happened_at",
            "submitted_at",
            "submitted_by",
        )
    )

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, verbose_name=_("pool"))
    event_id = models.CharField(_("event id"), max_length=64)
    op = models.SmallIntegerField(_("verb"), choices=Op)
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, verbose_name=_("member"), null=True, blank=True
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("fen or units; −1: all"))
    target = models.CharField(_("lot"), max_length=64, blank=True)
    parties = models.CharField(_("parties"), max_length=48, blank=True)
    minimum_payout_fen = models.BigIntegerField(_("least payout (fen)"), default=0)
    """A sale below what its owner confirmed is refused."""
    happened_at = models.DateTimeField(_("happened"))
    submitted_at = models.DateTimeField(_("submitted"))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        verbose_name=_("submitted by"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("command")
        verbose_name_plural = _("commands")
        constraints = (
            models.UniqueConstraint(fields=("pool", "event_id"), name="command_id_once"),
        )

    def __str__(self) -> str:
        return self.event_id


class Waiting(models.Model):
    """A command that has no reply yet: the queue of a pool. Gone in the reply's transaction."""

    command = models.OneToOneField(Command, on_delete=models.PROTECT, primary_key=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT)
    failures = models.SmallIntegerField(default=0)
    """How often its owner failed at it: it goes behind the others."""

    class Meta:
        verbose_name = _("waiting command")
        verbose_name_plural = _("waiting commands")

    def __str__(self) -> str:
        return str(self.command_id)


class Refusal(SealedModel):
    """The owner's reply to a command that never reached the pool's rules."""

    sealed: ClassVar[Declared] = Declared(sealed=("code", "message", "numbers", "refused_at"))

    command = models.OneToOneField(Command, on_delete=models.PROTECT, primary_key=True)
    code = models.CharField(_("refusal"), max_length=24)
    message = models.CharField(_("message"), max_length=200)
    numbers = models.CharField(_("numbers"), max_length=300, blank=True)
    """Those that explain it, as JSON."""
    refused_at = models.DateTimeField(_("refused"))

    class Meta:
        verbose_name = _("refused command")
        verbose_name_plural = _("refused commands")

    def __str__(self) -> str:
        return f"{self.command_id} {self.code}"


class Round(models.Model):
    """When a settler last looked for what is due, by the database's clock: one row."""

    at = models.DateTimeField(_("last round"))

    class Meta:
        verbose_name = _("last round")
        verbose_name_plural = _("last rounds")

    def __str__(self) -> str:
        return str(self.at)
