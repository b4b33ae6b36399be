"""Every form that takes a password, a code or a key, found in the templates, and every address that
takes a form, found in the URLconf: none of them is tried for free."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.signin.softkey import SoftKey
from tests.signin.test_second_factor import set_up, sign_in
from tests.verify.story import small_mall
from tests.web.browser import ROOT
from tests.web.pages import addresses, patterns
from zengzhi.records.control import limiter
from zengzhi.records.control.models import Budget
from zengzhi.records.members.models import User
from zengzhi.records.store.clock import microseconds

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
RIGHT = "correct horse"
MINUTES_15 = 900
CODE, SIGN_IN = "/accounts/2fa/authenticate/", "/accounts/2fa/passkeys/sign-in/"
SECRET = re.compile(
    r'autocomplete="(?:current-password|one-time-code)"|name="credential"|name="code"'
)
pytestmark = pytest.mark.django_db
Send = Callable[[Client, str], int]


def posts(address: str, **data: str) -> Send:
    """A form with something wrong in it."""

    def send(client: Client, where: str) -> int:
        return client.post(address, data, REMOTE_ADDR=where).status_code

    return send


def signs(address: str, options: Callable[[Client], dict]) -> Send:
    """A passkey that is not the account's."""

    def send(client: Client, where: str) -> int:
        owner = User.objects.get(username="boss")
        key = SoftKey(handle=HANDLE[0] if HANDLE else "")
        said = key.sign(options(client))
        assert owner.pk
        return client.post(
            address, {"credential": said, "door": "office"}, REMOTE_ADDR=where
        ).status_code

    return send


HANDLE: list[str] = []
TEMPLATES = {
    "account/login.html": ["the mall", "passkey at the mall"],
    "account/reauthenticate.html": ["password again"],
    "account/password_change.html": ["old password"],
    "account/mobile.html": ["code of a mobile"],
    "mfa/authenticate.html": ["code after the password", "passkey after the password"],
    "mfa/reauthenticate.html": ["code again"],
    "mfa/totp/activate_form.html": ["first code"],
    "mfa/webauthn/add_form.html": [],
    "mfa/webauthn/reauthenticate.html": ["passkey again"],
    "office/login.html": ["the office", "passkey at the office"],
    "office/confirm.html": ["password at the office", "code at the office", "passkey confirms"],
    "storefront/parts/passkey_sign_in.html": ["passkey at the mall", "passkey at the office"],
}
"""Every template with a field for a secret, and the doors through which it can be guessed. A key
that is added is made, not guessed."""
OUTSIDE, PENDING, INSIDE = "outside", "pending", "inside"
DOORS: dict[str, tuple[str, Send]] = {
    "the mall": (OUTSIDE, posts("/accounts/login/", login="boss", password="wrong")),
    "the office": (OUTSIDE, posts("/office/login/", username="boss", password="wrong")),
    "passkey at the mall": (OUTSIDE, signs(SIGN_IN, lambda one: one.get(SIGN_IN).json())),
    "passkey at the office": (OUTSIDE, signs(SIGN_IN, lambda one: one.get(SIGN_IN).json())),
    "code after the password": (PENDING, posts(CODE, code="000000")),
    "passkey after the password": (
        PENDING,
        signs(CODE, lambda one: one.get(CODE).context["js_data"]["request_options"]),
    ),
    "password again": (INSIDE, posts("/accounts/reauthenticate/", password="wrong")),
    "code again": (INSIDE, posts("/accounts/2fa/reauthenticate/", code="000000")),
    "passkey again": (
        INSIDE,
        signs(
            "/accounts/2fa/passkeys/confirm/",
            lambda one: one.get("/accounts/2fa/passkeys/confirm/").context["js_data"][
                "request_options"
            ],
        ),
    ),
    "old password": (
        INSIDE,
        posts(
            "/accounts/password/change/", oldpassword="wrong", password1="x" * 9, password2="x" * 9
        ),
    ),
    "code of a mobile": (INSIDE, posts("/accounts/mobile/", code="000000")),
    "first code": (INSIDE, posts("/accounts/2fa/totp/activate/", code="000000")),
    "password at the office": (INSIDE, posts("/office/confirm/", password="wrong")),
    "code at the office": (INSIDE, posts("/office/confirm/", code="000000")),
    "passkey confirms": (
        INSIDE,
        signs("/office/confirm/", lambda one: one.get("/office/confirm/").context["passkey"]),
    ),
}


