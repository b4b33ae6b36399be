"""Roles of staff are given by two people, and verify names a right that nobody approved (S2)."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.approvals import approve, approved, asked, person, signed_in
from zengzhi.records.control.approvals import service
from zengzhi.records.control.approvals.cooling import cools_until
from zengzhi.records.control.errors import CoolingDown, SecondPersonNeeded
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.members.rights import GIVE_ROLES, roles_of
from zengzhi.records.wallet.terms_store import SET_TERMS
from zengzhi.verify.approvals import results

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer():
    person("asker"), person("approver")
    return User.objects.create_user("new", password="correct horse 9", is_staff=True)


def named() -> list[str]:
    return [f"{problem.table} {problem.id}" for problem in results()]


def test_roles_are_given_by_another_and_cool_down(newcomer):
    row = asked(GIVE_ROLES, f"user:{newcomer.pk}", {"roles": ["owner"]})
    assert roles_of(newcomer) == []
    approve(row)
    assert roles_of(newcomer) == ["owner"]
    assert cools_until(newcomer.pk) is not None
    with pytest.raises(CoolingDown), signed_in(newcomer):
        service.ask(SET_TERMS, "terms", {"cooling_hours": 0}, newcomer, "quickly now")
    assert named() == []
    approved(GIVE_ROLES, f"user:{newcomer.pk}", {"roles": []})
    assert roles_of(newcomer) == []
    assert named() == []


def test_nobody_gives_themselves_a_role(newcomer):
    boss = person("boss")
    row = asked(GIVE_ROLES, f"user:{boss.pk}", {"roles": ["owner"]})
    with pytest.raises(SecondPersonNeeded):
        approve(row, boss)
    assert roles_of(boss) == []


def test_a_right_that_nobody_approved_is_named(newcomer):
    approved(SET_TERMS, "terms", {"daily_count": 9})
    assert named() == []
    newcomer.groups.add(Group.objects.get(name="owner"))
    assert named() == [f"members_user {newcomer.pk}"]
    newcomer.groups.clear()
    User.objects.filter(pk=newcomer.pk).update(is_superuser=True)
    assert named() == [f"members_user {newcomer.pk}"]


def test_the_desk_asks_and_changes_nothing(client, newcomer):
    client.force_login(person("asker"))
    group = Group.objects.get(name="owner")
    form = {"username": "new", "is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    client.post(reverse("admin:members_user_change", args=(newcomer.pk,)), form)
    newcomer.refresh_from_db()
    assert (roles_of(newcomer), newcomer.is_superuser) == ([], False)
    address = reverse("admin:members_user_ask_roles", args=(newcomer.pk,))
    assert client.get(address).status_code == 200
    assert client.post(address, {"roles": ["owner"], "why": ""}).status_code == 422
    assert client.post(address, {"roles": ["owner"], "why": "runs the shop"}).status_code == 302
    assert Approval.objects.get().act == GIVE_ROLES
    role = reverse("admin:auth_group_change", args=(group.pk,))
    assert client.post(role, {"name": "owner", "permissions": []}).status_code == 403
