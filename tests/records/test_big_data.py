"""A large mall, in its smallest size: it is made as asked for, and sealed like any other."""

from datetime import timedelta

import pytest

from zengzhi.bench.big_data import LINES, Size, build
from zengzhi.mall.models import Order, OrderLine, Product
from zengzhi.records.bonuses.models import BonusLine
from zengzhi.records.ledger.models import Purse
from zengzhi.records.members.models import Member, Sponsorship
from zengzhi.records.store import clock
from zengzhi.verify.checks import OF_ONE_HAND
from zengzhi.verify.run import run

SIZE = Size(members=40, orders=30, goods=12, paid=20)


@pytest.fixture
def mall(transactional_db, settings, monkeypatch):
    """Ten orders a batch: the first two batches are paid, the last is closed."""
    settings.REFUND_WINDOW_DAYS = 7
    monkeypatch.setattr("zengzhi.bench.big_data.BATCH", 10)
    said: list[str] = []
    return build(SIZE, said.append), said


@pytest.mark.django_db(transaction=True)
def test_a_large_mall_is_as_large_as_asked_and_verifies(mall):
    _pool, said = mall
    assert Member.objects.count() == 40
    assert Sponsorship.objects.count() == 39
    assert Product.objects.count() == 12
    assert OrderLine.objects.count() == LINES * 30
    assert Order.objects.filter(payment="paid").count() == 20
    assert Order.objects.filter(payment="closed").count() == 10
    assert said[-1].endswith("as far as their refund windows are over")
    assert run(fast=True).problems == []
    report = run(checks=OF_ONE_HAND)
    assert report.problems == []
    assert report.tail_rows == 0


@pytest.mark.django_db(transaction=True)
def test_what_settled_is_in_the_wallets(mall):
    settled = Order.objects.exclude(settled_at=None)
    received = clock.now() - timedelta(days=7)
    assert settled.count() == Order.objects.filter(received_at__lte=received).count() > 0
    numbers = list(settled.values_list("number", flat=True))
    lines = BonusLine.objects.filter(order__order__in=numbers)
    given = sum(lines.values_list("amount_fen", flat=True))
    assert sum(Purse.objects.values_list("available_fen", flat=True)) == given > 0
