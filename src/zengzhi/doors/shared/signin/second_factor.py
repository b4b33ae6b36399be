"""The second factor: an authenticator app (TOTP), passkeys and recovery codes, each code once.

Staff of a mall in production have one, or get no further than the page where it is set up.
"""

import base64

import segno
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm as LibraryForm
from allauth.mfa.base.forms import ReauthenticateForm as LibraryAgainForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as LibraryActivateForm
from cryptography.fernet import Fernet
from django.db.models import QuerySet
from django.http import HttpRequest

from zengzhi.doors.shared.signin.backend import guesses, subject
from zengzhi.records.control import limiter
from zengzhi.records.control.audit import note
from zengzhi.records.control.errors import TooManyTries
from zengzhi.records.members.models import User
from zengzhi.records.store import keys

KIND = Authenticator.Type
FACTORS = (KIND.TOTP, KIND.WEBAUTHN)
"""What is a second factor; recovery codes stand in for one."""


def has_second_factor(user: User) -> bool:
    """Whether the password alone does not sign in."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def has_app(user: User) -> bool:
    """Whether an authenticator app shows codes for this account."""
    return Authenticator.objects.filter(user=user, type=KIND.TOTP).exists()


def passkeys_of(user: User) -> QuerySet[Authenticator]:
    """The passkeys of an account, oldest first."""
    return Authenticator.objects.filter(user=user, type=KIND.WEBAUTHN).order_by("pk")


def check_code(request: HttpRequest, user: User, code: str) -> Authenticator | None:
    """What a code is right for, if it was not used before. A guess is spent before it is looked at.

    Errors: ``too_many_tries``.
    """
    tries = guesses(request, user, user.get_username(), limiter.CODE)
    limiter.take(*tries)
    with_codes = Authenticator.objects.filter(user=user).exclude(type=KIND.WEBAUTHN)
    for factor in with_codes.order_by("pk"):
        if factor.wrap().validate_code(code) and _first_time(factor, code):
            limiter.give_back(*tries)
            return factor
    note(None, "code_failed", subject(user))
    return None


def _first_time(factor: Authenticator, code: str) -> bool:
    """The library remembers used codes by process, and two requests at once use a recovery code
    twice; the limiter remembers them for all."""
    try:
        limiter.take((limiter.ONCE, f"code:{factor.pk}:{code.strip()}"))
    except TooManyTries:
        return False
    return True


class _Limited:
    """A code, behind the limiter."""

    user: User
    cleaned_data: dict[str, str]
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Right and unused. Errors: ``too_many_tries``."""
        code = self.cleaned_data["code"]
        found = check_code(get_account_adapter().request, self.user, code)
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        self.authenticator = found
        return code


class CodeForm(_Limited, LibraryForm):  # type: ignore[misc]
    """The code asked for at sign-in."""


class AgainForm(_Limited, LibraryAgainForm):  # type: ignore[misc]
    """The code that confirms that it is still you."""


class SetUpForm(LibraryActivateForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    def clean_code(self) -> str:
        """As the library's, behind the limiter."""
        request = get_account_adapter().request
        tries = guesses(request, self.user, self.user.get_username(), limiter.CODE)
        limiter.take(*tries)
        code: str = super().clean_code()
        limiter.give_back(*tries)
        return code


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie encrypted in the database, under the installation's digest key."""

    def encrypt(self, text: str) -> str:
        """With a key that is not in the database."""
        return _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """The inverse."""
        return _box().decrypt(encrypted_text.encode("ascii")).decode()

    def get_totp_issuer(self) -> str:
        """What the app shows beside the name."""
        return "Zengzhi"

    def build_totp_svg(self, url: str) -> str:
        """The QR code, drawn by the library that draws the posters'."""
        drawn: str = segno.make(url, error="m").svg_inline(scale=4, border=2, omitsize=True)
        return drawn


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(keys.digest(b"second factor"))))
