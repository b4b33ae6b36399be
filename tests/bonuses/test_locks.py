"""Settlement that sets off a debt, and the wallet doing the same at that moment, both end."""

import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from tests.bonuses.story import TWO_LEVEL, activate, chain, pay
from zengzhi.mall.models import Order
from zengzhi.mall.orders import delivery
from zengzhi.mall.orders.settlement import settle_orders
from zengzhi.records.bonuses import income
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.wallet.debt import settle_debt
from zengzhi.records.wallet.service import balances


@pytest.mark.django_db(transaction=True)
def test_a_bonus_that_meets_a_debt_and_a_set_off_do_not_wait_crosswise(pool, product, monkeypatch):
    activate(TWO_LEVEL)
    _top, middle, buyer = chain("top", "middle", "buyer")
    entry = Entry("test", "test", timezone.now())
    entry.money(Account(Kind.MEMBER_AVAILABLE, middle.pk), 500)
    entry.money(Account(Kind.MEMBER_DEBT, middle.pk), -1_500)
    record(entry.money(Account(Kind.PLATFORM), 1_000))
    order = pay(buyer, product)
    now = timezone.now()
    delivery.ship(order.pk, now)
    delivery.confirm_receipt(order.member, order.number, now)
    read, read_debts, failures = income.purse_of, threading.Event(), []

    def slowly(*arguments, **named):
        purse = read(*arguments, **named)
        read_debts.set()
        time.sleep(0.5)
        return purse

    def settler():
        settle_orders(order.pool, [Order.objects.get(pk=order.pk)], now)

    def wallet():
        read_debts.wait(20)
        settle_debt(middle.pk, now)

    def guarded(act):
        try:
            act()
        except Exception as error:
            failures.append(repr(error))
        finally:
            connection.close()

    monkeypatch.setattr(income, "purse_of", slowly)
    threads = [threading.Thread(target=guarded, args=(act,)) for act in (settler, wallet)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    held = balances(middle)
    assert held.debt_fen == 0
    assert held.available_fen == 500 + 10_000 - 1_500
