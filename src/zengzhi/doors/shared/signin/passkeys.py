"""Passkeys: a key on one's device that signs in by itself, or confirms that it is still you.

Every passkey is found by the browser without a name and asks for a finger, a face or a PIN, so it
is two factors in one. The browser's script only passes on what the key signed; whoever has none
uses the password and a code. What is wrong is counted as any wrong code is.
"""

import struct
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as library_forms
from allauth.mfa.webauthn import views as library
from allauth.mfa.webauthn.internal import auth, flows
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from fido2.utils import websafe_decode, websafe_encode

from zengzhi.doors.shared.requests import address_of, network_of
from zengzhi.doors.shared.signin.backend import guesses, subject
from zengzhi.doors.shared.signin.second_factor import passkeys_of
from zengzhi.records.control import limiter
from zengzhi.records.control.audit import note
from zengzhi.records.members.models import User

NAME_MAX, KEYS_MAX, SAID_MAX = 40, 10, 20_000
MALFORMED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InvalidSignature,
    LookupError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)
"""What the libraries raise over bytes that no key made."""


class Said(forms.JSONField):
    """What the browser says that the key said; nothing of it is looked at but its form."""

    def to_python(self, value: Any) -> Any:
        """Errors in words also for what no JSON is nested like."""
        try:
            if len(value or "") > SAID_MAX:
                raise ValueError
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise ValidationError(_("This passkey was not accepted.")) from None


def check(request: HttpRequest, given: Any, user: User | None = None) -> Authenticator:
    """The passkey that signed what this session asked for. A try is spent before it is looked at.

    Errors: ``too_many_tries``; a ``ValidationError`` for everything else that is wrong.
    """
    here: limiter.Try = (limiter.FROM_ADDRESS, network_of(address_of(request)))
    limiter.refuse_if_spent(*here)
    whose = user or _owner(given)
    tries = guesses(request, whose, "", limiter.PASSKEY) if whose is not None else (here,)
    limiter.take(*tries)
    try:
        if whose is None:
            raise ValidationError("")
        auth.parse_authentication_response(given)
        found = auth.complete_authentication(whose, given)
    except (ValidationError, *MALFORMED):
        if whose is not None:
            note(None, "code_failed", subject(whose), "passkey")
        raise ValidationError(_("This passkey was not accepted.")) from None
    limiter.give_back(*tries)
    assert isinstance(found, Authenticator)  # noqa: S101
    return found


def _owner(given: Any) -> User | None:
    try:
        found = auth.extract_user_from_response(given)
    except (ValidationError, *MALFORMED):
        return None
    return found if isinstance(found, User) else None


class _Checked:
    """What a passkey signed, behind the limiter."""

    user: User | None
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        """Errors: ``too_many_tries``."""
        return check(get_account_adapter().request, self.cleaned_data["credential"], self.user)


class SecondFactorForm(_Checked, library_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """After the password."""

    credential = Said(widget=forms.HiddenInput)


class AgainForm(_Checked, library_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """To confirm that it is still you."""

    credential = Said(widget=forms.HiddenInput)


class SignInForm(_Checked, library_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """In place of name and password."""

    credential = Said(widget=forms.HiddenInput)


class NameForm(library_forms.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(max_length=NAME_MAX)


class AddForm(library_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey of this account."""

    credential = Said(widget=forms.HiddenInput)
    name = forms.CharField(max_length=NAME_MAX, required=False)

    def clean(self) -> dict[str, Any]:
        """Made by a key, for what was asked for just now."""
        if passkeys_of(self.user).count() >= KEYS_MAX:
            raise ValidationError(_("This account has as many passkeys as it can have."))
        try:
            data: dict[str, Any] = super().clean()
            if "credential" in data:  # the library passes over an empty one
                data["credential"] = _kept(data["credential"])
        except MALFORMED:
            raise get_adapter().validation_error("incorrect_code") from None
        return data


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    """What is stored of what the browser sent: nothing that nobody looked at."""
    answer = given["response"]
    return {
        "type": "public-key",
        "id": _plain(given["id"]),
        "rawId": _plain(given["rawId"]),
        "response": {
            name: _plain(answer[name]) for name in ("clientDataJSON", "attestationObject")
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }


def _plain(text: str) -> str:
    """The same bytes, written in the letters of their alphabet alone: the decoder passes over
    others, a database does not."""
    return str(websafe_encode(websafe_decode(text)))


class AddView(library.AddWebAuthnView):  # type: ignore[misc]
    """Make a passkey that is found without a name and asks for its owner."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """With what the key is to sign."""
        context: dict[str, Any] = super().get_context_data(**more)
        options = auth.begin_registration(self.request.user, True)
        return {**context, "options": options, "js_data": None}

    def get_success_url(self) -> str:
        """Whoever has none sees the recovery codes first."""
        return reverse(
            "mfa_view_recovery_codes" if self.did_generate_recovery_codes else "mfa_list_webauthn"
        )


class ConfirmView(library.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Confirm by a passkey that it is still you."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask again."""
        for said in form.errors.get("credential", []):
            messages.error(self.request, said)
        return redirect(self.request.get_full_path())


add = never_cache(AddView.as_view())
confirm = never_cache(ConfirmView.as_view())


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone: what it is to sign, then what it signed; for both doors."""
    if request.method == "GET":
        return JsonResponse(auth.begin_authentication(user=None))
    office = request.POST.get("door") == "office"
    form = SignInForm(request.POST)
    after = get_next_redirect_url(request, REDIRECT_FIELD_NAME)
    if form.is_valid():
        factor: Authenticator = form.cleaned_data["credential"]
        if factor.user.is_staff or not office:
            if factor.user.is_staff:
                request.session.set_expiry(0)
            home = "admin:index" if office else "storefront:home"
            login = Login(user=factor.user, redirect_url=after or reverse(home))
            answer: HttpResponse = flows.perform_passwordless_login(request, factor, login)
            return answer
    messages.error(request, _("This passkey was not accepted."))
    return redirect("admin:login" if office else "account_login")
