"""Winding down (清盘) and the legacy reserve in the records: rows, wallets, chain, refusals."""

from dataclasses import replace

import pytest

from tests.records.books import assert_books_hold, balances, rows_of
from tests.records.story import START, in_batches, mixed_stream
from tests.records.test_settlement import MEMBER_BASIS, engine_of, new_pool
from zengzhi.core.economy.events import Grant, Order, Refund, Sell, Subsidise, WindDown
from zengzhi.core.kernel.fallback import FallbackEconomy
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.models import Leg
from zengzhi.records.settlement.models import Event, Lot, LotMovement, Pool
from zengzhi.records.settlement.parties import Parties
from zengzhi.records.settlement.settle import Request, settle, settle_one
from zengzhi.site.demo import preset
from zengzhi.verify.pools import fold_pool

pytestmark = pytest.mark.django_db

LEGACY = 'name = "l"\n[split]\ncost = "30%"\ndistribution = "20%"\nlegacy = "7.7777%"\n'


def in_wallets():
    """What all members have, less what they owe."""
    kinds = (Kind.MEMBER_AVAILABLE, Kind.MEMBER_DEBT)
    return sum(fen for kind, _owner, fen in balances() if kind in kinds)


def held_by(kind):
    """What the journal says is on all accounts of a kind."""
    return sum(Leg.objects.filter(kind=kind).values_list("amount", flat=True))


def story(prefix="e"):
    """A stream of all verbs, the end of the pool in its middle."""
    requests = mixed_stream(300, seed=5, prefix=prefix)
    end = Request(WindDown(f"{prefix}end"), START)
    return [*requests[:200], end, *requests[200:]]


@pytest.mark.parametrize("text", [preset("seed"), MEMBER_BASIS, LEGACY])
def test_any_batch_size_and_either_engine_write_the_same_rows(text):
    requests = story()
    pools = []
    for size in (1, 60, 301):
        pools.append(new_pool(f"by-{size}", text))
        for part in in_batches(requests, size):
            settle(pools[-1].pk, part)
    assert isinstance(engine_of(pools[1]).economy, FallbackEconomy)
    assert not isinstance(engine_of(pools[2]).economy, FallbackEconomy)
    one, *others = [rows_of(pool) for pool in pools]
    for other in others:
        for name in one:
            assert one[name] == other[name], name
    for pool in pools:
        pool.refresh_from_db()
        assert (pool.closed, pool.pool_fen, pool.outstanding_units) == (True, 0, 0)
        assert fold_pool(pool).numbers()["closed"] == 1
    assert_books_hold()


def test_the_whole_pool_goes_to_the_members_wallets_and_nothing_is_swept(pool):
    settle(pool.pk, mixed_stream(200, seed=5))
    before = Pool.objects.get(pk=pool.pk)
    lots = {lot.pk: lot for lot in Lot.objects.filter(remaining_units__gt=0)}
    wallets_fen = in_wallets()
    reply = settle_one(pool.pk, WindDown("end"), START)
    after = Pool.objects.get(pk=pool.pk)
    assert reply.ok
    assert (reply.points_units, reply.payout_fen) == (before.outstanding_units, before.pool_fen)
    assert (reply.exits, reply.pool_fen, reply.outstanding_units) == (len(lots), 0, 0)
    assert after.epoch == before.epoch
    assert after.pool_reserve_fen == before.pool_reserve_fen
    assert after.paid_out_fen == before.paid_out_fen + before.pool_fen
    moved = LotMovement.objects.filter(event_pk=Event.objects.get(event_id="end").pk)
    assert [(m.lot_pk, m.units, m.is_exit) for m in moved.order_by("position")] == [
        (pk, lot.remaining_units, False) for pk, lot in sorted(lots.items())
    ]
    for movement in moved:
        lot = Lot.objects.get(pk=movement.lot_pk)
        paid_fen = lots[lot.pk].paid_fen + movement.payout_fen
        assert (lot.remaining_units, lot.paid_fen, lot.exited) == (0, paid_fen, False)
    assert in_wallets() == wallets_fen + before.pool_fen
    assert_books_hold()


def test_a_closed_pool_refuses_what_brings_money_and_answers_the_rest(pool):
    order = settle_one(pool.pk, Order("o1", "7", 100_000), START)
    assert order.ok
    settle_one(pool.pk, WindDown("end"), START)
    before = rows_of(pool)["legs"]
    for event in (
        Order("o2", "7", 100_000),
        Order("o3", "7", 10**10 + 1),
        Grant("g", "7", 100),
        Subsidise("f", 100),
        WindDown("again"),
    ):
        assert settle_one(pool.pk, event, START).error == "pool_closed"
    assert settle_one(pool.pk, WindDown("end"), START).ok
    assert settle_one(pool.pk, Sell("s", "7", None), START).error == "insufficient_points"
    assert rows_of(pool)["legs"] == before
    refund = settle_one(pool.pk, Refund("r", "o1"), START)
    assert refund.ok
    assert refund.from_pool_fen == 0
    assert_books_hold()


def test_the_legacy_part_waits_in_its_reserve_and_goes_back_by_the_same_fractions():
    pool = new_pool("legacy", LEGACY)
    parties = Parties(Account(Kind.MERCHANT, 3), Account(Kind.ORDERS_PENDING, pool.pk))
    back = replace(parties, counterparty=Account(Kind.CLEARING, 3))
    settle(pool.pk, [Request(Order("o1", "7", 9_999), START, parties)])
    legacy_fen = 9_999 * 77_777 // 10**6
    assert held_by(Kind.LEGACY_RESERVE) == legacy_fen
    refunded_fen = 0
    for number, amount_fen in enumerate((3_333, 1, 4_000, None)):
        settle(pool.pk, [Request(Refund(f"r{number}", "o1", amount_fen), START, back)])
        refunded_fen = 9_999 if amount_fen is None else refunded_fen + amount_fen
        left_fen = legacy_fen - legacy_fen * refunded_fen // 9_999
        assert held_by(Kind.LEGACY_RESERVE) == left_fen
    assert left_fen == 0
    assert held_by(Kind.MERCHANT) == 0
    assert_books_hold()
