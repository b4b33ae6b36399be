"""The brakes of a pool's rules bind its members' sales by day (spec 1.5.1, 6.2)."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import Sum

from tests.records.books import assert_books_hold
from zengzhi.core.economy.events import Grant, Order, Subsidise
from zengzhi.records.intake.conditions import daily_payout_left, daily_sale_left
from zengzhi.records.intake.refusals import DailyPayoutLimit, DailySaleLimit
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.settlement.history import own_orders
from zengzhi.records.settlement.holdings import holdings
from zengzhi.records.settlement.models import LotMovement, Pool
from zengzhi.records.settlement.pools import open_pool
from zengzhi.records.settlement.settle import settle_one
from zengzhi.records.settlement.truth import truth_of
from zengzhi.records.store import clock

UNITS = 10**8


def pool_of(member, brakes, orders=3):
    pool = open_pool("braked", f'name = "braked"\n[brakes]\n{brakes}')
    at = clock.now() - timedelta(days=30)
    for number in range(orders):
        assert settle_one(pool.pk, Order(f"o{number}", str(member.pk), 100_000), at).ok
    return Pool.objects.get(pk=pool.pk)


def sell(pool, member, units, at=None):
    return sell_points(pool, member, units, uuid.uuid4(), at=at or clock.now())


def test_a_member_sells_a_day_at_most_the_share_of_the_rules(member):
    pool = pool_of(member, 'daily_sale_limit = "10%"\nexempt_below = "400"')
    most = pool.outstanding_units // 10
    assert daily_sale_left(pool, member) == most
    with pytest.raises(DailySaleLimit):
        sell(pool, member, most + 1)
    assert Pool.objects.get(pk=pool.pk).outstanding_units == pool.outstanding_units
    sell(pool, member, most)
    with pytest.raises(DailySaleLimit):
        sell(pool, member, 1)


def test_yesterdays_sales_do_not_count(member):
    pool = pool_of(member, 'daily_sale_limit = "10%"\nexempt_below = "100"')
    sell(pool, member, pool.outstanding_units // 10, clock.now() - timedelta(days=1))
    pool.refresh_from_db()
    assert daily_sale_left(pool, member) == pool.outstanding_units // 10


@pytest.mark.parametrize(
    ("brakes", "left"),
    [
        ("", None),  # fewer than 10 000 points are out
        ('exempt_below = "481.95"', 4_819_500_000),
        ('exempt_below = "481.95000001"', None),
        ('exempt_below = "0"\ndaily_sale_limit = "0%"', 0),
        ('exempt_below = "0"\ndaily_sale_limit = "100%"', 48_195_000_000),
    ],
)
def test_small_pools_are_exempt_as_the_rules_say(member, brakes, left):
    assert daily_sale_left(pool_of(member, brakes), member) == left


def opened_today(member, brakes):
    """A braked pool, and an order of 1000 yuan that came in today: 300 of it into the pool."""
    pool = pool_of(member, f'daily_sale_limit = "100%"\nexempt_below = "1"\n{brakes}')
    assert daily_payout_left(pool) == 0
    assert settle_one(pool.pk, Order("today", str(member.pk), 100_000), clock.now()).ok
    return Pool.objects.get(pk=pool.pk)


def test_sales_take_out_no_more_of_a_day_than_its_rate_of_what_came_in(member, other):
    pool = opened_today(member, 'daily_payout = "50%"')
    assert daily_payout_left(pool) == 15_000
    with pytest.raises(DailyPayoutLimit) as refused:
        sell(pool, member, pool.outstanding_units)
    assert refused.value.left_fen == 15_000
    paid_fen = sell(pool, member, 10 * UNITS).payout_fen
    assert daily_payout_left(pool) == 15_000 - paid_fen
    assert settle_one(pool.pk, Subsidise("s", 1_000), clock.now()).ok
    assert settle_one(pool.pk, Grant("g", str(other.pk), 1_000), clock.now()).ok
    assert daily_payout_left(pool) == 16_000 - paid_fen
    assert_books_hold()


def test_what_came_in_yesterday_pays_nothing_today(member):
    pool = pool_of(member, 'exempt_below = "1"\ndaily_payout = "100%"')
    at = clock.now() - timedelta(days=1)
    assert settle_one(pool.pk, Order("yesterday", str(member.pk), 100_000), at).ok
    assert daily_payout_left(pool) == 0
    with pytest.raises(DailyPayoutLimit):
        sell(pool, member, UNITS)


def test_forced_exits_run_on_and_count_towards_the_day(member):
    pool = opened_today(member, 'daily_payout = "50%"')
    swept = settle_one(pool.pk, Subsidise("much", 10_000_000), clock.now())
    assert swept.ok
    exits_fen = LotMovement.objects.filter(is_exit=True).aggregate(fen=Sum("payout_fen"))["fen"]
    assert exits_fen > 0
    assert daily_payout_left(pool) == max(0, (30_000 + 10_000_000) // 2 - exits_fen)


def test_without_the_brake_a_day_pays_what_is_sold(member):
    assert daily_payout_left(pool_of(member, "")) is None


def test_a_granted_lot_shows_its_way_to_the_exit_and_counts_in_no_statistics_of_orders(member):
    pool = pool_of(member, "", orders=1)
    assert settle_one(pool.pk, Grant("g", str(member.pk), 10_000), clock.now()).ok
    pool.refresh_from_db()
    order, grant = holdings(pool, member).lots
    assert grant.lot.is_grant
    assert (grant.value_fen, grant.multiple_ppm_1x, grant.progress_ppm) == (10_000, 10**6, 333_333)
    assert (order.state, grant.state) == ("new", "past_1x")
    truth = truth_of(pool)
    assert (truth.lots, truth.settled_orders, truth.spend_fen) == (1, 1, 100_000)
    assert truth.reached_1x == 0
    assert len(own_orders(pool, member)) == 1
