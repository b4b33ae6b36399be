"""What the doors show is what the records say."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.settlement.history import own_orders, price_history
from zengzhi.records.settlement.models import Lot, Pool
from zengzhi.records.settlement.pools import market, open_pool
from zengzhi.records.settlement.truth import truth_of

NOW = timezone.now()


@pytest.fixture
def history(pool, product, member, other):
    """Ten orders, one a day, the last one today."""
    for days in range(9, -1, -1):
        buyer = member if days % 2 else other
        confirm_demo(place_order(buyer, product, 1, uuid.uuid4()), NOW - timedelta(days=days))
    return Pool.objects.get()


@pytest.mark.parametrize(("days", "points"), [(None, 10), (90, 10), (5, 5), (0, 0)])
def test_the_price_history_of_a_range_begins_in_it(history, days, points):
    rows = price_history(history, days)
    assert len(rows) == points
    if points:
        assert rows[-1][1] == market(history).price_text
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_a_long_history_is_thinned_and_keeps_both_ends(history):
    rows = price_history(history, points_max=3)
    assert len(rows) <= 4
    assert (rows[0][1], rows[-1][1]) == ("1.4286", market(history).price_text)


def test_own_orders_are_the_members_own(history, member):
    assert len(own_orders(history, member)) == 5


def test_lots_are_counted_at_a_multiple_exactly(history):
    """At the very border the float would guess; the count compares integers."""
    lot = Lot.objects.order_by("pk").first()
    history.pool_fen = lot.spend_fen * history.outstanding_units // lot.granted_units
    worth = lot.granted_units * history.pool_fen >= lot.spend_fen * history.outstanding_units
    assert truth_of(history).reached_1x == (1 if worth else 0)
    history.pool_fen += 1
    assert truth_of(history).reached_1x == 1
    history.pool_fen -= 2
    assert truth_of(history).reached_1x == 0


@pytest.mark.parametrize(
    ("rate", "text"),
    [("70%", "182"), ("99.9%", ""), ("100%", ""), ("0%", ""), ("0.0001%", "3,333,383")],
)
def test_break_even_under_rules_at_the_edge_is_a_text(db, rate, text):
    pool = open_pool("edge", f'name = "edge"\n[reward]\nrate = "{rate}"\n')
    assert truth_of(pool).break_even_factor_text == text
