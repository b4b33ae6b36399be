"""Bonuses of many at once: races, any tree, any refund; a cost that does not grow with the tree."""

import random
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.bonuses.story import (
    RANKED,
    TWO_LEVEL,
    XIHU,
    account,
    activate,
    agent,
    all_lines,
    amounts,
    chain,
    check_books,
    pay,
    purse,
    refund,
    settle,
)
from tests.members.test_tree import in_parallel
from zengzhi.core.economy.rules import Split
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import mark_paid, settle_orders
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.bonuses.models import BonusLine, LineState, OrderBonus
from zengzhi.records.bonuses.paid import orders_paid
from zengzhi.records.bonuses.quote import Paid, quote_orders
from zengzhi.records.bonuses.settled import orders_settled
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.members.changes import set_rank
from zengzhi.records.members.models import Member, Rank, Sponsorship
from zengzhi.site.demo import create_pool

AGO = timezone.now() - timedelta(days=300)


def grow(count: int, rng: random.Random) -> list[Member]:
    """A random tree, the first at the top."""
    members = [
        Member(nickname=f"m{number}", invite_code=f"{uuid.uuid4().hex[:8]}")
        for number in range(count)
    ]
    Member.objects.bulk_create(members)
    edges = [(members[n], members[rng.randrange(n)]) for n in range(1, count)]
    Sponsorship.objects.bulk_create(
        Sponsorship(member=below, sponsor=above, since=AGO, how="invitation")
        for below, above in edges
    )
    for below, above in edges:
        below.sponsor = above
    Member.objects.bulk_update([below for below, _above in edges], ["sponsor"], batch_size=500)
    return members


def orders(members: list[Member], count: int, rng: random.Random) -> list[Paid]:
    at = timezone.now()
    return [
        Paid(f"o{n}", 1, rng.choice(members).pk, rng.randrange(1, 200_000), Split(), XIHU, at)
        for n in range(count)
    ]


def test_a_few_queries_for_any_tree_and_any_batch(db):
    activate(TWO_LEVEL)
    found = set()
    for size, count in ((70, 70), (3_000, 70), (3_000, 900)):
        rng = random.Random(size)
        members = grow(size, rng)
        agent_region = agent(XIHU, members[0]) if not found else None
        with CaptureQueriesContext(
            connection,
        ) as queries:
            quote_orders(orders(members, count, rng))
        found.add(len(queries))
        assert agent_region is None or agent_region.pk
    assert max(found) <= 5


