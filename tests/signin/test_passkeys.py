"""Passkeys: made, named, removed, signed in with, confirmed with; what is forged is refused."""

import json
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.signin.softkey import SoftKey
from tests.signin.test_second_factor import DANGEROUS, stale
from zengzhi.records.control.models import Act, Budget
from zengzhi.records.members.models import Notice, User
from zengzhi.records.store import clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
RIGHT = "correct horse"
ADD, SIGN_IN = "/accounts/2fa/passkeys/add/", "/accounts/2fa/passkeys/sign-in/"
LIST, CODE = "/accounts/2fa/passkeys/", "/accounts/2fa/authenticate/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", password=RIGHT)


def by_password(name: str = "boss", **more) -> Client:
    client = Client(**more)
    client.post("/office/login/", {"username": name, "password": RIGHT})
    return client


def add(client: Client, key: SoftKey, name: str = "phone"):
    options = client.get(ADD).context["options"]
    return client.post(ADD, {"name": name, "credential": key.make(options)})


def by_passkey(key: SoftKey, door: str = "office", client: Client | None = None, **more):
    client = client or Client()
    options = client.get(SIGN_IN).json()
    answer = client.post(
        SIGN_IN, {"credential": key.sign(options), "door": door}, REMOTE_ADDR="203.0.113.9", **more
    )
    return client, answer


@pytest.fixture
def key(boss) -> SoftKey:
    key = SoftKey()
    assert add(by_password(), key).url == "/accounts/2fa/recovery-codes/"
    return key


def is_inside(client: Client) -> bool:
    return client.get("/office/").status_code == 200


def test_a_passkey_signs_in_by_itself_without_name_and_password(boss, key):
    client, answer = by_passkey(key)
    assert answer.url == "/office/"
    assert is_inside(client)
    assert Act.objects.filter(what="sign_in", by=boss).count() == 2
    assert client.get(DANGEROUS).status_code == 200


def test_a_passkey_is_the_second_factor_after_the_password(boss, key):
    client = Client()
    asked = client.post("/office/login/", {"username": "boss", "password": RIGHT})
    assert asked.url == CODE
    assert not is_inside(client)
    options = client.get(CODE).context["js_data"]["request_options"]
    assert client.post(CODE, {"credential": key.sign(options)}).url == "/office/"
    assert is_inside(client)


def test_without_a_passkey_at_hand_a_recovery_code_opens_once(boss):
    client = by_password()
    add(client, SoftKey())
    code = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"][0]
    for expected in (302, 200):
        other = Client()
        other.post("/office/login/", {"username": "boss", "password": RIGHT})
        assert other.post(CODE, {"code": code}).status_code == expected


def test_a_passkey_confirms_that_it_is_still_you(boss, key):
    client, _answer = by_passkey(key)
    stale(client)
    asked = client.get(DANGEROUS).url
    assert asked.startswith("/office/confirm/")
    options = client.get(asked).context["passkey"]
    wrong = SoftKey(credential_id=key.credential_id).sign(options)
    assert client.post(asked, {"credential": wrong}).status_code == 422
    assert client.get(DANGEROUS).url.startswith("/office/confirm/")
    options = client.get(asked).context["passkey"]
    done = client.post(asked, {"credential": key.sign(options), "next": DANGEROUS})
    assert done.url == DANGEROUS
    assert client.get(DANGEROUS).status_code == 200


def test_a_member_confirms_with_it_too(client, member):
    key = SoftKey()
    client.post("/accounts/login/", {"login": "wang", "password": RIGHT})
    client.post("/accounts/reauthenticate/", {"password": RIGHT})
    add(client, key)
    stale(client)
    page = client.get("/accounts/reauthenticate/?next=/accounts/2fa/passkeys/add/")
    assert 'data-test="by-passkey"' in page.content.decode()
    confirm = "/accounts/2fa/passkeys/confirm/?next=/accounts/2fa/passkeys/add/"
    options = client.get(confirm).context["js_data"]["request_options"]
    wrong = client.post(confirm, {"credential": SoftKey(handle=key.handle).sign(options)})
    assert wrong.url == confirm
    options = client.get(confirm).context["js_data"]["request_options"]
    assert client.post(confirm, {"credential": key.sign(options)}).url == ADD
    assert client.get(ADD).status_code == 200


def test_it_is_named_and_removed_by_its_owner_alone_and_told(boss, member, key):
    row = Authenticator.objects.get(type="webauthn")
    client, _answer = by_passkey(key)
    named = client.post(f"{LIST}{row.pk}/name/", {"name": "钥匙" * 20})
    assert named.url == LIST
    assert "钥匙" * 20 in client.get(LIST).content.decode()
    assert client.post(f"{LIST}{row.pk}/name/", {"name": "x" * 41}).status_code == 200
    other = Client()
    other.force_login(member.user)
    other.post("/accounts/reauthenticate/", {"password": RIGHT})
    assert other.post(f"{LIST}{row.pk}/remove/").status_code == 404
    assert other.post(f"{LIST}{row.pk}/name/", {"name": "x"}).status_code == 404
    assert client.post(f"{LIST}{row.pk}/remove/").url == LIST
    assert not Authenticator.objects.exists()  # the recovery codes went with the last factor
    kinds = set(Notice.objects.filter(user=boss).values_list("kind", flat=True))
    assert {"passkey_on", "passkey_off"} <= kinds
    whats = list(Act.objects.filter(by=boss, why="webauthn").values_list("what", flat=True))
    assert sorted(whats) == ["factor_off", "factor_on"]