def test_every_field_for_a_secret_is_behind_a_door_that_is_tried_here():
    found = set()
    for page in (ROOT / "src/zengzhi/doors").glob("*/templates/**/*.html"):
        if SECRET.search(page.read_text()):
            found.add(str(page).partition("templates/")[2])
    assert found | {"account/login.html", "office/login.html"} == set(TEMPLATES)
    assert {door for doors in TEMPLATES.values() for door in doors} == set(DOORS)


@pytest.fixture
def boss(db, monkeypatch) -> User:
    """An account with everything that can be guessed; for the limiter no time passes by itself."""
    boss = User.objects.create_superuser("boss", password=RIGHT)
    client = Client()
    sign_in(client)
    set_up(client)
    key = SoftKey()
    options = client.get("/accounts/2fa/passkeys/add/").context["options"]
    client.post("/accounts/2fa/passkeys/add/", {"credential": key.make(options)})
    assert Authenticator.objects.filter(user=boss).count() == 3
    HANDLE[:] = [key.handle]
    Budget.objects.all().delete()
    return boss


def client_for(state: str, boss: User, door: str) -> Client:
    client = Client()
    if state == PENDING:
        sign_in(client)
    elif state == INSIDE:
        client.force_login(boss)
        client.post("/office/confirm/", {"password": RIGHT})
        client.post("/accounts/mobile/", {"mobile": "13800138000"})
        if door == "first code":
            Authenticator.objects.filter(type="totp").delete()
            client.get("/accounts/2fa/totp/activate/")
    client.cookies.pop("zengzhi_device", None)
    return client


@pytest.mark.parametrize("door", list(DOORS))
def test_ten_wrong_ones_in_fifteen_minutes_at_every_door(boss, monkeypatch, door):
    state, send = DOORS[door]
    client = client_for(state, boss, door)
    statuses = []
    for turn in range(60):
        second = microseconds(NOON) + turn * (MINUTES_15 // 60) * limiter.SECOND
        monkeypatch.setattr(limiter, "_now_us", lambda second=second: second)
        statuses.append(send(client, f"203.0.113.{turn}"))
    looked_at = [status for status in statuses if status != 429]
    assert set(looked_at) <= {200, 302, 422}, statuses
    assert 5 <= len(looked_at) <= 10, statuses


def test_a_link_is_guessed_no_faster_from_one_address(monkeypatch):
    monkeypatch.setattr(limiter, "_now_us", lambda: microseconds(NOON))
    statuses = [
        Client().get(f"/accounts/link/{turn}/", REMOTE_ADDR="203.0.113.1").status_code
        for turn in range(40)
    ]
    assert statuses == [410] * 30 + [429] * 10


def test_every_address_that_takes_a_form_or_a_callback_spends(monkeypatch):
    """With its budget spent, each address refuses: those of callbacks by the budget of callbacks,
    all others by that of forms, of the address and of the account."""
    small_mall()
    monkeypatch.setattr(limiter, "_now_us", lambda: microseconds(NOON))
    boss = User.objects.create_superuser("boss", password=RIGHT)
    inside, outside = Client(), Client()
    inside.force_login(boss)
    for limit, holder in (
        (limiter.WRITE, "203.0.113.1"),
        (limiter.WRITE, f"user:{boss.pk}"),
        (limiter.BAD_CALLBACK, "203.0.113.1"),
    ):
        for _turn in range(limit.burst):
            limiter.take((limit, holder))
    free, callbacks = [], []
    views = {route: pattern.callback for route, pattern in patterns()}
    for route, address in addresses().items():
        if getattr(views[route], "csrf_exempt", False):
            callbacks.append(route)
        elif inside.post(address, {}, REMOTE_ADDR="203.0.113.2").status_code != 429:
            free.append(f"{address} by account")
        if outside.post(address, {}, REMOTE_ADDR="203.0.113.1").status_code != 429:
            free.append(f"{address} by address")
    assert not free, "\n".join(free)
    assert len(views) > 150
    assert all(route.startswith("pay/") for route in callbacks), callbacks
    assert callbacks
