"""One order alone and many together: the same entries, rows, holds and purses, whichever way."""

import random
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from tests.bonuses.story import RANKED, TWO_LEVEL, XIHU, activate, agent, users
from tests.bonuses.test_many import AGO, grow
from zengzhi.core.economy.rules import Split
from zengzhi.records.bonuses.derive import differences
from zengzhi.records.bonuses.models import BonusLine, OrderBonus
from zengzhi.records.bonuses.paid import LINES_MAX, orders_paid
from zengzhi.records.bonuses.quote import Paid
from zengzhi.records.bonuses.refunded import order_refunded
from zengzhi.records.bonuses.settled import orders_settled
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Leg, Place, Purse, Tail, Transaction
from zengzhi.records.ledger.seal import seal_tail
from zengzhi.records.members.changes import set_rank, suspend
from zengzhi.records.members.models import Member, Rank
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import TaxableIncome

NOW = timezone.now()


@pytest.fixture(params=[(text, seed) for text in (TWO_LEVEL, RANKED) for seed in range(3)])
def network(request, pool, monkeypatch):
    """A random tree with ranks, agents and suspended people; the clock stands still."""
    text, seed = request.param
    rng = random.Random(seed)
    activate(text)
    members = grow(25, rng)
    for level in range(1, 5):
        Rank.objects.create(level=level, code=f"V{level}", name_zh="x", name_en="x")
        for member in rng.sample(members, 5):
            set_rank(member, level, "test", AGO + timedelta(days=level))
    for region in (XIHU, "3301", "33"):
        agent(region, rng.choice(members))
    for member in rng.sample(members, seed * 3):
        suspend(member, users()[0], "test", AGO)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return rng, members


def orders(rng: random.Random, members: list[Member]) -> list[Paid]:
    """In the order of their moments; the first ones of a time without a plan and without trees."""
    splits = [Split(), Split(500_000, 60_000, 100_000), Split(0, 0, 0)]
    return [
        Paid(
            f"o{number:02}",
            1,
            rng.choice(members).pk,
            rng.choice([1, 99, rng.randrange(1, 200_000)]),
            rng.choice(splits),
            rng.choice([XIHU, "330102", ""]),
            NOW - timedelta(days=900 if number < 3 else 2, seconds=-number),
        )
        for number in range(30)
    ]


def plain(rows, *without: str) -> list[dict]:
    return [
        {name: value for name, value in row.items() if name not in without} for row in rows.values()
    ]


def written() -> dict:
    """All that the acts wrote; an entry's number is its place among them, everywhere."""
    heads = Transaction.objects.order_by("pk")
    number = {pk: place for place, pk in enumerate(heads.values_list("pk", flat=True))}
    found = {
        "heads": plain(heads, "id", "mac"),
        "legs": plain(Leg.objects.order_by("transaction_id", "position"), "id"),
        "orders": plain(OrderBonus.objects.order_by("pk")),
        "lines": plain(BonusLine.objects.order_by("pk")),
        "holds": plain(Place.objects.order_by("cause"), "id"),
        "purses": plain(Purse.objects.order_by("member")),
        "income": plain(TaxableIncome.objects.order_by("member", "month"), "id"),
        "fixed": plain(Member.objects.order_by("pk")),
    }
    for leg in found["legs"]:
        leg["transaction_id"] = number[leg["transaction_id"]]
    for order in found["orders"]:
        order["id"] = number[order["id"]]
    for line in found["lines"]:
        line["order_id"] = number[line["order_id"]]
        line["id"] = number[line["id"] // LINES_MAX], line["id"] % LINES_MAX
    for hold in found["holds"]:
        hold["entry"] = number[hold["entry"]]
    return found


def the_acts(batch: list[Paid], owing: list[Member], pay, settle) -> dict:
    """Paid, some of it refunded, some of the people owing, settled; what was written is undone."""
    with transaction.atomic():
        pay(batch)
        for place, order in enumerate(batch):
            if place % 4 == 0:
                order_refunded(order.order, order.paid_fen // (1 + place % 3), NOW)
        for member in owing:
            entry = Entry("test", f"owes{member.pk}", NOW)
            entry.money(Account(Kind.MEMBER_DEBT, member.pk), -3_000)
            record(entry.money(Account(Kind.PLATFORM), 3_000))
        settle([order.order for order in batch])
        assert list(differences()) == []
        found = written()
        seal_tail()
        assert not Tail.objects.exists()
        transaction.set_rollback(True)
    return found


def test_one_by_one_writes_what_many_at_once_write(network):
    rng, members = network
    batch, owing = orders(rng, members), rng.sample(members, 5)
    many = the_acts(batch, owing, orders_paid, partial(orders_settled, at=NOW))
    one = the_acts(
        batch,
        owing,
        lambda paid: [orders_paid([order]) for order in paid],
        lambda names: [orders_settled([name], NOW) for name in names],
    )
    for name, rows in many.items():
        assert one[name] == rows, name
        assert rows
    assert sum(row["amount_fen"] > 0 for row in many["lines"]) > 10


def test_an_order_that_is_known_changes_nothing(network):
    rng, members = network
    order = orders(rng, members)[-1]
    assert len(orders_paid([order, order])) == 1
    before = written()
    assert orders_paid([order]) == []
    assert orders_paid([]) == []
    orders_settled([], NOW)
    assert written() == before
