"""The journal of one order reads straight, and the rows of distributions follow from it."""

import random
from collections import defaultdict

import pytest
from django.db import connection

from tests.bonuses.story import (
    RANKED,
    TWO_LEVEL,
    XIHU,
    activate,
    agent,
    all_lines,
    chain,
    check_books,
    pay,
    refund,
    settle,
)
from zengzhi.records.bonuses.derive import derive, differences
from zengzhi.records.bonuses.models import BonusLine, OrderBonus
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Leg, Place, Transaction
from zengzhi.records.members.models import Member
from zengzhi.verify import team as verify

PLATFORM, PENDING = Account(Kind.PLATFORM), Account(Kind.ORDERS_PENDING, 1)
NEVER_BELOW_ZERO = {
    Kind.ORDERS_PENDING,
    Kind.UNALLOCATED_DISTRIBUTION,
    Kind.DIVIDEND_POOL,
    Kind.MEMBER_PENDING,
    Kind.MEMBER_AVAILABLE,
}


@pytest.fixture
def team(pool, product) -> list[Member]:
    """Five people are paid 21 % of an order, which is all that its budget holds."""
    activate(TWO_LEVEL)
    members = chain("top", "middle", "buyer")
    for region, name in ((XIHU, "district"), ("3301", "city"), ("33", "province")):
        agent(region, Member.objects.create(nickname=name))
    product.split_cost_ppm, product.split_distribution_ppm = 500_000, 210_000
    product.split_platform_ppm = 100_000
    product.save()
    return members


