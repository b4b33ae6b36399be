"""Pages about one's own account: signing in, recovery, the password, how one can be reached."""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.forms import ChangePasswordForm as LibraryChangeForm
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from zengzhi.doors.shared import delivery
from zengzhi.doors.shared.requests import address_of, network_of
from zengzhi.doors.shared.signin import notices
from zengzhi.doors.shared.signin.acts import SIGN_INS, words
from zengzhi.doors.shared.signin.backend import guesses, subject
from zengzhi.doors.shared.signin.second_factor import has_app, has_second_factor, passkeys_of
from zengzhi.records.control import limiter
from zengzhi.records.control.audit import note
from zengzhi.records.control.errors import TooManyTries
from zengzhi.records.control.models import Act
from zengzhi.records.members.errors import BadLink
from zengzhi.records.members.links import make_link, owner_of, use_link
from zengzhi.records.members.models import Contact, Member, Notice, User
from zengzhi.records.store import clock

CODE_VALID = timedelta(minutes=10)
MOBILE = "mobile_code"
LAST = 8


def me(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)  # noqa: S101 (login_required)
    return request.user


@login_required
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """How I sign in: password, second factor, sessions, what happened lately."""
    user = me(request)
    acts = Act.objects.filter(about=subject(user), what__in=SIGN_INS)[:LAST]
    context = {
        "second_factor": has_second_factor(user),
        "app": has_app(user),
        "passkeys": passkeys_of(user).count(),
        "notices": notices.look_at(user),
        "sign_ins": [
            {"label": words(act.what), "at": act.at, "address": act.address} for act in acts
        ],
    }
    return render(request, "account/security.html", context)


@never_cache
def recover(request: HttpRequest) -> HttpResponse:
    """Ask for a link. What is answered is the same whether there is such an account or not."""
    if not delivery.is_offered():
        raise Http404
    sent = False
    if request.method == "POST":
        name = request.POST.get("username", "").strip()[:150]
        limiter.take((limiter.FROM_ADDRESS, network_of(address_of(request))))
        user = User.objects.filter(username=name, is_active=True).first()
        if user is not None and delivery.reaches(user):
            _send_within_limit(request, user)
        sent = True
    return render(request, "account/recover.html", {"sent": sent})


def _send_within_limit(request: HttpRequest, user: User) -> None:
    """Too many links for one account: no more go out, and nothing else is answered."""
    try:
        limiter.take((limiter.SEND, subject(user)))
    except TooManyTries:
        return
    send_link(request, user, None)


def send_link(request: HttpRequest, user: User, by: User | None, why: str = "") -> bool:
    """Send a new one-time link to its owner, whoever asked for it; whether it went out."""
    if not delivery.reaches(user):
        return False
    address = request.build_absolute_uri(reverse("account_link", args=(make_link(user, by, why),)))
    text = _("Set the password of %(name)s here, within two hours: %(address)s")
    said = text % {"name": user.get_username(), "address": address}
    return delivery.send(user, _("Your account at Zengzhi"), said)


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password1 = forms.CharField(max_length=1000, strip=False)
    password2 = forms.CharField(max_length=1000, strip=False)

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        data = super().clean() or {}
        if data.get("password1") != data.get("password2"):
            raise ValidationError({"password2": _("These are two different passwords.")})
        return data


