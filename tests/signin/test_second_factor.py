"""The second factor: set up, asked for, each code once; staff in production have one."""

import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client

from zengzhi.records.control.models import Act, Record
from zengzhi.records.members.models import Notice, User
from zengzhi.records.store import clock
from zengzhi.verify.control import rows_against_records

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
RIGHT = "correct horse"
SET_UP = "/accounts/2fa/totp/activate/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", password=RIGHT)


def code(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client: Client, name: str = "boss", password: str = RIGHT):
    return client.post("/office/login/", {"username": name, "password": password})


def set_up(client: Client) -> str:
    """Switch it on; the secret."""
    secret = client.get(SET_UP).context["form"].secret
    answer = client.post(SET_UP, {"code": code(secret)})
    assert answer.url == "/accounts/2fa/recovery-codes/"
    return secret


@pytest.fixture
def secret(boss) -> str:
    client = Client()
    sign_in(client)
    return set_up(client)


def test_after_the_password_a_code_is_asked_for(client, boss, secret):
    answer = sign_in(client)
    assert answer.url == "/accounts/2fa/authenticate/"
    assert client.get("/office/").url.startswith("/office/login/")
    page = client.get("/accounts/2fa/authenticate/")
    assert "shared/plain.html" in [template.name for template in page.templates]
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert 'data-test="error"' in wrong.content.decode()
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret, 1)}).url == "/office/"
    assert client.get("/office/").status_code == 200


def test_a_code_works_once_whichever_process_is_asked(boss, secret):
    for expected in (302, 200):
        client = Client()
        sign_in(client)
        cache.clear()  # another process remembers nothing
        answer = client.post("/accounts/2fa/authenticate/", {"code": code(secret, 1)})
        assert answer.status_code == expected


def test_codes_are_guessed_at_most_as_fast_as_passwords(boss, secret):
    tried = []
    with clock.at(NOON):
        for turn in range(12):
            client = Client(REMOTE_ADDR=f"203.0.113.{turn}")
            sign_in(client)
            answer = client.post("/accounts/2fa/authenticate/", {"code": f"{turn:06d}"})
            tried.append(answer.status_code)
    assert tried == [200] * 5 + [429] * 7
    assert Act.objects.filter(what="code_failed", about=f"user:{boss.pk}").count() == 5


def test_recovery_codes_are_shown_once_and_each_works_once(boss):
    client = Client()
    sign_in(client)
    set_up(client)
    shown = client.get("/accounts/2fa/recovery-codes/")
    codes = shown.context["unused_codes"]
    assert len(set(codes)) == 10
    assert all(one in shown.content.decode() for one in codes)
    again = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert not any(one in again for one in codes)
    for expected in (302, 200):
        other = Client()
        sign_in(other)
        answer = other.post("/accounts/2fa/authenticate/", {"code": codes[3]})
        assert answer.status_code == expected


def test_secrets_lie_encrypted_and_are_sealed(boss, secret):
    for factor in Authenticator.objects.all():
        assert secret not in str(factor.data)
        record = Record.objects.filter(of_table="mfa_authenticator", row_key=str(factor.pk)).last()
        assert record is not None
        assert secret not in record.content
    assert list(rows_against_records(Authenticator)) == []
    table = Authenticator._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET type = 'webauthn' WHERE type = 'totp'")
    assert [problem.table for problem in rows_against_records(Authenticator)] == [table]


def test_switching_it_on_and_off_is_audited_and_told(
    client, boss, django_capture_on_commit_callbacks
):
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    whats = list(Act.objects.filter(by=boss).order_by("pk").values_list("what", "why"))
    assert ("factor_on", "totp") in whats
    assert ("factor_off", "totp") in whats
    kinds = set(Notice.objects.filter(user=boss).values_list("kind", flat=True))
    assert {"factor_on", "factor_off"} <= kinds


def test_in_production_staff_without_one_do_nothing_but_set_it_up(client, boss, pool, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    sign_in(client)
    for address in ("/office/", "/office/members/user/", "/wallet/", "/", "/accounts/security/"):
        for answer in (client.get(address), client.post(address, {})):
            assert (answer.status_code, answer.url) == (302, SET_UP), address
    set_up(client)
    assert client.get("/office/").status_code == 200


def test_in_production_members_need_none_and_in_the_demo_nobody_does(
    client, member, boss, pool, settings
):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    client.force_login(member.user)
    assert client.get("/wallet/").status_code == 200
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    client.force_login(boss)
    assert client.get("/office/").status_code == 200
    assert (
        'href="/accounts/2fa/totp/activate/"' in client.get("/accounts/security/").content.decode()
    )


def test_sessions_are_listed_and_the_others_can_be_ended(boss):
    one, two = Client(HTTP_USER_AGENT="Mozilla (iPhone) Safari/1"), Client()
    sign_in(one)
    sign_in(two)
    page = one.get("/accounts/sessions/").content.decode()
    assert page.count('data-test="session"') == 2
    assert "Safari · iPhone" in page
    one.post("/accounts/sessions/")
    assert two.get("/office/").status_code == 302
    assert one.get("/office/").status_code == 200


def stale(client: Client) -> None:
    session = client.session
    key = "account_authentication_methods"
    session[key] = [{**entry, "at": entry["at"] - 601} for entry in session[key]]
    session.save()


DANGEROUS = "/office/wallet/payoutbatch/new/"


def test_a_sign_in_is_fresh_for_ten_minutes_then_it_is_confirmed_inside_the_office(
    client, boss, pool
):
    sign_in(client)
    assert client.get(DANGEROUS).status_code == 200
    stale(client)
    asked = client.get(DANGEROUS)
    assert asked.url.startswith("/office/confirm/?next=")
    page = client.get(asked.url)
    assert "shared/plain.html" in [template.name for template in page.templates]
    wrong = client.post(asked.url, {"password": "wrong"})
    assert wrong.status_code == 422
    assert client.get(DANGEROUS).status_code == 302
    assert client.post(asked.url, {"password": RIGHT, "next": DANGEROUS}).url == DANGEROUS
    assert client.get(DANGEROUS).status_code == 200


def test_a_code_confirms_too(client, boss, pool, secret):
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret, 1)})
    stale(client)
    asked = client.get(DANGEROUS).url
    assert client.post(asked, {"code": "123"}).status_code == 422
    assert client.post(asked, {"code": code(secret, -1), "next": DANGEROUS}).url == DANGEROUS
