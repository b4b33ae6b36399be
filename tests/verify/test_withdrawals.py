"""Withdrawals against their entries, holds, months and persons: what is changed is named."""

import uuid

import pytest

from tests.approvals import let_go
from tests.wallet.conftest import JUNE, bank_card, give
from zengzhi.records.ledger.holds import HoldKind
from zengzhi.records.ledger.models import Place
from zengzhi.records.members.models import User
from zengzhi.records.wallet import review
from zengzhi.records.wallet.models import (
    PayeeAccount,
    State,
    Step,
    TaxableIncome,
    TaxPart,
    Withdrawal,
)
from zengzhi.records.wallet.withdraw import request_withdrawal
from zengzhi.verify import withdrawals

CHECKS = (
    withdrawals.withdrawals,
    withdrawals.without_withdrawal,
    withdrawals.taxed_income,
    withdrawals.persons,
)


def found():
    return [problem for check in CHECKS for problem in check()]


@pytest.fixture
def rows(member) -> list[Withdrawal]:
    """One paid, one that came back, one under way; of bonuses."""
    staff = User.objects.create_user("anna", password="correct horse", is_staff=True)
    give(member, 9_000_00, commission=True)
    card = bank_card(member)
    made = [
        request_withdrawal(member, fen, card.pk, uuid.uuid4(), at=JUNE)
        for fen in (1_900_00, 1_800_00, 1_700_00)
    ]
    let_go(made[0].pk, staff, at=JUNE)
    made[0].refresh_from_db()
    review.move(made[0], "submit", State.PAYING, staff, "", JUNE, provider=1)
    review.book_paid(made[0].pk, None, at=JUNE)
    review.reject(made[1].pk, staff, "name differs", JUNE)
    for row in made:
        row.refresh_from_db()
    return made


def test_nothing_is_found_where_nothing_was_changed(rows):
    assert found() == []


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 5_00, "net_fen": 5_00, "tax_fen": 0, "commission_fen": 0},
        {"number": "W20260618FFFFFFFFFF"},
        {"reserved_entry": 1},
    ],
)
def test_a_changed_withdrawal_is_named(rows, place, change):
    Withdrawal.objects.filter(pk=rows[place].pk).update(**change)
    assert str(rows[place].pk) in {p.id for p in found() if p.table == "wallet_withdrawal"}


def test_a_withdrawal_that_says_it_is_paid_while_it_is_not(rows):
    row = rows[2]
    said = {"state": State.PAID, "closing_entry": 5, "closed_at": JUNE}
    Withdrawal.objects.filter(pk=row.pk).update(
        **said, approved_by=User.objects.get(username="anna")
    )
    tables = {problem.table for problem in found()}
    assert {"wallet_withdrawal", "ledger_place"} <= tables


def test_another_account_is_named(rows):
    PayeeAccount.objects.update(number="6214830012840004")
    assert {problem.table for problem in found()} == {"wallet_payeeaccount"}
    PayeeAccount.objects.update(digest="0" * 64)
    tables = {problem.table for problem in found()}
    assert tables == {"wallet_withdrawal", "wallet_payeeaccount"}


@pytest.mark.parametrize("state", [1, 2, 3, 4])
def test_a_hold_that_stands_elsewhere_is_named(rows, state):
    for row in rows:
        hold = Place.objects.filter(kind=HoldKind.WITHDRAWAL, cause=row.number)
        was = hold.get().state
        hold.update(state=state)
        assert (found() != []) == (state != was)
        hold.update(state=was)


def test_a_deleted_withdrawal_leaves_entries_and_a_hold_without_cause(rows):
    row = rows[2]
    TaxPart.objects.filter(withdrawal=row).delete()
    Step.objects.filter(withdrawal=row).delete()
    row.delete()
    tables = {problem.table for problem in found()}
    assert tables == {"ledger_transaction", "ledger_place", "wallet_taxableincome"}


@pytest.mark.parametrize("name", ["taxed_fen", "withheld_fen"])
def test_a_changed_month_is_named(rows, name):
    TaxableIncome.objects.update(**{name: 1})
    assert [problem.field for problem in found()] == [name]


def test_tax_moved_between_months_or_withdrawals_is_named(rows):
    part = TaxPart.objects.filter(withdrawal=rows[0])
    part.update(amount_fen=part.get().amount_fen - 1)
    assert {problem.table for problem in found()} == {"wallet_withdrawal", "wallet_taxableincome"}
