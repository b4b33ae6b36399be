"""Only commissions are taxed, by month, cumulatively, whatever the way they are withdrawn."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.approvals import let_go
from tests.wallet.conftest import JUNE, account, balances_of, bank_card, give, terms
from zengzhi.core.withholding_tax import NONE, PER_PAYMENT, per_payment_due
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.wallet.certificates import certificate, export_csv, years_of
from zengzhi.records.wallet.income import record_incomes, split_payment
from zengzhi.records.wallet.models import TaxableIncome
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.review import book_failed, book_paid, reject
from zengzhi.records.wallet.withdraw import request_withdrawal

JULY = JUNE + timedelta(days=30)
FREE = {
    "maximum_fen": 10**11,
    "daily_fen": 10**11,
    "daily_count": 99,
    "four_eyes_above_fen": 10**11,
}


@pytest.fixture
def payee(member):
    terms(**FREE, tax_table=PER_PAYMENT)
    return bank_card(member)


def ask(member, fen, at=JUNE):
    return request_withdrawal(member, fen, payees_of(member)[0].pk, uuid.uuid4(), at=at)


def pay(row, staff, at=JUNE):
    from zengzhi.records.wallet.models import State, Withdrawal

    let_go(row.pk, staff[0], at=at)
    Withdrawal.objects.filter(pk=row.pk).update(state=State.PAYING, provider=1)
    return book_paid(row.pk, None, at=at)


@pytest.mark.parametrize(
    ("income", "tax"), [(3_000, 440), (10_000, 1_600), (30_000, 5_200), (100_000, 25_000)]
)
def test_the_specifications_numbers(member, payee, income, tax):
    give(member, income * 100, commission=True)
    row = ask(member, income * 100)
    assert (row.tax_fen, row.net_fen) == (tax * 100, (income - tax) * 100)


def test_money_from_points_is_not_taxed(member, payee):
    give(member, 30_000_00)
    assert ask(member, 30_000_00).tax_fen == 0


def test_commissions_go_first(member, payee):
    give(member, 5_000_00)
    give(member, 3_000_00, commission=True)
    row = ask(member, 4_000_00)
    assert (row.commission_fen, row.tax_fen) == (3_000_00, 440_00)
    assert ask(member, 4_000_00).tax_fen == 0


def test_a_month_is_taxed_as_a_whole(member, payee):
    give(member, 10_000_00, commission=True)
    taxes = [ask(member, 2_500_00).tax_fen for _i in range(4)]
    assert sum(taxes) == 1_600_00
    assert taxes[0] == 340_00


def test_each_month_has_its_own_deduction(member, payee):
    give(member, 800_00, commission=True, at=JUNE)
    give(member, 800_00, commission=True, at=JULY)
    assert ask(member, 1_600_00, at=JULY).tax_fen == 0


def test_a_rejected_withdrawal_leaves_no_tax_behind(member, payee, staff):
    give(member, 3_000_00, commission=True)
    reject(ask(member, 3_000_00).pk, staff[0], "wrong name", at=JUNE)
    income = TaxableIncome.objects.get()
    assert (income.taxed_fen, income.withheld_fen) == (0, 0)
    assert ask(member, 3_000_00).tax_fen == 440_00


def test_when_an_earlier_one_comes_back_the_month_still_bears_its_tax_once(member, payee, staff):
    from zengzhi.records.wallet.models import State, Withdrawal

    give(member, 6_000_00, commission=True)
    first, second = ask(member, 3_000_00), ask(member, 3_000_00)
    assert (first.tax_fen, second.tax_fen) == (440_00, 520_00)
    let_go(first.pk, staff[0])
    Withdrawal.objects.filter(pk=first.pk).update(state=State.PAYING, provider=1)
    book_failed(first.pk, None, "closed", at=JUNE)
    third = ask(member, 3_000_00)
    assert second.tax_fen + third.tax_fen == per_payment_due(6_000_00) == 960_00


def test_tax_moves_to_its_account_when_the_money_is_paid(member, payee, staff):
    give(member, 10_000_00, commission=True)
    row = ask(member, 10_000_00)
    assert account(Kind.TAX_WITHHELD) == 0
    pay(row, staff)
    assert account(Kind.TAX_WITHHELD) == 1_600_00
    assert account(Kind.CLEARING, 1) == 8_400_00
    assert balances_of(member) == (0, 0, 0)


def test_reversed_income_that_was_taxed_is_made_up_by_later_income(member, payee, staff):
    give(member, 3_000_00, commission=True)
    pay(ask(member, 3_000_00), staff)
    record_incomes([(member.pk, -3_000_00, JUNE)])
    give(member, 3_000_00, commission=True, at=JULY)
    assert ask(member, 3_000_00, at=JULY).tax_fen == 0
    give(member, 3_000_00, commission=True, at=JULY)
    row = ask(member, 3_000_00, at=JULY)
    assert (row.commission_fen, row.tax_fen) == (3_000_00, 440_00)


def test_reversed_income_that_was_not_paid_is_not_taxed(member, payee):
    give(member, 3_000_00, commission=True)
    record_incomes([(member.pk, -1_000_00, JUNE)])
    assert ask(member, 3_000_00).tax_fen == per_payment_due(2_000_00) == 240_00


def test_the_table_is_switched_by_the_terms(member, payee):
    terms(tax_table="none", maximum_fen=10**9, daily_fen=10**9)
    give(member, 5_000_00, commission=True)
    row = ask(member, 5_000_00)
    assert (row.commission_fen, row.tax_fen) == (5_000_00, 0)


def test_any_way_of_withdrawing_bears_the_same_tax(member, payee):
    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.integers(10_00, 20_000_00), min_size=1, max_size=6))
    def check(amounts):
        from django.db import transaction

        with transaction.atomic():
            give(member, sum(amounts), commission=True)
            taxes = sum(ask(member, fen).tax_fen for fen in amounts)
            assert taxes == per_payment_due(sum(amounts))
            assert split_payment(member.pk, 10**12, NONE, payee.person) == []
            transaction.set_rollback(True)

    check()


def test_the_certificate_and_the_export_hold_what_was_paid(member, payee, staff, other):
    give(member, 10_000_00, commission=True)
    pay(ask(member, 6_000_00), staff)
    ask(member, 4_000_00)  # not paid: on no certificate
    shown = certificate(member, 2026)
    assert (shown.income_fen, shown.tax_fen) == (6_000_00, per_payment_due(6_000_00))
    assert certificate(member, 2025).lines == certificate(other, 2026).lines == ()
    assert years_of() == years_of(member) == [2026]
    assert "6000.00,960.00" in export_csv(2026).decode("utf-8-sig")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", " ="])
def test_no_cell_of_the_export_becomes_a_formula(member, payee, staff, start):
    import csv
    import io

    from zengzhi.records.wallet.models import PayeeAccount

    PayeeAccount.objects.update(holder=f"{start}cmd|' /C calc'!A0")
    give(member, 3_000_00, commission=True)
    pay(ask(member, 3_000_00), staff)
    text = export_csv(2026).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert any(f"{start}cmd" in cell for cell in cells)
    assert not [c for c in cells if c.lstrip(" ")[:1] in {"=", "+", "-", "@", "\t", "\r", "＝"}]


def test_income_is_kept_by_member_and_local_month(member, other, payee):
    edge = JUNE.replace(day=30, hour=16)  # midnight of 1 July in Shanghai
    record_incomes([(member.pk, 5, edge - timedelta(seconds=1))])
    record_incomes([(member.pk, 7, edge)])
    record_incomes([(other.pk, 9, edge)])
    rows = TaxableIncome.objects.filter(member=member).order_by("month")
    assert [(f"{row.month:%Y-%m}", row.income_fen) for row in rows] == [
        ("2026-06", 5),
        ("2026-07", 7),
    ]


def test_a_holder_can_be_named_as_people_are(member):
    for name in ("欧阳 娜娜", "阿卜杜拉·买买提", "Anna-Maria O'Neil"):
        save_payee(member, PayeeForm("alipay", name, f"1380013{len(name):04d}"), uuid.uuid4())
