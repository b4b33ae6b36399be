"""The append-only double-entry journal.

UPDATE and DELETE are refused by the database, and so is a transaction whose legs do not sum to
zero per unit: see the triggers in the migrations. A mistake is corrected by a new transaction that
names the old one.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

ROW_ID_SHIFT = 40
"""Rows of a pool are numbered pool × 2⁴⁰ + sequence."""
SETTLED_FROM = 1 << ROW_ID_SHIFT
"""Ids of journal entries from here on belong to settled events."""


class Number(models.Model):
    """Hands out the ids of transactions that belong to no pool; settled ones carry their
    event's id (``batches.row_id``)."""


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
    step = models.SmallIntegerField(_("step"), default=0)
    """Which act on one cause this is: its second refund, its third part."""
    facts = models.TextField(_("frozen values"), blank=True)
    """What of the cause can no longer change, as canonical JSON; personal data as digests."""
    mac = models.CharField(_("keyed digest"), max_length=64, blank=True)
    """Of a single act, until and after the sealer took it; "" for settled events, which are
    sealed with their batch."""

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="transaction_has_legs", condition=models.Q(leg_count__gt=0)
            ),
            models.UniqueConstraint(
                name="entry_once_a_cause",
                fields=("kind", "reference", "step"),
                condition=models.Q(id__lt=SETTLED_FROM),
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


class Purse(models.Model):
    """The money of one member (零钱), one row: the state that the legs of its accounts add up to.
    Locked in the order of members; the database refuses a negative balance."""

    member = models.BigIntegerField(_("member"), primary_key=True)
    pending_fen = models.BigIntegerField(_("pending"), default=0)
    available_fen = models.BigIntegerField(_("available"), default=0)
    reserved_fen = models.BigIntegerField(_("reserved"), default=0)
    owed_fen = models.BigIntegerField(_("owed"), default=0)
    coins_fen = models.BigIntegerField(_("consumption coins"), default=0)

    class Meta:
        verbose_name = _("purse")
        verbose_name_plural = _("purses")
        constraints = (
            models.CheckConstraint(
                name="purse_never_negative",
                condition=models.Q(
                    pending_fen__gte=0,
                    available_fen__gte=0,
                    reserved_fen__gte=0,
                    owed_fen__gte=0,
                    coins_fen__gte=0,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"member:{self.member}"


class Place(models.Model):
    """A hold (占款): money that a cause keeps until it is posted or voided. This row is its only
    state, moved along ``holds.EDGES``."""

    kind = models.SmallIntegerField(_("kind"))
    cause = models.CharField(_("cause"), max_length=64)
    state = models.SmallIntegerField(_("state"))
    amount_fen = models.BigIntegerField(_("amount"))
    done_fen = models.BigIntegerField(_("done of it"), default=0)
    entry = models.BigIntegerField(_("opened by entry"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    moved_at = models.DateTimeField(_("moved"))
    lines = models.BinaryField(_("packed lines"), null=True)
    """What the hold is made of, packed, where its kind keeps it here."""

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = (
            models.UniqueConstraint(name="place_once", fields=("kind", "cause")),
            models.CheckConstraint(
                name="place_done_in_range",
                condition=models.Q(done_fen__gte=0, done_fen__lte=models.F("amount_fen")),
            ),
        )
        indexes = (
            models.Index(
                name="place_parked", fields=("kind", "moved_at"), condition=models.Q(state=4)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.cause}"


class Tail(models.Model):
    """Entries that no batch has sealed yet; the sealer empties it within seconds."""

    entry = models.BigIntegerField(primary_key=True)


class Batch(models.Model):
    """A sealed batch, of one act or ten thousand: the truth. ``head`` is the SHA-256 over the
    previous head of its stream and the payload; ``mac`` a digest of it under a key that the
    database does not hold. Streams: ``pool:<code>``, ``acts``, ``control``."""

    stream = models.CharField(_("stream"), max_length=60)
    number = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12)
    first = models.BigIntegerField(_("first"))
    count = models.IntegerField(_("count"))
    payload = models.BinaryField(_("sealed bytes"))
    previous = models.CharField(_("previous head"), max_length=64)
    head = models.CharField(_("head"), max_length=64)
    mac = models.CharField(_("keyed digest"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed"))

    class Meta:
        verbose_name = _("sealed batch")
        verbose_name_plural = _("sealed batches")
        ordering = ("stream", "number")
        constraints = (
            models.UniqueConstraint(name="batch_number_once", fields=("stream", "number")),
        )

    def __str__(self) -> str:
        return f"{self.stream} #{self.number}"


class Net(models.Model):
    """What a batch moved, by day and shared account; members' accounts of a kind as one control
    sum (owner 0). The legs of a batch sum to zero per unit: the database looks at these rows."""

    stream = models.CharField(_("stream"), max_length=60)
    number = models.BigIntegerField(_("number"))
    day = models.DateField(_("day"))
    kind = models.SmallIntegerField(_("account kind"))
    owner = models.BigIntegerField(_("account owner"))
    unit = models.SmallIntegerField(_("unit"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("net of a batch")
        verbose_name_plural = _("nets of batches")
        constraints = (
            models.UniqueConstraint(
                name="net_once", fields=("stream", "number", "day", "kind", "owner", "unit")
            ),
        )


class Rolled(models.Model):
    """Up to which batch of a stream the day sums have been added up."""

    stream = models.CharField(_("stream"), max_length=60, primary_key=True)
    number = models.BigIntegerField(_("number"))


class AccountDay(models.Model):
    """The sum of a shared account's day, from the nets of sealed batches."""

    kind = models.SmallIntegerField(_("account kind"))
    owner = models.BigIntegerField(_("account owner"))
    unit = models.SmallIntegerField(_("unit"))
    day = models.DateField(_("day"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("day of an account")
        verbose_name_plural = _("days of accounts")
        constraints = (
            models.UniqueConstraint(
                name="account_day_once", fields=("kind", "owner", "unit", "day")
            ),
        )


class PurseMonth(models.Model):
    """What a member's accounts moved in a month, from sealed batches: a statement at any moment is
    the months before it and the entries since."""

    member = models.BigIntegerField(_("member"))
    month = models.DateField(_("month"))
    pending_fen = models.BigIntegerField(_("pending"), default=0)
    available_fen = models.BigIntegerField(_("available"), default=0)
    reserved_fen = models.BigIntegerField(_("reserved"), default=0)
    owed_fen = models.BigIntegerField(_("owed"), default=0)
    coins_fen = models.BigIntegerField(_("consumption coins"), default=0)

    class Meta:
        verbose_name = _("month of a purse")
        verbose_name_plural = _("months of purses")
        constraints = (
            models.UniqueConstraint(name="purse_month_once", fields=("member", "month")),
        )


class Root(models.Model):
    """The heads of all streams at one moment, signed with a key outside the database (Ed25519),
    each over the one before: what an anchor outside keeps."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    signed_at = models.DateTimeField(_("signed"))
    body = models.TextField(_("heads"))
    """Canonical JSON: number, time, each stream's number and head, rows in the tail, the digest of
    the root before."""
    signature = models.CharField(_("signature"), max_length=128)

    class Meta:
        verbose_name = _("signed root")
        verbose_name_plural = _("signed roots")
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"#{self.number}"
