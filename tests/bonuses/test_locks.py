"""A bonus that becomes available while the same person's money is taken back: one after the other,
whoever comes first, and in the end either nothing is owed or nothing is there."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from tests.bonuses.story import TWO_LEVEL, activate, chain, pay
from tests.wallet.conftest import take_back
from zengzhi.mall.models import Order
from zengzhi.mall.orders import delivery
from zengzhi.mall.orders.money import settle_orders
from zengzhi.records.ledger.purses import Purses
from zengzhi.records.wallet.service import balances


@pytest.mark.django_db(transaction=True)
def test_a_bonus_and_a_reversal_of_one_person_wait_for_each_other(pool, product, monkeypatch):
    activate(TWO_LEVEL)
    _top, middle, buyer = chain("top", "middle", "buyer")
    take_back(middle, 1_000)
    order = pay(buyer, product)
    now = timezone.now()
    delivery.ship(order.pk, now)
    delivery.confirm_receipt(order.member, order.number, now)
    lock, locked, failures = Purses.lock, threading.Event(), []

    def announced(members):
        purses = lock(members)
        locked.set()
        return purses

    def settler():
        settle_orders(order.pool, [Order.objects.get(pk=order.pk)], now)

    def reversal():
        locked.wait()
        take_back(middle, 12_000)

    def guarded(act):
        try:
            act()
        except Exception as error:
            failures.append(repr(error))
        finally:
            locked.set()
            connection.close()

    monkeypatch.setattr(Purses, "lock", announced)
    threads = [threading.Thread(target=guarded, args=(act,)) for act in (settler, reversal)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    held = balances(middle)
    assert (held.available_fen, held.debt_fen) == (0, 1_000 + 12_000 - 10_000)
