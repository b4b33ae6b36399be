"""Users sign in; members buy, hold points and receive bonuses."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

INVITE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_invite_code() -> str:
    """Eight characters without look-alikes; unique by the database."""
    return "".join(secrets.choice(INVITE_ALPHABET) for _i in range(8))


class User(AbstractUser):
    """Somebody who signs in: a member, an operator, or both."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")


class Member(models.Model):
    """A holder of points. Its key is the member's name in the economy (``str(pk)``)."""

    user = models.OneToOneField(
        User, verbose_name=_("user"), null=True, blank=True, on_delete=models.PROTECT
    )
    nickname = models.CharField(_("nickname"), max_length=40)
    invite_code = models.CharField(
        _("invitation code"), max_length=8, unique=True, default=new_invite_code, editable=False
    )
    created_at = models.DateTimeField(_("joined"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return self.nickname

    @property
    def masked(self) -> str:
        """The nickname as others see it: 周** ."""
        return f"{self.nickname[:1]}**"
