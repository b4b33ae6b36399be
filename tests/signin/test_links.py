"""Nobody sets another's password: one-time links to its owner, then a time of cooling."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from tests.approvals import let_go
from tests.signin.test_second_factor import sign_in
from tests.wallet.conftest import bank_card, give
from zengzhi.doors.shared import delivery
from zengzhi.records.control.models import Act, Record
from zengzhi.records.members.errors import BadLink
from zengzhi.records.members.links import cooling_until, make_link, owner_of, use_link
from zengzhi.records.members.models import Contact, Member, Notice, OneTimeLink, User
from zengzhi.records.store import clock
from zengzhi.records.wallet.errors import JustReset
from zengzhi.records.wallet.models import State
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.withdraw import request_withdrawal

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NEW = "battery staple 7"
RIGHT = "correct horse"
LINK = re.compile(r"http://testserver(/accounts/link/[\w-]+/)")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_screen():
    delivery.SCREEN.clear()


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", password=RIGHT)


def last_link() -> str:
    return LINK.search(delivery.SCREEN[0].text)[1]


def test_a_link_works_once_and_not_for_long(member):
    with clock.at(NOON):
        secret = make_link(member.user, None)
        assert owner_of(secret) == member.user
        use_link(secret, NEW)
        with pytest.raises(BadLink):
            use_link(secret, NEW)
        late = make_link(member.user, None)
    with clock.at(NOON + timedelta(hours=2, seconds=1)), pytest.raises(BadLink):
        use_link(late, NEW)
    member.user.refresh_from_db()
    assert member.user.check_password(NEW)


def test_a_newer_link_ends_the_older_one(member):
    older, newer = make_link(member.user, None), make_link(member.user, None)
    with pytest.raises(BadLink):
        owner_of(older)
    assert owner_of(newer) == member.user


def test_an_easy_password_leaves_the_link_open(member):
    secret = make_link(member.user, None)
    with pytest.raises(ValidationError):
        use_link(secret, "123")
    use_link(secret, NEW)


def test_the_secret_is_in_no_table_and_no_record(member):
    secret = make_link(member.user, None)
    assert secret not in str(list(OneTimeLink.objects.values()))
    assert secret not in str(list(Record.objects.values_list("content", flat=True)))


def test_after_a_reset_the_account_cools_and_a_first_password_is_none(member, boss):
    with clock.at(NOON):
        assert cooling_until(member.user) is None
        use_link(make_link(member.user, boss), NEW)
        until = cooling_until(member.user)
        assert until is not None
        assert abs(until - NOON - timedelta(hours=24)) < timedelta(seconds=5)
    with clock.at(NOON + timedelta(hours=25)):
        assert cooling_until(member.user) is None
        fresh = User(username="fresh")
        fresh.set_unusable_password()
        fresh.save()
        use_link(make_link(fresh, boss), NEW)
        assert cooling_until(fresh) is None
        use_link(make_link(fresh, boss), NEW + "x")
        assert cooling_until(fresh) is not None


def test_a_member_recovers_by_the_page(client, member):
    before = Client()
    before.force_login(member.user)
    assert before.get("/wallet/").status_code == 200
    page = client.post("/accounts/recover/", {"username": "wang"}).content.decode()
    assert 'data-test="sent"' in page
    address = last_link()
    assert client.get(address).status_code == 200
    two = client.post(address, {"password1": NEW, "password2": "other"})
    assert two.status_code == 422
    done = client.post(address, {"password1": NEW, "password2": NEW})
    assert done.url == "/accounts/login/"
    assert client.get(address).status_code == 410
    assert before.get("/wallet/").status_code == 302
    assert client.post("/accounts/login/", {"login": "wang", "password": NEW}).status_code == 302
    kinds = list(Notice.objects.filter(user=member.user).values_list("kind", flat=True))
    assert {"link_sent", "link_used"} <= set(kinds)
    assert Act.objects.filter(what="use_link", by=member.user).count() == 1


def test_the_answer_is_the_same_for_names_that_nobody_has(client, member):
    texts = {
        re.sub(r'value="[^"]{64}"', "", page.content.decode())
        for page in (
            client.post("/accounts/recover/", {"username": name}) for name in ("wang", "nobody")
        )
    }
    assert len(texts) == 1
    assert len(delivery.SCREEN) == 1


def test_links_for_one_account_are_few(client, member):
    with clock.at(NOON):
        for turn in range(10):
            client.post("/accounts/recover/", {"username": "wang"}, REMOTE_ADDR=f"203.0.113.{turn}")
    assert len(delivery.SCREEN) == 3


def test_by_mail_where_there_is_one_and_nowhere_where_there_is_none(client, member, settings):
    settings.DEMO = False
    assert client.get("/accounts/recover/").status_code == 404
    assert "/accounts/recover/" not in client.get("/accounts/login/").content.decode()
    settings.MAIL_HOST = "mail.example"
    client.post("/accounts/recover/", {"username": "wang"})
    assert mail.outbox == []
    User.objects.filter(pk=member.user_id).update(email="wang@example.com")
    client.post("/accounts/recover/", {"username": "wang"})
    assert [one.to for one in mail.outbox] == [["wang@example.com"]]
    assert LINK.search(mail.outbox[0].body)


def test_the_office_has_no_page_that_sets_a_password(client, boss, member):
    sign_in(client)
    address = f"/office/members/user/{member.user_id}/"
    assert client.get(f"{address}password/").status_code == 403
    before = User.objects.get(pk=member.user_id).password
    page = client.get(f"{address}change/")
    assert before not in page.content.decode()
    client.post(
        f"{address}password/", {"password1": NEW, "password2": NEW, "usable_password": True}
    )
    client.post(f"{address}change/", {"password": "x", "password1": NEW, "email": "me@x.example"})
    after = User.objects.get(pk=member.user_id)
    assert (after.password, after.email) == (before, "")


def test_staff_send_a_link_that_only_its_owner_sees(client, boss, member):
    sign_in(client)
    address = f"/office/members/user/{member.user_id}/link/"
    assert client.get(address).status_code == 200
    short = client.post(address, {"why": "x"})
    assert short.status_code == 422
    done = client.post(address, {"why": "lost the password"}, follow=True)
    secret = last_link().split("/")[3]
    assert secret not in done.content.decode()
    act = Act.objects.get(what="send_link")
    assert (act.by, act.about, act.why) == (boss, f"user:{member.user_id}", "lost the password")
    assert Notice.objects.filter(user=member.user, kind="link_sent").exists()


def test_the_owner_cannot_become_a_colleague(client, boss):
    """S1: the owner resets a colleague's password, signs in as them and approves the own act."""
    anna = User.objects.create_user("anna", password=RIGHT, is_staff=True, email="anna@example.com")
    anna.groups.add(Group.objects.get(name="finance"))
    sign_in(client)
    change = f"/office/members/user/{anna.pk}/change/"
    client.post(change, {"email": "boss@example.com", "username": "anna2", "is_active": "on"})
    anna.refresh_from_db()
    assert (anna.email, anna.username) == ("anna@example.com", "anna")
    assert anna.check_password(RIGHT)


