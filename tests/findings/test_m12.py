"""M12: refunds of settled orders are watched by member: an alert, and above a cap two people."""

import uuid
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from tests.approvals import approve, signed_in
from tests.conftest import token
from zengzhi.mall.after_sales.service import frequent_refunders, refund_order
from zengzhi.mall.models import AfterSale
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.control.approvals import service
from zengzhi.records.control.errors import ApprovalOver, ReasonNeeded, SecondPersonNeeded
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Event

NOW = timezone.now()


@pytest.fixture
def staff(db):
    people = []
    for name, role in (("one", "finance"), ("two", "owner")):
        user = User.objects.create_user(name, password="x", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        people.append(user)
    return people


def bought(member, product):
    return confirm_demo(place_order(member, product, 1, uuid.uuid4()))


def refund(order, by=None, at=NOW):
    with signed_in(by) if by else nullcontext():
        return refund_order(order.pk, None, uuid.uuid4(), at, by=by, why="反复退货")


def test_the_alert_names_the_member_and_counts_settled_orders_only(
    pool, product, member, other, settings
):
    settings.REFUND_ALERT = 2
    refund(bought(other, product))
    settings.REFUND_WINDOW_DAYS = 7
    for _i in range(3):
        refund(bought(member, product))
    assert frequent_refunders(NOW) == []
    settings.REFUND_WINDOW_DAYS = 0
    refund(bought(member, product))
    assert frequent_refunders(NOW) == []
    refund(bought(member, product))
    found = {"member": member.pk, "nickname": member.nickname, "refunds": 2}
    assert frequent_refunders(NOW) == [found]
    assert frequent_refunders(NOW + timedelta(days=30)) == []


def test_above_the_cap_a_refund_waits_for_a_second_person(pool, product, member, staff, settings):
    settings.REFUND_CAP = 2
    orders = [bought(member, product) for _i in range(4)]
    assert [refund(order, staff[0]).state for order in orders[:2]] == ["done", "done"]
    settled = Event.objects.count()
    waiting = refund(orders[2], staff[0])
    assert (waiting.state, Event.objects.count()) == ("requested", settled)
    assert (
        refund_order(orders[2].pk, None, waiting.token, NOW, by=staff[0], why="反复退货").pk
        == waiting.pk
    )
    row = Approval.objects.get()
    with pytest.raises(SecondPersonNeeded):
        approve(row, staff[0])
    with pytest.raises(ReasonNeeded), signed_in(staff[1]):
        service.refuse(row.pk, staff[1], "")
    approve(row, staff[1])
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("done", staff[1])
    with pytest.raises(ApprovalOver):
        approve(row, staff[1])
    refused = refund(orders[3], staff[0])
    with signed_in(staff[1]):
        service.refuse(Approval.objects.get(state="waiting").pk, staff[1], "疑似刷单")
    refused.refresh_from_db()
    assert (refused.state, refused.refusal) == ("refused", "疑似刷单")
    orders[3].refresh_from_db()
    assert orders[3].payment == "paid"


def test_a_month_later_the_count_begins_again(pool, product, member, staff, settings):
    settings.REFUND_CAP = 1
    orders = [bought(member, product) for _i in range(2)]
    refund(orders[0], staff[0])
    assert refund(orders[1], staff[0], NOW + timedelta(days=31)).state == "done"


def test_the_desks(client, pool, product, member, staff, settings):
    settings.REFUND_CAP, settings.REFUND_ALERT = 0, 1
    order = bought(member, product)
    client.force_login(staff[0])
    form = {"amount": "10.00", "token": token(), "kind": "return", "reason": ""}
    address = reverse("admin:mall_order_refund", args=(order.pk,))
    assert client.post(address, form).status_code == 422
    assert client.post(address, {**form, "reason": "包装破损"}).status_code == 302
    waiting = AfterSale.objects.get()
    assert (waiting.state, waiting.kind, waiting.reason) == ("requested", "return", "包装破损")
    page = client.get("/office/").content.decode()
    assert 'data-test="alert-after-sales"' in page
    assert 'data-test="alert-refunds"' in page
    approve(Approval.objects.get(), staff[1])
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("done", staff[1])
    assert client.get(reverse("admin:mall_order_change", args=(order.pk,))).status_code == 200
