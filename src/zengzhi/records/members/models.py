"""Users sign in; members buy, hold points and receive bonuses, invited by at most one sponsor.

What can change about a member is kept with the time from which it held: sponsor, rank, region,
suspension. The periods of one key never overlap; the database refuses it (see ``guards``).
"""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.sealing import Declared, SealedModel, SealedQuerySet
from zengzhi.records.members.name_key import key_of
from zengzhi.records.store import clock
from zengzhi.records.store.encrypted import EncryptedText

INVITE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_invite_code() -> str:
    """Eight characters without look-alikes; unique by the database."""
    return "".join(secrets.choice(INVITE_ALPHABET) for _i in range(8))


class SealedUserManager(UserManager.from_queryset(SealedQuerySet)):  # type: ignore[misc]
    """Users are made as Django makes them, and sealed."""

    use_in_migrations = False


class User(SealedModel, AbstractUser):
    """Somebody who signs in: a member, an operator, or both."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("is_superuser", "is_staff", "is_active", "date_joined"),
        personal=("username", "first_name", "last_name", "email", "password"),
        free={
            "last_login": "noted at every sign-in; nothing is decided by it",
            "name_key": "follows from the name; it only keeps look-alikes from registering",
        },
    )
    name_key = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    email = EncryptedText(
        _("email address"), max_length=254, blank=True, validators=(validate_email,)
    )
    objects: ClassVar[SealedUserManager] = SealedUserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def save(self, *args: Any, **more: Any) -> None:
        """With the key of the name."""
        self.name_key = key_of(self.username)
        super().save(*args, **more)


class OneTimeLink(SealedModel):
    """A link by which its owner alone sets the password, once (一次性链接); its secret is stored as
    a digest."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("user", "made_at", "made_by", "expires_at", "used_at", "is_first"),
        personal=("digest",),
    )

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    is_first = models.BooleanField()
    """The account had no password yet: nothing is reset by it."""

    class Meta:
        verbose_name = _("one-time link")
        verbose_name_plural = _("one-time links")


class Contact(SealedModel):
    """Where a user can be reached: a mobile that was confirmed by a code."""

    sealed: ClassVar[Declared] = Declared(sealed=("user", "confirmed_at"), personal=("mobile",))

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="contact")
    mobile = EncryptedText(_("mobile"), max_length=20)
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")


class Notice(SealedModel):
    """Something told to a user about their own account."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("user", "at", "kind"), free={"seen_at": "when its page was opened"}
    )

    class Kind(models.TextChoices):
        """What happened."""

        NEW_DEVICE = "new_device", _("signed in on a device that is new to this account")
        PASSWORD = "password", _("the password was changed")
        LINK_SENT = "link_sent", _("a one-time link to set the password was sent")
        LINK_USED = "link_used", _("the password was set by a one-time link")
        FACTOR_ON = "factor_on", _("the second factor was switched on")
        FACTOR_OFF = "factor_off", _("the second factor was switched off")
        PASSKEY_ON = "passkey_on", _("a passkey was added")
        PASSKEY_OFF = "passkey_off", _("a passkey was removed")
        FACTOR_RESET = "factor_reset", _("the second factor was taken away, as it was lost")
        CONTACT = "contact", _("the mail address or mobile was changed")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=12, choices=Kind)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-pk",)


class Member(SealedModel):
    """A holder of points. Its key is the member's name in the economy (``str(pk)``)."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("user", "invite_code", "created_at", "sponsor", "first_paid_at"),
        personal=("nickname",),
    )

    user = models.OneToOneField(
        User, verbose_name=_("user"), null=True, blank=True, on_delete=models.PROTECT
    )
    nickname = models.CharField(_("nickname"), max_length=40)
    invite_code = models.CharField(
        _("invitation code"), max_length=8, unique=True, default=new_invite_code, editable=False
    )
    created_at = models.DateTimeField(_("joined"), default=clock.now, editable=False)
    sponsor = models.ForeignKey(
        "self",
        verbose_name=_("sponsor"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="invited",
    )
    """The sponsor now; written only by :mod:`zengzhi.records.members.tree`."""
    first_paid_at = models.DateTimeField(
        _("first order paid"), null=True, blank=True, editable=False
    )
    """From then on the sponsor is for life."""

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        permissions = (
            ("change_sponsor", _("Can change sponsors")),
            ("suspend_member", _("Can suspend members")),
            ("rank_member", _("Can give ranks")),
        )
        constraints = (
            models.CheckConstraint(
                name="member_not_own_sponsor",
                condition=models.Q(sponsor=None) | ~models.Q(sponsor=models.F("id")),
            ),
        )

    def __str__(self) -> str:
        return self.nickname

    @property
    def masked(self) -> str:
        """The nickname as others see it: 周** ."""
        return f"{self.nickname[:1]}**"


class TreeLock(models.Model):
    """One row: whoever changes the referral tree holds it, so that no two changes make a cycle."""


class Period(SealedModel):
    """Something that holds from ``since`` until ``until`` (exclusive; none: still)."""

    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(
                name="%(class)s_since_before_until",
                condition=models.Q(until=None) | models.Q(since__lte=models.F("until")),
            ),
        )


