"""T4: an IntegrityError becomes the refusal its own constraint stands for, and no other."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from zengzhi.mall.models import Order, OrderLine
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.members.changes import suspend
from zengzhi.records.members.errors import NotNow
from zengzhi.records.members.models import Suspension, User
from zengzhi.records.store.constraints import is_unique, violated


def refused(act) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return caught.value


def test_the_database_says_which_rule_it_was(pool, product, member, other):
    first = place_order(member, product, 1, uuid.uuid4())
    second = place_order(other, product, 1, uuid.uuid4())
    taken = refused(lambda: Order.objects.filter(pk=second.pk).update(token=first.token))
    assert is_unique(taken, "mall_order", "token")
    number = refused(lambda: Order.objects.filter(pk=second.pk).update(number=first.number))
    assert is_unique(number, "mall_order", "number")
    assert not is_unique(number, "mall_order", "token")
    checked = refused(lambda: Order.objects.filter(pk=second.pk).update(refunded_fen=10**9))
    assert violated(checked).startswith("order_refund")
    assert not is_unique(checked, "mall_order", "token")


def test_another_rule_broken_while_placing_is_not_taken_for_a_repeated_form(
    pool, product, member, monkeypatch
):
    placed = place_order(member, product, 1, uuid.uuid4())
    create = Order.objects.create

    def same_number(**values):
        return create(**{**values, "number": placed.number})

    monkeypatch.setattr(Order.objects, "create", same_number)
    with pytest.raises(IntegrityError) as caught:
        place_order(member, product, 1, uuid.uuid4())
    assert is_unique(caught.value, "mall_order", "number")
    assert (Order.objects.count(), OrderLine.objects.count()) == (1, 1)


def test_a_suspension_that_overlaps_is_refused_in_words_and_any_other_error_is_not(
    member, other, monkeypatch
):
    boss = User.objects.create_user("boss", password="x")
    suspend(member, boss, "核查刷单")
    with pytest.raises(NotNow) as refusal:
        suspend(member, boss, "核查刷单")
    assert isinstance(refusal.value.__cause__, IntegrityError)
    create = Suspension.objects.create
    monkeypatch.setattr(
        Suspension.objects, "create", lambda **values: create(**{**values, "reason": None})
    )
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        suspend(other, boss, "核查刷单")
    assert "reason" in str(caught.value)
