"""A bonus from payment to settlement or refund: the right people, once, by exact fractions."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
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
    lines,
    pay,
    purse,
    refund,
    settle,
    users,
)
from tests.purses import all_balances
from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import mark_paid, settle_orders
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.bonuses.models import BonusLine, OrderBonus
from zengzhi.records.bonuses.paid import orders_paid
from zengzhi.records.bonuses.refunded import order_refunded
from zengzhi.records.bonuses.settled import orders_settled
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Place, Transaction
from zengzhi.records.members.changes import resume, set_rank, suspend
from zengzhi.records.members.models import Member
from zengzhi.records.members.tree import change_sponsor
from zengzhi.records.wallet.models import TaxableIncome


@pytest.fixture
def family(pool, product) -> list[Member]:
    """Top, middle and buyer under the two-level plan; agents of district, city and province."""
    activate(TWO_LEVEL)
    members = chain("top", "middle", "buyer")
    for region, name in ((XIHU, "district"), ("3301", "city"), ("33", "province")):
        agent(region, Member.objects.create(nickname=name))
    return members


def member(name: str) -> Member:
    return Member.objects.get(nickname=name)


def spend(one: Member, fen: int) -> None:
    """The member takes money out of the wallet."""
    entry = Entry("withdrawal", "w", timezone.now())
    entry.money(Account(Kind.MEMBER_AVAILABLE, one.pk), -fen)
    entry.money(Account(Kind.CLEARING, 2), fen)
    record(entry)


ALL = {"middle": 10_000, "top": 5_000, "district": 3_000, "city": 2_000, "province": 1_000}


def test_paid_then_settled(family, product):
    top, middle, buyer = family
    order = pay(buyer, product, XIHU)
    assert amounts(order) == ALL
    assert purse(middle) == (10_000, 0, 0)
    assert account(Kind.ORDERS_PENDING) == 100_000 - 21_000
    check_books()
    settle(order)
    assert purse(middle) == (0, 10_000, 0)
    assert purse(top) == (0, 5_000, 0)
    assert account(Kind.ORDERS_PENDING) == 0
    assert account(Kind.UNALLOCATED_DISTRIBUTION) == 30_000 - 21_000
    assert {line.state for line in all_lines()} == {2}
    check_books()


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (XIHU, {"district": 3_000, "city": 2_000, "province": 1_000}),
        ("330102", {"city": 5_000, "province": 1_000}),
        ("330203", {"province": 6_000}),
        ("110105", {}),
        ("441900", {}),
        ("999999", {}),
        ("", {}),
    ],
)
def test_agents_of_the_delivery_address(family, product, region, expected):
    order = pay(family[2], product, region)
    assert amounts(order) == {"middle": 10_000, "top": 5_000, **expected}


def test_without_a_plan_nobody_is_paid_and_the_sponsor_is_fixed(pool, product):
    buyer = chain("top", "buyer")[1]
    order = pay(buyer, product)
    assert amounts(order) == {}
    settle(order)
    buyer.refresh_from_db()
    assert buyer.first_paid_at == order.paid_at
    assert account(Kind.UNALLOCATED_DISTRIBUTION) == 30_000


def test_an_order_keeps_the_plan_it_was_paid_under(family, product):
    old = pay(family[2], product)
    activate(TWO_LEVEL.replace('"10%"', '"20%"'), timezone.now() - timedelta(seconds=1))
    new = pay(family[2], product)
    assert amounts(old)["middle"] == 10_000
    assert amounts(new)["middle"] == 20_000
    settle(old)
    refund(old, 50_000)
    assert amounts(old) == {"middle": 5_000, "top": 2_500}


def test_a_pending_order_refunded_gives_everything_back(family, product):
    order = pay(family[2], product, XIHU)
    refund(order)
    assert amounts(order) == {}
    assert all_balances() == []
    assert account(Kind.ORDERS_PENDING) == 0
    assert {line.state for line in all_lines()} == {3}
    check_books()


@pytest.mark.parametrize(
    "parts", [[100_000], [50_000, 50_000], [1, 99_999], [33_333, 33_333, 33_334], [7] * 3]
)
def test_refunds_of_a_settled_order_reverse_the_same_people_by_the_same_fractions(
    family, product, parts
):
    order = settle(pay(family[2], product, XIHU))
    refunded = 0
    for fen in parts:
        refund(order, fen)
        refunded += fen
        left = {name: due - due * refunded // 100_000 for name, due in ALL.items()}
        assert amounts(order) == {name: fen for name, fen in left.items() if fen}
        for name, fen in left.items():
            assert purse(member(name)) == (0, fen, 0)
        check_books()
    rest = 9_000 - (
        30_000 * refunded // 100_000 - sum(d * refunded // 100_000 for d in ALL.values())
    )
    assert account(Kind.UNALLOCATED_DISTRIBUTION) == rest


def test_a_promotion_between_order_and_refund_changes_nobody(pool, product):
    activate(RANKED)
    f, e, d, c, b, a, buyer = chain("F", "E", "D", "C", "B", "A", "buyer")
    long_ago = timezone.now() - timedelta(days=200)
    for one, level in ((a, 1), (b, 1), (c, 3), (d, 2), (e, 3), (f, 4)):
        set_rank(one, level, "test", long_ago)
    from zengzhi.records.members.models import Rank

    for level in range(1, 5):
        Rank.objects.create(level=level, code=f"V{level}", name_zh=f"V{level}", name_en=f"V{level}")
    order = pay(buyer, product)
    expected = {
        ("direct bonus", "A"): 5_000,
        ("rank difference", "A"): 5_000,
        ("rank difference", "C"): 7_000,
        ("rank difference", "F"): 3_000,
        ("peer bonus", "B"): 500,
        ("peer bonus", "E"): 700,
    }
    from django.utils import translation

    with translation.override("en"):
        assert lines(order) == expected
    head = OrderBonus.objects.get()
    assert head.dividend_fen == 2_000
    set_rank(b, 4, "promoted meanwhile")
    set_rank(f, 0, "demoted meanwhile")
    settle(order)
    assert account(Kind.DIVIDEND_POOL) == 2_000
    refund(order, 25_000)
    with translation.override("en"):
        assert lines(order) == {key: fen - fen // 4 for key, fen in expected.items()}
    assert account(Kind.DIVIDEND_POOL) == 1_500
    check_books()


def test_a_reversal_that_meets_a_spent_balance_becomes_debt_and_is_set_off(family, product):
    middle, buyer = family[1:]
    order = settle(pay(buyer, product))
    spend(middle, 9_000)
    refund(order, 50_000)
    assert purse(middle) == (0, 0, 4_000)
    second = pay(buyer, product)
    assert purse(middle) == (10_000, 0, 4_000)
    refund(order, 50_000)
    assert purse(middle) == (10_000, 0, 9_000)
    settle(second)
    assert purse(middle) == (0, 1_000, 0)
    check_books()


def test_a_debt_larger_than_the_next_income_stays(family, product):
    middle, buyer = family[1:]
    orders = [settle(pay(buyer, product)) for _i in range(2)]
    spend(middle, 20_000)
    for order in orders:
        refund(order)
    assert purse(middle) == (0, 0, 20_000)
    settle(pay(buyer, product))
    assert purse(middle) == (0, 0, 10_000)
    check_books()


def test_commissions_count_to_the_taxable_income_of_their_month(family, product):
    middle, buyer = family[1:]
    orders = [settle(pay(buyer, product)) for _i in range(2)]
    assert TaxableIncome.objects.get(member=middle).income_fen == 20_000
    refund(orders[0], 50_000)
    row = TaxableIncome.objects.get(member=middle)
    assert (row.income_fen, row.month.day) == (15_000, 1)


def test_the_suspended_get_nothing_and_see_why(family, product):
    _top, middle, buyer = family
    staff = users()[0]
    suspend(middle, staff, "orders on own accounts", timezone.now() - timedelta(days=1))
    order = pay(buyer, product)
    assert amounts(order) == {"top": 5_000}
    line = BonusLine.objects.get(beneficiary=middle)
    assert (line.amount_fen, line.reason, line.due_fen) == (0, "suspended", 10_000)
    resume(middle, staff, "looked into")
    settle(order)
    assert purse(middle) == (0, 0, 0)
    assert amounts(pay(buyer, product))["middle"] == 10_000


def test_nobody_is_paid_on_their_own_order(family, product):
    district = member("district")
    order = pay(district, product, XIHU)
    assert amounts(order) == {"city": 5_000, "province": 1_000}
    line = BonusLine.objects.get(beneficiary=district)
    assert (line.amount_fen, line.reason) == (0, "own_order")


def test_the_budget_is_never_passed(family, product):
    product.split_cost_ppm, product.split_distribution_ppm = 600_000, 120_000
    product.split_platform_ppm = 100_000
    product.save()
    order = pay(family[2], product, XIHU)
    assert amounts(order) == {"middle": 10_000, "top": 2_000}
    cut = BonusLine.objects.get(beneficiary=family[0])
    assert (cut.due_fen, cut.amount_fen) == (5_000, 2_000)
    nothing = BonusLine.objects.filter(amount_fen=0)
    assert {line.reason for line in nothing} == {"budget"}
    assert nothing.count() == 3
    check_books()


def test_the_database_refuses_lines_above_what_the_order_gives(family, product):
    pay(family[2], product, XIHU)
    head = OrderBonus.objects.get()
    line = head.lines.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        BonusLine.objects.create(
            id=1,
            order=head,
            beneficiary=family[2],
            kind=1,
            rate_ppm=1,
            base_fen=1,
            due_fen=1,
            amount_fen=1,
            paid_at=head.paid_at,
        )
    for change in (
        lambda: OrderBonus.objects.update(lines_fen=29_000),
        lambda: OrderBonus.objects.update(dividend_fen=20_000),
        lambda: BonusLine.objects.filter(pk=line.pk).update(amount_fen=1),
        lambda: BonusLine.objects.filter(pk=line.pk).update(beneficiary=family[2]),
        lambda: BonusLine.objects.filter(pk=line.pk).update(reason="budget"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def state() -> tuple:
    return (
        all_balances(),
        sorted(BonusLine.objects.values_list("beneficiary", "kind", "amount_fen")),
        sorted(Place.objects.values_list("kind", "cause", "state", "done_fen")),
        Transaction.objects.count(),
    )


def test_whatever_is_repeated_changes_nothing(family, product):
    from zengzhi.mall.orders.money import paid_for_bonuses

    order = pay(family[2], product, XIHU)
    paid, before = paid_for_bonuses(order), state()
    for _i in range(3):
        mark_paid(order.pk, order.total_fen, 1, timezone.now())
        with transaction.atomic():
            orders_paid([paid, paid])
    assert state() == before
    settle(order)
    before = state()
    with transaction.atomic():
        orders_settled([order.number, order.number], timezone.now())
        orders_paid([paid])
    settle_orders(order.pool, [order], timezone.now())
    assert state() == before
    token = uuid.uuid4()
    refund(order, 40_000, token)
    before = state()
    refund(order, 40_000, token)
    for fen in (40_000, 39_999, 0):
        with transaction.atomic():
            assert order_refunded(order.number, fen, timezone.now()) == 0
    assert state() == before


@pytest.mark.parametrize(
    "events", list(itertools.permutations(["paid", "paid", "refund", "settle"]))
)
def test_the_order_of_callbacks_ends_in_one_state_or_in_a_named_refusal(family, product, events):
    order = place_order(family[2], product, 1, uuid.uuid4(), region=XIHU)
    acts = {
        "paid": lambda: mark_paid(order.pk, order.total_fen, 1, timezone.now()),
        "refund": lambda: refund(order),
        "settle": lambda: settle(order),
    }
    refused = []
    for event in events:
        try:
            acts[event]()
        except ZengzhiError as error:
            refused.append((event, error.code))
        order.refresh_from_db()
        check_books()
    happened = [event for event in events if event not in {name for name, _code in refused}]
    kept = amounts(order)
    assert kept == ({} if "refund" in happened else ALL)
    assert {code for _event, code in refused} <= {"not_possible_now"}


def test_the_sponsor_then_is_paid_also_when_the_payment_is_reported_late(family, product):
    top, middle, _buyer = family
    guest, now = Member.objects.create(nickname="guest"), timezone.now()
    change_sponsor(guest.pk, middle, users()[0], "came by phone", now - timedelta(days=9))
    change_sponsor(guest.pk, top, users()[0], "that was wrong", now - timedelta(days=1))
    assert amounts(pay(guest, product, at=now - timedelta(days=5)))["middle"] == 10_000
    assert amounts(pay(guest, product, at=now)) == {"top": 10_000}


def test_a_crash_at_any_statement_leaves_before_or_after(family, product, monkeypatch):
    """Each use-case dies at its n-th statement, for every n, and is then done again."""
    from zengzhi.records.store import bulk

    class Died(Exception):
        pass

    def die_at(number: int):
        count = itertools.count(1)

        def step(*_args):
            if next(count) == number:
                raise Died

        return step

    def crash(act, expected_after) -> None:
        before, after = state(), None
        for number in itertools.count(1):
            step = die_at(number)

            def wrapper(execute, sql, params, many, context, step=step):
                if "SAVEPOINT" not in sql:  # The test's own frame, not a statement of the act.
                    step()
                return execute(sql, params, many, context)

            monkeypatch.setattr(bulk, "before_statement", lambda _text, step=step: step())
            try:
                with connection.execute_wrapper(wrapper):
                    act()
            except Died:
                monkeypatch.setattr(bulk, "before_statement", None)
                now = state()
                if after is None and now != before:
                    after = now
                assert now == (after or before), number
                continue
            break
        monkeypatch.setattr(bulk, "before_statement", None)
        assert after in (None, state())
        assert number > 5
        assert expected_after()
        check_books()

    order = place_order(family[2], product, 1, uuid.uuid4(), region=XIHU)
    now = timezone.now()
    crash(lambda: mark_paid(order.pk, order.total_fen, 1, now), lambda: amounts(order) == ALL)
    crash(
        lambda: settle_orders(order.pool, [Order.objects.get(pk=order.pk)], now),
        lambda: purse(family[1]) == (0, 10_000, 0),
    )
    token = uuid.uuid4()
    crash(
        lambda: refund(Order.objects.get(pk=order.pk), 50_000, token),
        lambda: purse(family[1]) == (0, 5_000, 0),
    )
