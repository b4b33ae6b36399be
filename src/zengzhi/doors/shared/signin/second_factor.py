"""The second factor: an authenticator app (TOTP) and recovery codes, each code once.

Staff of a mall in production have one, or get no further than the page where it is set up.
"""

import base64

import segno
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm as LibraryForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as LibraryActivateForm
from cryptography.fernet import Fernet
from django.http import HttpRequest

from zengzhi.doors.shared.signin.backend import guesses, subject
from zengzhi.records.control import limiter
from zengzhi.records.control.audit import note
from zengzhi.records.control.errors import TooManyTries
from zengzhi.records.members.models import User
from zengzhi.records.store import keys


def has_second_factor(user: User) -> bool:
    """Whether signing in needs a code."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def check_code(request: HttpRequest, user: User, code: str) -> bool:
    """Whether a code is right, and not used before. A guess is spent before it is looked at.

    Errors: ``too_many_tries``.
    """
    tries = guesses(request, user, user.get_username(), limiter.CODE)
    limiter.take(*tries)
    for factor in Authenticator.objects.filter(user=user).order_by("pk"):
        if factor.wrap().validate_code(code) and _first_time(factor, code):
            limiter.give_back(*tries)
            return True
    note(None, "code_failed", subject(user))
    return False


def _first_time(factor: Authenticator, code: str) -> bool:
    """The library remembers used codes by process; the limiter remembers them for all."""
    if factor.type != Authenticator.Type.TOTP:
        return True
    try:
        limiter.take((limiter.ONCE, f"code:{factor.pk}:{code.strip()}"))
    except TooManyTries:
        return False
    return True


class CodeForm(LibraryForm):  # type: ignore[misc]
    """The code asked for at sign-in."""

    def clean_code(self) -> str:
        """Right and unused. Errors: ``too_many_tries``."""
        code: str = self.cleaned_data["code"]
        request = get_account_adapter().request
        if not check_code(request, self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        self.authenticator = Authenticator.objects.get(user=self.user, type=Authenticator.Type.TOTP)
        return code


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