def test_a_stale_sign_in_neither_adds_nor_removes_one(boss, key):
    client, _answer = by_passkey(key)
    stale(client)
    row = Authenticator.objects.get(type="webauthn")
    for address in (ADD, f"{LIST}{row.pk}/remove/", f"{LIST}{row.pk}/name/"):
        assert "/reauthenticate/" in client.post(address, {}).url
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_staff_in_production_may_set_up_a_passkey_in_place_of_an_app(boss, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    client = by_password()
    assert client.get("/office/").url == "/accounts/2fa/totp/activate/"
    assert (
        'href="/accounts/2fa/passkeys/add/"' in client.get("/office/", follow=True).content.decode()
    )
    add(client, SoftKey())
    assert is_inside(client)


def forged(key: SoftKey) -> dict[str, SoftKey]:
    same = {"handle": key.handle, "credential_id": key.credential_id}
    return {
        "another key": SoftKey(**same),
        "another site": SoftKey(**same, key=key.key, rp="evil.example"),
        "another page": SoftKey(**same, key=key.key, origin="https://evil.example"),
        "without finger or PIN": SoftKey(**same, key=key.key, verifies=False),
        "unknown": SoftKey(handle=key.handle, key=key.key),
        "of nobody": SoftKey(key=key.key, credential_id=key.credential_id, handle="OTk5OTk"),
    }


@pytest.mark.parametrize("how", list(forged(SoftKey())))
def test_what_is_forged_is_refused(boss, key, how):
    client, answer = by_passkey(forged(key)[how])
    assert answer.url == "/office/login/"
    assert not is_inside(client)
    client, answer = by_passkey(key)
    assert answer.url == "/office/"


def test_an_answer_counts_once_and_only_in_its_session(boss, key):
    client = Client()
    said = key.sign(client.get(SIGN_IN).json())
    elsewhere = Client()
    elsewhere.get(SIGN_IN)
    assert elsewhere.post(SIGN_IN, {"credential": said, "door": "office"}).url == "/office/login/"
    assert client.post(SIGN_IN, {"credential": said, "door": "office"}).url == "/office/"
    client.post("/office/logout/")
    client.post(SIGN_IN, {"credential": said, "door": "office"})
    assert not is_inside(client)


def test_a_key_that_asks_for_nothing_is_no_passkey(boss):
    client = by_password()
    assert add(client, SoftKey(verifies=False)).status_code == 200
    assert not Authenticator.objects.exists()


def test_whoever_is_switched_off_or_no_staff_stays_outside(boss, key, member):
    User.objects.filter(pk=boss.pk).update(is_active=False)
    client, _answer = by_passkey(key)
    assert not is_inside(client)
    own = SoftKey()
    client.force_login(member.user)
    client.post("/accounts/reauthenticate/", {"password": RIGHT})
    add(client, own)
    client, answer = by_passkey(own)
    assert answer.url == "/office/login/"
    client, answer = by_passkey(own, door="mall")
    assert answer.url == "/"
    assert client.get("/wallet/").status_code != 302


def test_nobody_is_sent_elsewhere_afterwards(boss, key):
    client = Client()
    said = key.sign(client.get(SIGN_IN).json())
    data = {"credential": said, "door": "office", "next": "https://evil.example/"}
    assert client.post(SIGN_IN, data).url == "/office/"


def test_at_most_ten_keys_and_nothing_else_of_what_was_sent_is_kept(boss):
    client = by_password()
    for number in range(11):
        key = SoftKey()
        options = client.get(ADD).context["options"]
        said = json.loads(key.make(options)) | {"extra": "\x00", "more": [1] * 100}
        client.post(ADD, {"name": f"key {number}", "credential": json.dumps(said)})
    rows = Authenticator.objects.filter(type="webauthn")
    assert rows.count() == 10
    assert all("extra" not in row.data["credential"] for row in rows)


NAMES = [
    *("id", "rawId", "type", "response", "userHandle", "clientDataJSON", "signature"),
    *("attestationObject", "authenticatorData", "clientExtensionResults"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("AAAA"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


SENT = JSON.map(json.dumps) | st.sampled_from(["[" * 9000, "1" * 9000, "x" * 90_000, "{", "\x00"])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=SENT, which=st.sampled_from(["add", "sign in", "confirm", "code"]))
def test_whatever_is_sent_is_refused_in_words(boss, key, said, which):
    Budget.objects.all().delete()  # nothing is refused for being one too many
    with clock.at(NOON):
        client = Client(raise_request_exception=False)
        if which == "code":
            address = CODE
            client.post("/office/login/", {"username": "boss", "password": RIGHT})
        else:
            client.force_login(boss)
            address = {"add": ADD, "sign in": SIGN_IN, "confirm": "/office/confirm/"}[which]
            client.post("/office/confirm/", {"password": RIGHT})
        client.get(address)
        answer = client.post(address, {"credential": said, "door": "office"})
        refused_before = 400 if "\0" in said else None
        assert answer.status_code in {200, 302, 422, refused_before}, (which, said)
    assert Authenticator.objects.filter(type="webauthn").count() == 1