def read_straight() -> int:
    """Every account after every entry, in the order in which they were recorded; how many."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    heads = list(Transaction.objects.order_by("recorded_at", "pk"))
    for head in heads:
        for leg in Leg.objects.filter(transaction_id=head.pk, unit=Unit.CNY):
            sums[leg.kind, leg.owner] += leg.amount
        for (kind, owner), fen in sums.items():
            if kind in NEVER_BELOW_ZERO:
                assert fen >= 0, (head.kind, Account(Kind(kind), owner).code, fen)
    return len(heads)


@pytest.mark.parametrize("price", [99_997, 100, 7, 1_234_567])
@pytest.mark.parametrize("seed", range(3))
def test_no_account_dips_below_what_it_holds(team, product, price, seed):
    product.price_fen = price
    product.save()
    rng = random.Random(seed)
    order = pay(team[2], product, XIHU)
    for _i in range(rng.randrange(3)):
        refund(order, rng.randrange(1, max(2, price // 4)))
    settle(order)
    order.refresh_from_db()
    for _i in range(3):
        left = order.total_fen - order.refunded_fen
        if left:
            order = refund(order, rng.randrange(1, left + 1))
    assert read_straight() >= 4
    check_books()


def test_what_is_partly_refunded_before_settlement_settles_for_the_rest(team, product):
    order = pay(team[2], product, XIHU)
    refund(order, 33_333)
    settle(order)
    for line in all_lines():
        assert line.kept_fen == line.amount_fen - line.amount_fen * 33_333 // 100_000
    released = sum(line.kept_fen for line in all_lines())
    legs = Leg.objects.filter(kind=Kind.MEMBER_AVAILABLE, amount__gt=0)
    assert sum(legs.values_list("amount", flat=True)) == released
    assert read_straight() == 6


@pytest.fixture
def history(team, product) -> None:
    """Orders of every kind: with and without a plan, pending, settled, refunded."""
    for text in (TWO_LEVEL, RANKED):
        activate(text)
        for region in (XIHU, ""):
            for buyer in team:
                pay(buyer, product, region)
    order = refund(settle(pay(team[2], product, XIHU)), 5_000)
    refund(refund(order, 1), 1)
    refund(pay(team[2], product, XIHU))
    refund(pay(team[0], product), 1)


def rows() -> tuple[list, list]:
    return (
        list(OrderBonus.objects.order_by("pk").values()),
        list(BonusLine.objects.order_by("pk").values()),
    )


def test_dropped_rows_come_back_bit_for_bit(history):
    before = rows()
    assert len(before[0]) == 15
    assert len(before[1]) == 21
    BonusLine.objects.all().delete()
    OrderBonus.objects.all().delete()
    assert len(list(differences())) == len(before[0]) + len(before[1])
    assert derive() == 15
    assert rows() == before
    assert list(differences()) == []
    assert derive() == 0


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("bonuses_bonusline", "amount_fen", "amount_fen - 1"),
        ("bonuses_bonusline", "beneficiary_id", "(SELECT max(id) FROM members_member)"),
        ("bonuses_bonusline", "reason", "'budget'"),
        ("bonuses_bonusline", "trace", '\'[2,false,"",0,"",0,""]\''),
        ("bonuses_orderbonus", "upline", "'1:'"),
        ("bonuses_orderbonus", "distribution_ppm", "distribution_ppm - 1"),
        ("bonuses_orderbonus", "budget_fen", "budget_fen + 1"),
    ],
)
def test_a_changed_row_is_named_by_its_field(history, table, column, value):
    key = BonusLine.objects.filter(amount_fen__gt=0).latest("pk")
    pk = key.pk if table == "bonuses_bonusline" else key.order_id
    guard = {"bonuses_bonusline": "bonuses_line_facts", "bonuses_orderbonus": "bonuses_order_facts"}
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {guard[table]}{on}")
        cursor.execute(f"UPDATE {table} SET {column} = {value} WHERE id = %s", [pk])
    assert list(differences()) == [(table, pk, column)]


def test_a_row_without_an_entry_and_a_deleted_one_are_named(history):
    line = BonusLine.objects.filter(amount_fen__gt=0).latest("pk")
    head = line.order
    head.lines.all().delete()
    OrderBonus.objects.create(
        id=10**9,
        order="invented",
        pool_id=1,
        member=head.member,
        base_fen=1,
        budget_fen=0,
        distribution_ppm=0,
        paid_at=head.paid_at,
    )
    found = list(differences())
    assert ("bonuses_bonusline", line.pk, "") in found
    assert found[-1] == ("bonuses_orderbonus", 10**9, "")


def test_bonuses_reversed_that_nobody_set_aside_are_named(team, product):
    order = pay(team[2], product, XIHU)
    forged = Entry("bonus_reversed", "invented", order.paid_at).money(PLATFORM, 5)
    entry = record(forged.money(PENDING, -5))
    assert [(problem.id, problem.field) for problem in verify.bonus_holds()] == [
        (str(entry), "reference")
    ]


def test_the_holds_of_any_history_stand_where_their_entries_brought_them(history):
    assert list(verify.bonus_holds()) == []
    assert list(verify.bonus_rows()) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": HoldState.POSTED}, "state"),
        ({"state": HoldState.VOID}, "state"),
        ({"done_fen": 1}, "done_fen"),
        ({"entry": 1}, "entry"),
        ({"amount_fen": 100_001}, "amount_fen"),
    ],
)
def test_a_hold_that_was_moved_by_hand_is_named(history, change, field):
    waiting = Place.objects.filter(kind=HoldKind.BONUS, state=HoldState.OPEN)
    place = waiting.filter(cause__in=OrderBonus.objects.filter(lines_fen__gt=0).values("order"))
    hold = place.latest("pk")
    Place.objects.filter(pk=hold.pk).update(**change)
    found = [(problem.id, problem.field) for problem in verify.bonus_holds()]
    assert (str(hold.pk), field) in found


def test_a_hold_without_an_entry_and_an_entry_without_a_hold_are_named(history):
    hold = Place.objects.filter(kind=HoldKind.BONUS).latest("pk")
    Place.objects.filter(pk=hold.pk).update(cause="invented")
    named = {(problem.table, problem.id) for problem in verify.bonus_holds()}
    assert {("ledger_place", f"2/{hold.cause}"), ("ledger_place", str(hold.pk))} <= named
