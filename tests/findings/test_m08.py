"""M8: tax follows the person who is paid, however many members they have: ``per_payment`` 960 on
2 × 3 000.00 in a month, ``cumulative`` 330 on 2 × 10 000.00."""

import uuid
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.threads import at_once
from tests.wallet.conftest import bank_card, give, terms
from zengzhi.core.withholding_tax import (
    CUMULATIVE,
    DATED,
    NONE,
    PER_PAYMENT,
    cumulative_year_due,
    month_index,
    per_payment_due,
)
from zengzhi.records.members.models import Member
from zengzhi.records.wallet import review
from zengzhi.records.wallet.models import Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.withdraw import quote, request_withdrawal

FREE = {
    "maximum_fen": 10**11,
    "daily_fen": 10**11,
    "daily_count": 999,
    "four_eyes_above_fen": 10**11,
}
IDENTITY = "11010519491231002X"


def day(month: int, year: int = 2026) -> datetime:
    return datetime(year, month, 18, 2, tzinfo=UTC)


DECEMBER = day(12)


def ask(member: Member, fen: int, at: datetime = DECEMBER) -> Withdrawal:
    return request_withdrawal(member, fen, payees_of(member)[-1].pk, uuid.uuid4(), at=at)


def account(member: Member, number: str, identity: str = "", name: str = "王磊") -> None:
    form = PayeeForm("alipay", name, number, "", identity)
    payee = save_payee(member, form, uuid.uuid4(), at=day(1, 2024))
    type(payee).objects.filter(pk=payee.pk).update(usable_from=day(1, 2024))


@pytest.fixture
def pair(member, other) -> tuple[Member, Member]:
    """Two members whose money goes to one person's card."""
    for each in (member, other):
        bank_card(each, at=day(1, 2025))
    return member, other


@pytest.mark.parametrize(
    ("table", "fen", "taxes"),
    [
        (PER_PAYMENT, 3_000_00, [440_00, 520_00]),
        (CUMULATIVE, 10_000_00, [90_00, 240_00]),
        (DATED, 10_000_00, [90_00, 240_00]),
        (NONE, 10_000_00, [0, 0]),
    ],
)
def test_two_members_of_one_person_share_the_income(pair, table, fen, taxes):
    terms(**FREE, tax_table=table)
    for each in pair:
        give(each, fen, commission=True, at=day(6))
    assert [ask(each, fen).tax_fen for each in pair] == taxes


def test_cumulative_is_what_new_terms_have(pair):
    terms(**FREE)
    for each in pair:
        give(each, 10_000_00, commission=True, at=day(6))
    assert sum(ask(each, 10_000_00).tax_fen for each in pair) == 330_00


@pytest.mark.parametrize("together", [True, False])
def test_a_month_without_income_restarts_the_months_not_the_sums(pair, together):
    terms(**FREE)
    member, _other = pair
    taxes = []
    for month in (1, 2, 4, 5):
        give(member, 10_000_00, commission=True, at=day(month))
        if not together:
            taxes.append(ask(member, 10_000_00, day(month)).tax_fen)
    if together:
        row = ask(member, 40_000_00)
        taxes = list(row.tax_parts.order_by("income__month").values_list("tax_fen", flat=True))
    assert taxes == [90_00, 90_00, 390_00, 90_00]


def test_100_000_in_january_and_3_000(pair):
    terms(**FREE)
    member, other = pair
    give(member, 100_000_00, commission=True, at=day(1))
    assert ask(member, 100_000_00).tax_fen == 4_980_00
    give(other, 3_000_00, commission=True, at=day(1, 2027))
    assert ask(other, 3_000_00).tax_fen == 0


@pytest.mark.parametrize("first", [0, 1])
def test_months_of_the_other_member_count_in_a_row_whoever_is_paid_first(pair, first):
    """January and March of one member, February of the other: three months in a row."""
    terms(**FREE)
    member, other = pair
    for month, whose in ((1, member), (2, other), (3, member)):
        give(whose, 10_000_00, commission=True, at=day(month))
    sums = {member: 20_000_00, other: 10_000_00}
    order = [member, other] if first == 0 else [other, member]
    assert sum(ask(each, sums[each]).tax_fen for each in order) == 270_00


def test_before_october_2025_payments_count_by_month(pair):
    terms(**FREE)
    for each in pair:
        give(each, 3_000_00, commission=True, at=day(9, 2025))
        give(each, 10_000_00, commission=True, at=day(10, 2025))
    assert sum(ask(each, 13_000_00).tax_fen for each in pair) == 960_00 + 330_00


def test_other_people_are_other_people(member, other):
    terms(**FREE)
    account(member, "13800138000")
    account(other, "13900139000")
    for each in (member, other):
        give(each, 10_000_00, commission=True, at=day(6))
    assert [ask(each, 10_000_00).tax_fen for each in (member, other)] == [90_00, 90_00]


