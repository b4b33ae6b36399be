"""Asking for money: quotes to the fen, limits at limit and limit + 1, once per form."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.wallet.conftest import (
    JUNE,
    account,
    balances_of,
    bank_card,
    everything,
    give,
    take_back,
    terms,
)
from zengzhi.core.withholding_tax import PER_PAYMENT
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.wallet import errors
from zengzhi.records.wallet.models import State, Withdrawal
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.withdraw import most_now, quote, read_amount, request_withdrawal


def ask(member, fen, at=JUNE, **more):
    return request_withdrawal(
        member, fen, payees_of(member)[0].pk, more.pop("token", uuid.uuid4()), at=at, **more
    )


def test_a_request_reserves_the_amount_in_one_journal_entry(rich):
    row = ask(rich, 400_00)
    assert row.state == State.REQUESTED
    assert balances_of(rich) == (600_00, 400_00, 0)
    entry = Transaction.objects.get(pk=row.reserved_entry)
    assert (entry.kind, entry.reference, entry.version) == (
        "withdrawal",
        row.number,
        f"terms:{row.terms_id}",
    )


def test_the_same_form_acts_once_and_answers_the_same(rich):
    token = uuid.uuid4()
    first = ask(rich, 400_00, token=token)
    before = everything()
    assert ask(rich, 400_00, token=token) == first
    assert everything() == before


def test_somebody_elses_form_is_not_taken_over(rich, other):
    give(other, 1_000_00)
    bank_card(other)
    token = uuid.uuid4()
    ask(other, 400_00, token=token)
    before = everything()
    with pytest.raises(errors.NoPayee):
        ask(rich, 400_00, token=token)
    assert everything() == before


@pytest.mark.parametrize(
    ("fen", "refusal"),
    [
        (10_00, None),
        (9_99, errors.BelowMinimum),
        (1_000_00, None),
        (1_000_01, errors.MoreThanAvailable),
        (0, errors.BelowMinimum),
        (-1, errors.BelowMinimum),
    ],
)
def test_limits_of_one_withdrawal(rich, fen, refusal):
    before = everything()
    if refusal is None:
        assert ask(rich, fen).amount_fen == fen
        return
    with pytest.raises(refusal):
        ask(rich, fen)
    assert everything() == before


def test_the_maximum(rich):
    give(rich, 9_000_00)
    with pytest.raises(errors.AboveMaximum):
        ask(rich, 5_000_01)
    assert ask(rich, 5_000_00).amount_fen == 5_000_00


def test_a_day_has_an_amount_and_a_number_of_times(rich):
    give(rich, 30_000_00)
    ask(rich, 5_000_00)
    ask(rich, 4_990_00)
    before = everything()
    with pytest.raises(errors.DailyLimit) as refused:
        ask(rich, 10_01)
    assert refused.value.left_fen == 10_00
    assert most_now(rich, JUNE) == 10_00
    assert everything() == before
    ask(rich, 10_00)
    with pytest.raises(errors.DailyCount):
        ask(rich, 10_00)
    assert most_now(rich, JUNE) == 0
    tomorrow = JUNE + timedelta(days=1)
    assert ask(rich, 5_000_00, at=tomorrow).amount_fen == 5_000_00


def test_the_day_is_the_local_one(rich):
    terms(daily_count=1)
    late = JUNE.replace(hour=15, minute=59)  # 23:59 in Shanghai
    ask(rich, 10_00, at=late)
    with pytest.raises(errors.DailyCount):
        ask(rich, 10_00, at=late)
    ask(rich, 10_00, at=late + timedelta(minutes=1))


def test_fee_tax_and_net_add_up(member):
    table = {"tax_table": PER_PAYMENT}
    terms(fee_fen=1_00, fee_ppm=6_000, maximum_fen=50_000_00, daily_fen=50_000_00, **table)
    give(member, 10_000_00, commission=True)
    bank_card(member)
    shown = quote(member, 10_000_00, payees_of(member)[0].pk, JUNE)
    assert (shown.fee_fen, shown.tax_fen, shown.net_fen) == (61_00, 1_600_00, 8_339_00)
    row = ask(member, 10_000_00)
    assert (row.fee_fen, row.tax_fen, row.net_fen) == (61_00, 1_600_00, 8_339_00)


def test_a_withdrawal_keeps_the_terms_it_was_made_under(rich):
    row = ask(rich, 100_00)
    terms(fee_fen=5_00)
    row.refresh_from_db()
    assert row.fee_fen == 0
    assert ask(rich, 100_00).fee_fen == 5_00


def test_when_less_would_arrive_than_was_shown_nothing_moves(rich):
    shown = quote(rich, 100_00, payees_of(rich)[0].pk, JUNE)
    terms(fee_fen=1)
    before = everything()
    with pytest.raises(errors.QuoteMoved):
        ask(rich, 100_00, minimum_net_fen=shown.net_fen)
    assert everything() == before


def test_nothing_arrives_when_the_fee_takes_all(rich):
    terms(fee_fen=10_00)
    with pytest.raises(errors.NothingLeft):
        ask(rich, 10_00)


def test_a_card_must_be_ones_own_and_in_use(rich, other):
    theirs = bank_card(other)
    for payee in (theirs.pk, 999_999, None):
        with pytest.raises(errors.NoPayee):
            request_withdrawal(rich, 100_00, payee, uuid.uuid4(), at=JUNE)
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "0",
        "0.00",
        "NaN",
        "Infinity",
        "1e400",
        "1.234",
        "１００",
        "1,000",
        "+1",
        ".5",
        "",
        " 1",
    ],
)
def test_what_is_no_amount(text):
    with pytest.raises(errors.BadAmount):
        read_amount(text)


def test_a_member_with_debt_cannot_withdraw_until_income_paid_it(rich):
    take_back(rich, 1_300_00)
    assert balances_of(rich) == (0, 0, 300_00)
    give(rich, 200_00)
    assert balances_of(rich) == (0, 0, 100_00)
    before = everything()
    with pytest.raises(errors.OwesDebt):
        ask(rich, 100_00)
    assert everything() == before
    give(rich, 500_00)
    assert balances_of(rich) == (400_00, 0, 0)
    assert account(Kind.MEMBER_DEBT, rich.pk) == 0
    ask(rich, 400_00)


def test_the_database_refuses_a_withdrawal_that_does_not_add_up(rich):
    row = ask(rich, 100_00)
    for change in ({"net_fen": 99_99}, {"fee_fen": 1}, {"tax_fen": 1, "net_fen": 99_99}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Withdrawal.objects.filter(pk=row.pk).update(**change)
