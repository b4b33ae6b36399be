"""The office's own door: sign in, sign out, confirm that it is still you."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.flows.logout import logout as sign_out
from allauth.account.internal.flows.reauthentication import (
    get_reauthentication_flows,
    reauthenticate_by_password,
    resume_request,
)
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from zengzhi.doors.shared.signin import passkeys
from zengzhi.doors.shared.signin.second_factor import (
    check_code,
    has_app,
    has_second_factor,
    passkeys_of,
)
from zengzhi.records.members.models import User

fresh_sign_in = reauthentication_required
"""For views that decide over money or rights: who signed in, or confirmed it, ten minutes ago or
longer is asked once more, on a page of the office, and then goes on with what was sent."""


class SignInForm(forms.Form):
    """Name and password of somebody who works here."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1000, strip=False)

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(*args)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Right, and of staff; which of both is wrong is not said."""
        data = super().clean() or {}
        if self.errors:
            return data
        found = get_adapter(self.request).authenticate(
            self.request, username=data["username"], password=data["password"]
        )
        if found is None or not found.is_staff:
            raise ValidationError(gettext("Name or password is wrong, or the account is no staff."))
        self.user = found
        return data


@never_cache
@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponse:
    """Sign in to the office."""
    after = get_next_redirect_url(request, REDIRECT_FIELD_NAME) or reverse("admin:index")
    if request.user.is_authenticated and request.user.is_staff and request.method == "GET":
        return redirect(after)
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        assert form.user is not None  # noqa: S101
        request.session.set_expiry(0)
        credentials = {"username": form.user.get_username()}
        login = Login(user=form.user, redirect_url=after)
        answer: HttpResponse = perform_password_login(request, credentials, login)
        return answer
    context = {"form": form, "next": after}
    return render(request, "office/login.html", context, status=422 if form.errors else 200)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    sign_out(request)
    return redirect("admin:login")


class ConfirmForm(forms.Form):
    """The password, a code of the second factor, or what a passkey signed."""

    password = forms.CharField(max_length=1000, strip=False, required=False)
    code = forms.CharField(max_length=20, required=False)
    credential = passkeys.Said(required=False)

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(*args)
        self.request = request

    def clean(self) -> dict[str, Any]:
        """One of them is right."""
        data = super().clean() or {}
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101
        if "credential" in self.data:
            passkeys.check(self.request, data.get("credential"), user)
        elif data.get("code") and has_second_factor(user):
            if not check_code(self.request, user, data["code"]):
                raise ValidationError({"code": gettext("This code is wrong or was used already.")})
        elif not get_adapter(self.request).reauthenticate(user, data.get("password", "")):
            raise ValidationError({"password": gettext("This is not your password.")})
        return data


@never_cache
@sensitive_post_parameters("password", "code")
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm that it is you, then go on with what was asked for."""
    if not (request.user.is_authenticated and get_reauthentication_flows(request.user)):
        return redirect("admin:login")
    form = ConfirmForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reauthenticate_by_password(request)
        return resume_request(request) or redirect("admin:index")
    with_passkey = passkeys_of(request.user).exists()
    context = {
        "form": form,
        "next": get_next_redirect_url(request, REDIRECT_FIELD_NAME) or "",
        "with_code": has_app(request.user),
        "passkey": begin_authentication(request.user) if with_passkey else None,
    }
    return render(request, "office/confirm.html", context, status=422 if form.errors else 200)
