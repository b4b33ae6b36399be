"""Every door counts guesses together; the owner gets in from a known device."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest
from django.test import Client

from zengzhi.doors.shared.signin import devices
from zengzhi.mall.chores import do_chores
from zengzhi.mall.orders.money import start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.payments.demo_gateway import callback_for
from zengzhi.records.control import limiter
from zengzhi.records.control.models import Act, Budget
from zengzhi.records.members.models import Notice, User
from zengzhi.records.store import clock
from zengzhi.records.store.clock import microseconds

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
RIGHT = "correct horse"
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", password=RIGHT)


def guess(door: str, name: str, password: str, address: str = "203.0.113.9", client=None) -> int:
    client = client or Client()
    field = "username" if door == "/office/login/" else "login"
    answer = client.post(door, {field: name, "password": password}, REMOTE_ADDR=address)
    return answer.status_code


def reauthenticate(name: str, password: str, address: str, client: Client) -> int:
    answer = client.post("/accounts/reauthenticate/", {"password": password}, REMOTE_ADDR=address)
    return answer.status_code


def with_cookie(value: str) -> HttpRequest:
    request = HttpRequest()
    request.COOKIES[devices.COOKIE] = value
    return request


DOORS = ["/office/login/", "/accounts/login/"]


@pytest.mark.parametrize("door", DOORS)
def test_sixty_addresses_guess_at_most_ten_times_in_fifteen_minutes(boss, door):
    seen = 0
    for turn in range(60):
        with clock.at(NOON + timedelta(seconds=15 * turn)):
            status = guess(door, "boss", f"wrong {turn}", f"203.0.113.{turn}")
        assert status in (200, 422, 429)
        seen += status != 429
    assert 5 <= seen <= 10
    assert Act.objects.filter(what="sign_in_failed", about=f"user:{boss.pk}").count() == seen


def test_both_doors_and_the_confirmation_share_one_budget(boss):
    inside = Client()
    inside.force_login(boss)
    with clock.at(NOON):
        statuses = [
            guess(DOORS[turn % 2], "boss", "wrong", f"203.0.113.{turn}") for turn in range(4)
        ]
        statuses.append(reauthenticate("boss", "wrong", "203.0.113.90", inside))
        assert 429 not in statuses
        assert guess(DOORS[0], "boss", "wrong", "203.0.113.91") == 429
        assert guess(DOORS[1], "boss", "wrong", "203.0.113.92") == 429
        assert reauthenticate("boss", "wrong", "203.0.113.93", inside) == 429


@pytest.mark.parametrize("door", DOORS)
def test_the_owner_gets_in_from_a_known_device_while_others_guess(boss, door):
    mine = Client()
    with clock.at(NOON):
        assert guess(door, "boss", RIGHT, client=mine) == 302
        mine.post("/accounts/logout/")
        for turn in range(40):
            guess(door, "boss", "wrong", f"203.0.113.{turn}")
        assert guess(door, "boss", RIGHT, "203.0.113.200") == 429
        assert guess(door, "boss", RIGHT, client=mine) == 302


def test_a_known_device_guesses_no_faster(boss):
    mine = Client()
    with clock.at(NOON):
        assert guess(DOORS[0], "boss", RIGHT, client=mine) == 302
        mine.post("/accounts/logout/")
        tried = [guess(DOORS[0], "boss", "wrong", client=mine) for _turn in range(8)]
    assert tried == [422] * 5 + [429] * 3


def test_an_address_that_guesses_many_names_waits(boss):
    with clock.at(NOON):
        tried = [guess(DOORS[0], f"name{turn}", "wrong") for turn in range(40)]
        assert tried.count(429) == 10
        assert guess(DOORS[0], "boss", RIGHT, "203.0.113.77") == 302


def test_right_passwords_spend_nothing(boss):
    with clock.at(NOON):
        assert [guess(DOORS[0], "boss", RIGHT) for _turn in range(40)] == [302] * 40


def test_a_cookie_of_another_account_or_of_an_older_password_is_worth_nothing(boss, member):
    mine = Client()
    guess("/accounts/login/", "wang", RIGHT, client=mine)
    cookie = mine.cookies[devices.COOKIE].value
    assert devices.known(with_cookie(cookie), member.user)
    assert not devices.known(with_cookie(cookie), boss)
    assert not devices.known(with_cookie("x" + cookie), member.user)
    member.user.set_password("another horse")
    member.user.save()
    assert not devices.known(with_cookie(cookie), User.objects.get(pk=member.user_id))


def test_the_page_of_waiting_says_for_how_long(boss):
    with clock.at(NOON):
        for turn in range(5):
            guess(DOORS[0], "boss", "wrong", f"203.0.113.{turn}")
        for language, said in (("zh-hans", "3 分钟后"), ("en", "in 3 minutes")):
            client = Client()
            client.cookies["django_language"] = language
            answer = client.post("/office/login/", {"username": "boss", "password": "x"})
            assert answer.status_code == 429
            assert 0 < int(answer.headers["Retry-After"]) <= 180
            assert said in answer.content.decode()


def test_sign_ins_and_sign_outs_are_on_the_audit_log(client, boss):
    client.post("/office/login/", {"username": "boss", "password": "x"}, REMOTE_ADDR="203.0.113.5")
    client.post("/office/login/", {"username": "boss", "password": RIGHT})
    client.post("/office/logout/")
    acts = Act.objects.filter(about=f"user:{boss.pk}").order_by("pk")
    assert [(act.what, act.by_id) for act in acts] == [
        ("sign_in_failed", None),
        ("sign_in", boss.pk),
        ("sign_out", boss.pk),
    ]
    assert acts[0].address == "203.0.113.5"
    assert all(len(act.request_id) == 16 for act in acts)
    assert len({act.request_id for act in acts}) == 3


def test_a_new_device_is_told_to_the_owner_and_a_known_one_is_not(boss):
    mine = Client()
    for _turn in range(3):
        guess(DOORS[0], "boss", RIGHT, client=mine)
        mine.post("/office/logout/")
    told = Notice.objects.filter(user=boss, kind=Notice.Kind.NEW_DEVICE)
    assert told.count() == 1
    guess(DOORS[0], "boss", RIGHT)
    assert told.count() == 2
    devices_of = [act.after["device"] for act in Act.objects.filter(what="sign_in")]
    assert devices_of == ["new", "known", "known", "new"]


def test_a_device_is_told_once_also_after_a_new_password(boss):
    mine = Client()
    guess(DOORS[0], "boss", RIGHT, client=mine)
    mine.post("/office/logout/")
    boss.set_password("another horse 9")
    boss.save()
    assert guess(DOORS[0], "boss", "another horse 9", client=mine) == 302
    assert Notice.objects.filter(user=boss, kind=Notice.Kind.NEW_DEVICE).count() == 1
    assert Act.objects.filter(what="sign_in").last().after == {"device": "new"}


def test_whoever_is_no_staff_stays_outside_the_office(client, member):
    answer = client.post("/office/login/", {"username": "wang", "password": RIGHT})
    assert answer.status_code == 422
    assert client.get("/office/").status_code == 302


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_after_signing_in_nobody_is_sent_elsewhere(client, boss, after):
    answer = client.post("/office/login/", {"username": "boss", "password": RIGHT, "next": after})
    assert answer.url == "/office/"


@pytest.fixture
def still(monkeypatch):
    """For the limiter no time passes: a slow machine gives nobody a try back."""
    noon = microseconds(NOON)
    monkeypatch.setattr(limiter, "_now_us", lambda: noon)


def test_forms_that_write_are_slowed_by_address_and_by_account(client, member, still):
    client.force_login(member.user)
    with clock.at(NOON):
        answers = [
            client.post("/i18n/setlang/", {"language": "en"}, REMOTE_ADDR=f"203.0.113.{turn % 200}")
            for turn in range(260)
        ]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:240] == [302] * 240
    assert 429 in statuses[240:]
    other = Client()
    with clock.at(NOON):
        assert other.post("/i18n/setlang/", {"language": "en"}).status_code == 302


def test_refused_callbacks_slow_their_sender_and_right_ones_nobody(
    client, pool, product, member, still
):
    def send(address, body=b"{}", signature="x"):
        return client.post(
            "/pay/demo/callback",
            body,
            content_type="application/json",
            headers={"X-Demo-Signature": signature},
            REMOTE_ADDR=address,
        ).status_code

    with clock.at(NOON):
        wrong = [send("203.0.113.1") for _turn in range(130)]
        assert 429 in wrong[120:]
        assert 429 not in wrong[:120]
        order = place_order(member, product, 1, uuid.uuid4())
        payment = start_payment(order)
        body, signature = callback_for(payment.reference, order.number, payment.amount_fen)
        right = [send("203.0.113.2", body, signature) for _turn in range(130)]
        assert set(right) == {200}


def test_the_table_of_budgets_stays_small(boss):
    with clock.at(NOON):
        for turn in range(60):
            guess(DOORS[0], f"name{turn}", "wrong", f"203.0.113.{turn}")
        assert Budget.objects.count() >= 60
    later = NOON + timedelta(hours=1)
    with clock.at(later):
        assert do_chores(later)["budgets"] >= 60
    assert Budget.objects.count() == 0