@pytest.mark.parametrize("names", [("王磊", "王磊"), ("Anna-Maria O'Neil", "ANNA MARIA ONEIL")])
def test_an_identity_number_makes_one_person_of_two_accounts(member, other, names):
    terms(**FREE)
    account(member, "13800138000", IDENTITY, names[0])
    account(other, "13900139000", "110105 19491231 002x", names[1])
    for each in (member, other):
        give(each, 10_000_00, commission=True, at=day(6))
    assert sum(ask(each, 10_000_00).tax_fen for each in (member, other)) == 330_00


def test_an_identity_number_given_later_brings_the_accounts_history_along(member, other):
    terms(**FREE)
    account(member, "13800138000")
    give(member, 10_000_00, commission=True, at=day(6))
    assert ask(member, 10_000_00).tax_fen == 90_00
    account(other, "13800138000", IDENTITY)
    give(other, 10_000_00, commission=True, at=day(6))
    assert ask(other, 10_000_00).tax_fen == 240_00


def test_an_account_cannot_be_given_with_a_second_identity_number(member, other):
    from zengzhi.records.wallet.errors import BadPayee

    account(member, "13800138000", IDENTITY)
    with pytest.raises(BadPayee) as refused:
        account(other, "13800138000", "E12345678")
    assert refused.value.field == "identity"
    assert payees_of(other) == []


def test_who_changes_to_another_persons_account_leaves_the_history_behind(member, other):
    """What was paid stays the first person's; what comes after is the second's."""
    terms(**FREE)
    account(member, "13800138000")
    give(member, 10_000_00, commission=True, at=day(6))
    assert ask(member, 10_000_00).tax_fen == 90_00
    form = PayeeForm("alipay", "李娜", "13900139000")
    new = save_payee(member, form, uuid.uuid4(), payees_of(member)[0], day(6))
    type(new).objects.filter(pk=new.pk).update(usable_from=day(6))
    give(member, 10_000_00, commission=True, at=day(6))
    assert ask(member, 10_000_00).tax_fen == 90_00
    account(other, "13800138000")
    give(other, 10_000_00, commission=True, at=day(6))
    assert ask(other, 10_000_00).tax_fen == 240_00


def test_the_quote_shows_what_the_request_withholds(pair):
    terms(**FREE)
    for each in pair:
        give(each, 10_000_00, commission=True, at=day(6))
        shown = quote(each, 10_000_00, payees_of(each)[0].pk, day(12))
        row = ask(each, 10_000_00)
        assert (shown.tax_fen, shown.net_fen) == (row.tax_fen, row.net_fen)


def test_what_came_back_of_one_member_is_untaxed_for_both(pair, django_user_model):
    staff = django_user_model.objects.create_user("anna", is_staff=True)
    terms(**FREE)
    for each in pair:
        give(each, 10_000_00, commission=True, at=day(6))
    member, other = pair
    row = ask(member, 10_000_00)
    review.reject(row.pk, staff, "name differs", day(12))
    assert ask(other, 10_000_00).tax_fen == 90_00
    assert ask(member, 10_000_00).tax_fen == 240_00


amounts = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 3), st.integers(20_00, 60_000_00)),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("table", [PER_PAYMENT, CUMULATIVE])
def test_any_way_of_withdrawing_bears_the_persons_tax(pair, table):
    terms(**FREE, tax_table=table)

    @settings(deadline=None, max_examples=25)
    @given(amounts, st.integers(1, 4))
    def check(rows, pieces):
        with transaction.atomic():
            sums, incomes = [0, 0], []
            for whose, month, fen in rows:
                give(pair[whose], fen, commission=True, at=day(month))
                sums[whose] += fen
                incomes.append((month_index(2026, month), fen))
            taxes = 0
            for whose, fen in enumerate(sums):
                cuts = [fen * n // pieces for n in range(pieces + 1)]
                for piece in (b - a for a, b in pairwise(cuts)):
                    if piece >= 10_00:
                        taxes += ask(pair[whose], piece).tax_fen
                    elif piece:
                        break
            paid = sum(Withdrawal.objects.values_list("commission_fen", flat=True))
            if paid == sum(sums):
                wanted = cumulative_year_due(incomes, 2026)
                if table == PER_PAYMENT:
                    months = {index for index, _fen in incomes}
                    wanted = sum(
                        per_payment_due(sum(fen for of, fen in incomes if of == index))
                        for index in months
                    )
                assert taxes == wanted
            transaction.set_rollback(True)

    check()


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_of_two_members_never_under_withhold(member, other):
    terms(**FREE)
    pair = (member, other)
    for each in pair:
        bank_card(each)
        give(each, 25_000_00, commission=True, at=day(6))
    results = at_once(*(partial(ask, pair[n % 2], 1_000_00) for n in range(50)))
    assert [result for result in results if isinstance(result, Exception)] == []
    paid = [(month_index(2026, 6), 50_000_00)]
    assert sum(row.tax_fen for row in results) == cumulative_year_due(paid, 2026) == 1_050_00