@never_cache
@sensitive_post_parameters("password1", "password2")
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Set the password by a link; then sign in with it."""
    limiter.refuse_if_spent(limiter.FROM_ADDRESS, network_of(address_of(request)))
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    try:
        user = owner_of(secret)
        if request.method == "POST" and form.is_valid():
            use_link(secret, form.cleaned_data["password1"])
            notices.mail(user, Notice.Kind.LINK_USED)
            messages.success(request, _("The password is set. Sign in with it now."))
            return redirect("admin:login" if user.is_staff else "account_login")
    except BadLink as refusal:
        limiter.take((limiter.FROM_ADDRESS, network_of(address_of(request))))
        return render(request, "account/bad_link.html", {"refusal": refusal}, status=410)
    except ValidationError as refusal:
        form.add_error("password1", refusal)
    status = 422 if form.errors else 200
    return render(request, "account/link.html", {"form": form, "owner": user}, status=status)


class ChangePasswordForm(LibraryChangeForm):  # type: ignore[misc]
    """The old password is guessed no faster here than at any other door."""

    def clean_oldpassword(self) -> str:
        """Errors: ``too_many_tries``."""
        password: str = self.cleaned_data.get("oldpassword", "")
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password


class ProfileForm(forms.Form):
    """What a member may change about themselves."""

    nickname = forms.CharField(max_length=40)
    email = forms.EmailField(required=False, max_length=254)


@login_required
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """My name as others see its first letter, and how I can be reached."""
    user = me(request)
    member = Member.objects.filter(user=user).first()
    contact = Contact.objects.filter(user=user).first()
    start = {"nickname": member.nickname if member else user.first_name, "email": user.email}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        return _save_profile(request, form.cleaned_data)
    context = {
        "form": form,
        "values": form.data if form.is_bound else start,
        "contact": contact,
        "mail_is_used": delivery.has_mail(),
        "mobile_is_offered": settings.DEMO,  # no channel for short messages exists outside it
    }
    return render(request, "account/profile.html", context, status=422 if form.errors else 200)


@reauthentication_required
def _save_profile(request: HttpRequest, wanted: dict[str, str]) -> HttpResponse:
    user = me(request)
    with transaction.atomic():
        if wanted["email"] != user.email:
            notices.tell(user, Notice.Kind.CONTACT)
            user.email = wanted["email"]
            user.save(update_fields=["email"])
        Member.objects.filter(user=user).update(nickname=wanted["nickname"])
        note(user, "change_profile", subject(user))
    messages.success(request, _("Saved."))
    return redirect("account_profile")


@login_required
@reauthentication_required
@never_cache
def mobile(request: HttpRequest) -> HttpResponse:
    """Name a mobile, then confirm it by the code that was sent there."""
    if not settings.DEMO:
        raise Http404
    user = me(request)
    waiting = request.session.get(MOBILE)
    error = ""
    if request.method == "POST" and "mobile" in request.POST:
        number = request.POST["mobile"].strip()
        if len(number) == 11 and number.isascii() and number.isdigit() and number[0] == "1":
            limiter.take((limiter.SEND, f"mobile:{user.pk}"))
            waiting = _send_code(request, number)
        else:
            error = _("Enter the 11 digits of a mobile.")
    elif request.method == "POST" and waiting:
        if _code_is_right(request, user, waiting):
            return _save_mobile(request, user, waiting["mobile"])
        error = _("This code is wrong or too old.")
    context = {"waiting": waiting, "error": error}
    return render(request, "account/mobile.html", context, status=422 if error else 200)


def _send_code(request: HttpRequest, number: str) -> dict[str, Any]:
    code = f"{secrets.randbelow(10**6):06d}"
    waiting = {
        "mobile": number,
        "digest": sha256(f"{number}:{code}".encode()).hexdigest(),
        "until": (clock.now() + CODE_VALID).timestamp(),
    }
    request.session[MOBILE] = waiting
    delivery.show(f"{number[:3]}****{number[-4:]}", _("Your code: %(code)s") % {"code": code})
    return waiting


def _code_is_right(request: HttpRequest, user: User, waiting: dict[str, Any]) -> bool:
    tries = guesses(request, user, user.get_username(), limiter.CODE)
    limiter.take(*tries)
    text = f"{waiting['mobile']}:{request.POST.get('code', '').strip()}"
    right = hmac.compare_digest(sha256(text.encode()).hexdigest(), waiting["digest"])
    if not right or clock.now().timestamp() > waiting["until"]:
        return False
    limiter.give_back(*tries)
    return True


def _save_mobile(request: HttpRequest, user: User, number: str) -> HttpResponse:
    del request.session[MOBILE]
    with transaction.atomic():
        row = Contact.objects.filter(user=user).first() or Contact(user=user)
        row.mobile, row.confirmed_at = number, clock.now()
        row.save()
        notices.tell(user, Notice.Kind.CONTACT)
        note(user, "change_mobile", subject(user))
    messages.success(request, _("The mobile is confirmed."))
    return redirect("account_profile")


def demo_messages(request: HttpRequest) -> HttpResponse:
    """What a mall outside the demo would have sent."""
    if not settings.DEMO:
        raise Http404
    return render(request, "account/demo_messages.html", {"shown": list(delivery.SCREEN)})