class Sponsorship(Period):
    """Who sponsored a member, and when (推荐关系)."""

    sealed: ClassVar[Declared] = Declared(sealed=("since", "until", "member", "sponsor", "how"))

    class How(models.TextChoices):
        """How it came to be."""

        INVITATION = "invitation", _("invitation")
        STAFF = "staff", _("changed by staff")

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="sponsorships"
    )
    sponsor = models.ForeignKey(
        Member, verbose_name=_("sponsor"), on_delete=models.PROTECT, related_name="+"
    )
    how = models.CharField(_("how"), max_length=12, choices=How)

    class Meta(Period.Meta):
        verbose_name = _("sponsorship")
        verbose_name_plural = _("sponsorships")

    def __str__(self) -> str:
        return f"{self.member_id} ← {self.sponsor_id}"


class Suspension(Period):
    """A member who receives no bonus, and why."""

    sealed: ClassVar[Declared] = Declared(sealed=("since", "until", "member"), personal=("reason",))

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="suspensions"
    )
    reason = models.CharField(_("reason"), max_length=200)

    class Meta(Period.Meta):
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")

    def __str__(self) -> str:
        return f"{self.member_id}: {self.reason}"


class Rank(SealedModel):
    """A rank (级别). Level 0 is everybody's and has no row."""

    sealed: ClassVar[Declared] = Declared(sealed=("level", "code", "name_zh", "name_en", "rule"))

    level = models.PositiveSmallIntegerField(_("level"), unique=True)
    code = models.SlugField(_("code"), max_length=12, unique=True, help_text="V1, V2 …")
    name_zh = models.CharField(_("name (Chinese)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40)
    rule = models.TextField(_("conditions (TOML)"), blank=True)
    """The rank's table as :mod:`zengzhi.core.distribution.promotion` reads it, without its head;
    empty: given by staff only."""

    class Meta:
        verbose_name = _("rank")
        verbose_name_plural = _("ranks")
        ordering = ("level",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def name(self) -> str:
        """The name in the language of the request."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class MemberRank(Period):
    """The rank a member held, and why."""

    sealed: ClassVar[Declared] = Declared(
        sealed=("since", "until", "member", "level", "why", "unmet_since")
    )

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="ranks"
    )
    level = models.PositiveSmallIntegerField(_("level"))
    why = models.CharField(_("why"), max_length=200)
    unmet_since = models.DateTimeField(_("conditions unmet since"), null=True, blank=True)

    class Meta(Period.Meta):
        verbose_name = _("rank of a member")
        verbose_name_plural = _("ranks of members")
        ordering = ("-since", "-pk")

    def __str__(self) -> str:
        return f"{self.member_id} V{self.level}"


class RegionAgent(Period):
    """The agent of a region (区代/市代/省代); one per region and period, made by an approval of two
    people."""

    sealed: ClassVar[Declared] = Declared(sealed=("since", "until", "region", "member"))

    region = models.CharField(_("region"), max_length=6)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="agencies"
    )

    class Meta:
        verbose_name = _("region agent")
        verbose_name_plural = _("region agents")
        permissions = (("appoint_agent", _("Can ask for and end region agents")),)
        ordering = ("region", "-since")
        constraints = (*Period.Meta.constraints,)
        indexes = (models.Index(fields=("region", "since"), name="agent_of_region"),)

    def __str__(self) -> str:
        return f"{self.region} {self.member_id}"