def test_a_batch_gives_what_one_by_one_gives(db):
    rng = random.Random(5)
    activate(RANKED)
    members = grow(400, rng)
    for level, weight in ((1, 4), (2, 3), (3, 2), (4, 1)):
        Rank.objects.create(level=level, code=f"V{level}", name_zh="x", name_en="x")
        for member in rng.sample(members, 40 * weight // 4):
            set_rank(member, level, "test", AGO + timedelta(days=level))
    batch = orders(members, 120, rng)
    assert quote_orders(batch) == [quote_orders([order])[0] for order in batch]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("text", [TWO_LEVEL, RANKED])
def test_any_tree_and_any_refunds_keep_the_books(pool, product, seed, text):
    rng = random.Random(seed)
    activate(text)
    members = grow(25, rng)
    for level in range(1, 5):
        Rank.objects.create(level=level, code=f"V{level}", name_zh="x", name_en="x")
        for member in rng.sample(members, 5):
            set_rank(member, level, "test", AGO + timedelta(days=level))
    for region in (XIHU, "3301", "33"):
        agent(region, rng.choice(members))
    placed = []
    for _step in range(25):
        act = rng.random()
        if act < 0.5 or not placed:
            placed.append(pay(rng.choice(members), product, rng.choice([XIHU, "330102", ""])))
        else:
            order = Order.objects.get(pk=rng.choice(placed).pk)
            if act < 0.75 and order.state == "paid":
                settle(order)
            elif order.is_settled and order.payment == "paid":
                left = order.total_fen - order.refunded_fen
                refund(order, rng.randrange(1, left + 1))
            elif order.state == "paid" and act > 0.85:
                left = order.total_fen - order.refunded_fen
                refund(order, rng.choice([left, rng.randrange(1, left + 1)]))
        check_books()
    for line in all_lines():
        head = line.order
        assert line.reversed_fen == line.amount_fen * head.refunded_fen // head.base_fen
    held = sum(purse(member)[1] - purse(member)[2] for member in members)
    paid_out = sum(line.kept_fen for line in all_lines() if line.state == LineState.AVAILABLE)
    assert held == paid_out


@pytest.fixture
def family(product) -> list[Member]:
    create_pool()
    activate(TWO_LEVEL)
    return chain("top", "middle", "buyer")


@pytest.mark.django_db(transaction=True)
def test_fifty_callbacks_at_once_book_one_bonus(family, product):
    order = place_order(family[2], product, 1, uuid.uuid4())
    acts = [lambda: mark_paid(order.pk, order.total_fen, 1, timezone.now())] * 50
    assert in_parallel(acts) == ["ok"] * 50
    assert BonusLine.objects.count() == 2
    assert purse(family[1]) == (10_000, 0, 0)
    check_books()


@pytest.mark.django_db(transaction=True)
def test_refund_and_settlement_at_once_end_in_one_of_two_states(family, product, settings):
    settings.REFUND_CAP = 8
    for _round in range(8):
        order = pay(family[2], product)
        outcomes = in_parallel(
            [
                lambda order=order: refund(order),
                lambda order=order: settle_orders(order.pool, [order], timezone.now()),
            ]
        )
        assert outcomes == ["ok", "ok"]
        assert amounts(order) == {}
        check_books()
    assert purse(family[1]) == (0, 0, 0)
    assert account(Kind.ORDERS_PENDING) == 0


@pytest.mark.django_db(transaction=True)
def test_fifty_refunds_at_once_reverse_once(family, product):
    order = settle(pay(family[2], product))
    token = uuid.uuid4()
    assert in_parallel([lambda: refund(order, 50_000, token)] * 50) == ["ok"] * 50
    assert purse(family[1]) == (0, 5_000, 0)
    check_books()


@pytest.mark.django_db(transaction=True)
def test_payments_of_one_team_at_once(family, product):
    buyers = [
        Member.objects.create(nickname=f"b{number}", sponsor=family[1]) for number in range(50)
    ]
    Sponsorship.objects.bulk_create(
        Sponsorship(member=buyer, sponsor=family[1], since=AGO, how="invitation")
        for buyer in buyers
    )
    placed = [place_order(buyer, product, 1, uuid.uuid4()) for buyer in buyers]
    acts = [
        lambda order=order: mark_paid(order.pk, order.total_fen, 1, timezone.now())
        for order in placed
    ]
    assert in_parallel(acts) == ["ok"] * 50
    assert purse(family[1])[0] == 500_000
    assert purse(family[0])[0] == 250_000
    check_books()


def test_a_batch_is_stored_and_released_like_single_orders(pool):
    rng = random.Random(9)
    activate(TWO_LEVEL)
    members = grow(60, rng)
    agent(XIHU, members[3])
    batch = orders(members, 200, rng)
    with transaction.atomic():
        orders_paid(batch)
    single = [quote_orders([order])[0] for order in batch]
    for quote in single:
        stored = OrderBonus.objects.get(order=quote.paid.order)
        kept = sorted(stored.lines.values_list("beneficiary_id", "kind", "amount_fen"))
        assert kept == sorted(
            (line.member, int(line.kind), line.amount_fen) for line in quote.lines
        )
    with transaction.atomic():
        orders_settled([order.order for order in batch], timezone.now())
    total = sum(quote.lines_fen for quote in single)
    assert sum(purse(member)[1] for member in members) == total
    assert account(Kind.UNALLOCATED_DISTRIBUTION) == 0
    assert account(Kind.ORDERS_PENDING) == -total
