"""Prices and own splits: small steps by one, everything else by two, and verify names the rest."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.approvals import approve, approved, person
from tests.backoffice.test_office import product_form
from zengzhi.mall.models import Product
from zengzhi.mall.prices import SET_PRICE, SPLIT, needs_two, subject_of, values_of_goods
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.verify.approvals import results

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_people(db) -> None:
    """There from the beginning."""
    person("asker"), person("approver")


def named() -> list[str]:
    return [f"{problem.table} {problem.id}" for problem in results()]


@pytest.fixture
def desk(client):
    user = User.objects.create_user("ops", password="correct horse 9", is_staff=True)
    user.groups.add(Group.objects.get(name="operations"))
    client.force_login(user)
    return client


def save(client, product, yuan, **more):
    address = reverse("admin:mall_product_change", args=(product.pk,))
    return client.post(address, product_form(product, price_fen=yuan, **more)).status_code


def test_a_price_of_a_fen_needs_a_second_person(desk, product):
    assert save(desk, product, "0.01") == 200  # no reason
    assert save(desk, product, "0.01", why="a special day") == 302
    product.refresh_from_db()
    assert product.price_fen == 100_000
    approve(Approval.objects.get())
    product.refresh_from_db()
    assert product.price_fen == 1
    assert named() == []


def test_many_small_steps_are_one_large_one(desk, product):
    assert save(desk, product, "900.00") == 302
    assert save(desk, product, "800.00") == 302
    product.refresh_from_db()
    assert product.price_fen == 80_000
    assert save(desk, product, "799.99") == 200
    approved(SET_PRICE, subject_of(product), {**values_of_goods(product), "price_fen": 70_000})
    assert save(desk, product, "600.00") == 302  # held against what two people wanted
    assert Product.objects.get().price_fen == 60_000
    assert named() == []


def test_a_split_of_its_own_always_needs_two(product):
    before = values_of_goods(product)
    assert needs_two(product.pk, before, {**before, "split_cost_ppm": 0})
    assert needs_two(None, before, {**before, "split_cost_ppm": 0})
    assert not needs_two(None, before, {**before, "price_fen": 1})


@pytest.mark.parametrize(
    "changes",
    [{"price_fen": 1}, dict.fromkeys(SPLIT, 0)],
)
def test_past_the_desk_it_is_named(product, changes):
    Product.objects.filter(pk=product.pk).update(**changes)
    assert named() == [f"mall_product {product.pk}@2"]