def test_whoever_is_added_sets_the_first_password_by_a_link(client, boss):
    sign_in(client)
    form = {"username": "neu", "first_name": "新", "email": "neu@example.com", "is_staff": "on"}
    client.post("/office/members/user/add/", form)
    user = User.objects.get(username="neu")
    assert not user.has_usable_password()
    assert Act.objects.filter(what="add_user", about=f"user:{user.pk}", by=boss).exists()
    client.post(last_link(), {"password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert cooling_until(user) is None


def test_changing_the_own_password_needs_the_old_one_and_ends_other_sessions(member):
    one, two = Client(), Client()
    for client in (one, two):
        client.post("/accounts/login/", {"login": "wang", "password": RIGHT})
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    assert 'data-test="error"' in one.post("/accounts/password/change/", form).content.decode()
    assert two.get("/wallet/").status_code == 200
    one.post("/accounts/password/change/", {**form, "oldpassword": RIGHT})
    assert one.get("/accounts/security/").status_code == 200
    assert two.get("/accounts/security/").status_code == 302
    assert Act.objects.filter(what="change_password", by=member.user).count() == 1
    assert Notice.objects.filter(user=member.user, kind="password").exists()


def test_the_old_password_is_guessed_no_faster_than_at_a_door(client, member):
    client.force_login(member.user)
    change, form = "/accounts/password/change/", {"password1": NEW, "password2": NEW}
    with clock.at(NOON):
        tried = [
            client.post(change, {**form, "oldpassword": f"{turn}"}).status_code for turn in range(8)
        ]
    assert tried == [200] * 5 + [429] * 3


def test_a_mobile_is_confirmed_by_its_code(client, member):
    client.post("/accounts/login/", {"login": "wang", "password": RIGHT})
    client.post("/accounts/reauthenticate/", {"password": RIGHT})
    assert client.post("/accounts/mobile/", {"mobile": "123"}).status_code == 422
    client.post("/accounts/mobile/", {"mobile": "13800138000"})
    assert not Contact.objects.exists()
    code = re.search(r"[0-9]{6}", delivery.SCREEN[0].text)[0]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert client.post("/accounts/mobile/", {"code": wrong}).status_code == 422
    client.post("/accounts/mobile/", {"code": code})
    assert Contact.objects.get().mobile == "13800138000"
    page = client.get("/accounts/profile/").content.decode()
    assert "138****8000" in page
    assert "13800138000" not in page


def test_name_and_mail_are_the_members_own_to_change(client, member):
    client.post("/accounts/login/", {"login": "wang", "password": RIGHT})
    form = {"nickname": "王小磊", "email": "wang@example.com"}
    asked = client.post("/accounts/profile/", form)
    assert asked.url.startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": RIGHT})
    client.post("/accounts/profile/", form)
    assert Member.objects.get(pk=member.pk).nickname == "王小磊"
    assert User.objects.get(pk=member.user_id).email == "wang@example.com"
    assert Notice.objects.filter(user=member.user, kind="contact").exists()


def test_after_a_reset_nothing_is_approved_or_paid_out(member, boss, pool):
    give(member, 1_000_00, at=clock.now())
    bank_card(member, at=clock.now())
    payee = payees_of(member)[0].pk
    row = request_withdrawal(member, 100_00, payee, uuid.uuid4())
    use_link(make_link(boss, None), NEW)
    with pytest.raises(JustReset):
        let_go(row.pk, boss)
    use_link(make_link(member.user, None), NEW)
    with pytest.raises(JustReset):
        request_withdrawal(member, 100_00, payee, uuid.uuid4())
    with clock.at(clock.now() + timedelta(hours=25)):
        assert let_go(row.pk, boss).state == State.APPROVED
        request_withdrawal(member, 100_00, payee, uuid.uuid4())
