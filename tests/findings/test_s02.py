"""S2 as it was done: one person sets the terms aside, sells for a fen, gives rank V4 and 1 000
shares, refunds without a reason. Through the office, step by step; each of them fails."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.backoffice.test_office import product_form
from tests.conftest import token
from zengzhi.mall.models import AfterSale, Product
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.bonuses.models import Shareholding
from zengzhi.records.control.models import Approval
from zengzhi.records.members.changes import rank_of
from zengzhi.records.members.models import Rank, User
from zengzhi.records.wallet.models import WithdrawalTerms

pytestmark = pytest.mark.django_db
RIGHT = "correct horse 9"
WHY = {"why": "because I say so"}
TERMS = {
    "minimum_fen": "10",
    "maximum_fen": "99999999",
    "daily_fen": "99999999",
    "daily_count": "99",
    "fee_fen": "0",
    "fee_ppm": "0%",
    "four_eyes_above_fen": "99999999",
    "cooling_hours": "0",
    "arrival_days": "1",
    "tax_table": "per_payment",
    **WHY,
}


@pytest.fixture
def owner(db):
    user = User.objects.create_user("mei", password=RIGHT, is_staff=True)
    user.groups.add(Group.objects.get(name="owner"))
    return user


@pytest.fixture
def office(client, owner):
    client.force_login(owner)
    client.post("/accounts/reauthenticate/", {"password": RIGHT})
    return client


def approves_alone(office) -> None:
    """The same person presses the button of the inbox for all that waits."""
    rows = list(Approval.objects.all())
    assert rows, "nothing waits: the step before did it alone, or nothing at all"
    for row in rows:
        address = reverse("admin:control_approval_approve", args=(row.pk,))
        answer = office.post(address, {"digest": row.digest, "why": "fine"})
        assert answer.status_code == 422
    assert set(Approval.objects.values_list("state", flat=True)) == {"waiting"}


def desk(office, model, act, form, pk=None):
    return office.post(reverse(f"admin:{model}_{act}", args=() if pk is None else (pk,)), form)


def test_step_1_terms(office):
    office.post(reverse("admin:wallet_withdrawalterms_add"), TERMS)
    approves_alone(office)
    assert not WithdrawalTerms.objects.filter(cooling_hours=0).exists()


def test_step_2_a_price_of_a_fen(office, product):
    change = reverse("admin:mall_product_change", args=(product.pk,))
    office.post(change, {**product_form(product, price_fen="0.01"), **WHY})
    approves_alone(office)
    assert Product.objects.get().price_fen == 100_000


def test_step_3_a_rank(office, member):
    Rank.objects.create(level=4, code="V4", name_zh="四", name_en="Four")
    desk(office, "members_member", "give_rank", {"level": "4", **WHY}, member.pk)
    approves_alone(office)
    assert rank_of(member) == 0


def test_step_4_a_thousand_shares(office, member):
    form = {"member": member.invite_code, "shares": "1000", **WHY}
    desk(office, "bonuses_shareholding", "set_shares", form)
    approves_alone(office)
    assert not Shareholding.objects.exists()


def test_step_5_a_refund_without_a_reason(office, pool, product, member, settings):
    settings.REFUND_BOUND_FEN = 500_00  # as an installation has it
    order = confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    address = reverse("admin:mall_order_refund", args=(order.pk,))
    form = {"amount": "594.00", "token": token(), "kind": "return", "reason": ""}
    assert office.post(address, form).status_code == 422
    assert not AfterSale.objects.exists()
    office.post(address, {**form, "reason": "包装破损"})
    approves_alone(office)
    assert AfterSale.objects.get().state == "requested"
    order.refresh_from_db()
    assert order.refunded_fen == 0
