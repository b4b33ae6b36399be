"""S1 as it was done: an owner resets a colleague's and a member's password, signs in as them,
approves the own act and empties the wallet. Step by step, each of them fails."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.approvals import asked, let_go, send, signed_in
from tests.wallet.conftest import balances_of, bank_card, give
from zengzhi.doors.shared import delivery
from zengzhi.payments.demo_payout import DemoChannel
from zengzhi.records.control.approvals import service
from zengzhi.records.control.errors import CoolingDown, RightMissing
from zengzhi.records.control.models import Act
from zengzhi.records.members.links import make_link, use_link
from zengzhi.records.members.models import Notice, User
from zengzhi.records.store import clock
from zengzhi.records.wallet.errors import Cooling, JustReset, SamePerson
from zengzhi.records.wallet.models import State, WithdrawalTerms
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.terms_store import SET_TERMS
from zengzhi.records.wallet.withdraw import request_withdrawal
from zengzhi.verify.approvals import results

pytestmark = pytest.mark.django_db
RIGHT, STOLEN = "correct horse 9", "battery staple 7"


def staff(name: str, role: str) -> User:
    user = User.objects.create_user(
        name, password=RIGHT, is_staff=True, email=f"{name}@example.com"
    )
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def owner(db):
    return staff("mei", "owner")


@pytest.fixture
def colleague(db):
    return staff("rui", "reviewer")


@pytest.fixture
def office(client, owner):
    delivery.SCREEN.clear()
    client.force_login(owner)
    client.post("/accounts/reauthenticate/", {"password": RIGHT})
    return client


def test_step_1_no_page_sets_anothers_password(office, colleague, member):
    for user in (colleague, member.user):
        before = User.objects.get(pk=user.pk)
        form = {"password1": STOLEN, "password2": STOLEN, "password": STOLEN}
        office.post(f"/office/members/user/{user.pk}/password/", form)
        office.post(f"/office/members/user/{user.pk}/change/", {**form, "email": "me@x.example"})
        now = User.objects.get(pk=user.pk)
        assert (now.password, now.email) == (before.password, before.email)


def test_step_2_a_link_reaches_its_owner_alone_and_is_told(office, owner, colleague):
    address = f"/office/members/user/{colleague.pk}/link/"
    page = office.post(address, {"why": "forgot it"}, follow=True).content.decode()
    message = delivery.SCREEN[0]
    secret = message.text.split("/accounts/link/")[1].split("/")[0]
    assert secret not in page
    assert Notice.objects.filter(user=colleague, kind="link_sent").exists()
    act = Act.objects.get(what="send_link")
    assert (act.by, act.about) == (owner, f"user:{colleague.pk}")


def test_step_3_who_became_a_colleague_approves_nothing(owner, colleague):
    """Should the mail be read by the wrong person all the same."""
    row = asked(SET_TERMS, "terms", {"cooling_hours": 0}, owner)
    use_link(make_link(colleague, owner), STOLEN)
    with signed_in(colleague), pytest.raises(CoolingDown):
        service.approve(row.pk, row.digest, colleague)
    assert Notice.objects.filter(user=colleague, kind="link_used").exists()
    assert not WithdrawalTerms.objects.filter(cooling_hours=0).exists()


def test_step_4_who_became_a_member_takes_nothing_out(owner, member):
    give(member, 1_000_00, at=clock.now())
    card = bank_card(member, at=clock.now())
    use_link(make_link(member.user, owner), STOLEN)
    form = PayeeForm("alipay", "李四", "13900139000")
    mine = save_payee(member, form, uuid.uuid4())
    for payee in (card, mine):
        with pytest.raises((JustReset, Cooling)):
            request_withdrawal(member, 500_00, payee.pk, uuid.uuid4())
    assert balances_of(member) == (1_000_00, 0, 0)
    with clock.at(clock.now() + timedelta(hours=25)), pytest.raises(Cooling):
        request_withdrawal(member, 500_00, mine.pk, uuid.uuid4())


def test_step_5_the_owner_pays_nothing_and_nobody_pays_what_they_approved(
    office, owner, colleague, member, pool
):
    give(member, 1_000_00, at=clock.now())
    bank_card(member, at=clock.now())
    row = request_withdrawal(member, 500_00, payees_of(member)[0].pk, uuid.uuid4())
    let_go(row.pk, owner)
    address = reverse("admin:wallet_withdrawal_do", args=(row.pk, "submit"))
    assert office.post(address, {}).status_code == 403
    with pytest.raises(SamePerson):
        send(row.pk, DemoChannel(), owner)
    use_link(make_link(colleague, owner), STOLEN)
    with pytest.raises((CoolingDown, JustReset)):
        send(row.pk, DemoChannel(), colleague)
    row.refresh_from_db()
    assert row.state == State.APPROVED
    assert balances_of(member) == (500_00, 500_00, 0)


def test_step_6_another_role_is_given_by_another(owner, colleague):
    """The owner gives itself the role that pays."""
    with pytest.raises(RightMissing), signed_in(colleague):
        service.ask("give_roles", f"user:{owner.pk}", {"roles": ["finance"]}, colleague, "quick")
    row = asked("give_roles", f"user:{owner.pk}", {"roles": ["finance", "owner"]}, owner)
    with signed_in(owner), pytest.raises(service.SecondPersonNeeded):
        service.approve(row.pk, row.digest, owner)
    owner.groups.add(Group.objects.get(name="finance"))  # in a shell
    assert f"members_user {owner.pk}" in {f"{found.table} {found.id}" for found in results()}
