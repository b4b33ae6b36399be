"""Many at once and death at any statement: exactly one succeeds, and all is before or after."""

import uuid
from functools import partial

import pytest
from django.db import connection

from tests.approvals import bank_batch, let_go
from tests.records.threads import at_once as together
from tests.wallet.conftest import JUNE, balances_of, bank_card, everything, give, terms
from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.models import Leg
from zengzhi.records.store import bulk
from zengzhi.records.wallet import review
from zengzhi.records.wallet.models import PayeeAccount, State, TaxableIncome, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.withdraw import request_withdrawal


def at_once(count, act):
    """Run ``act(i)`` in so many threads that start together; results or refusals by index."""
    return together(*(partial(act, i) for i in range(count)))


def succeeded(results):
    broken = [r for r in results if isinstance(r, Exception) and not isinstance(r, ZengzhiError)]
    assert broken == []
    return [result for result in results if not isinstance(result, ZengzhiError)]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_withdrawals_of_one_balance_exactly_one_succeeds(member):
    terms(daily_count=99, daily_fen=10**9)
    give(member, 1_000_00)
    payee = bank_card(member)
    results = at_once(
        50, lambda i: request_withdrawal(member, 1_000_00, payee.pk, uuid.uuid4(), at=JUNE)
    )
    assert len(succeeded(results)) == 1
    assert {result.code for result in results if isinstance(result, ZengzhiError)} == {
        "insufficient_balance"
    }
    assert balances_of(member) == (0, 1_000_00, 0)
    assert Withdrawal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_fifty_times_at_once_acts_once(member):
    give(member, 1_000_00)
    payee = bank_card(member)
    token = uuid.uuid4()
    results = at_once(50, lambda i: request_withdrawal(member, 10_00, payee.pk, token, at=JUNE))
    assert len({row.pk for row in succeeded(results)}) == 1
    assert len(succeeded(results)) == 50
    assert balances_of(member) == (990_00, 10_00, 0)


@pytest.mark.django_db(transaction=True)
def test_many_small_ones_at_once_keep_the_days_limits_and_the_months_tax(member):
    terms(daily_count=5, daily_fen=9_000_00)
    give(member, 50_000_00, commission=True)
    payee = bank_card(member)
    results = at_once(
        20, lambda i: request_withdrawal(member, 2_000_00, payee.pk, uuid.uuid4(), at=JUNE)
    )
    rows = succeeded(results)
    assert len(rows) == 4
    income = TaxableIncome.objects.get()
    assert (income.taxed_fen, income.withheld_fen) == (8_000_00, 42_00)
    assert sum(row.tax_fen for row in rows) == 42_00


@pytest.mark.django_db(transaction=True)
def test_approve_and_reject_at_once_end_in_one_of_both(member, staff):
    give(member, 1_000_00)
    payee = bank_card(member)
    for _i in range(8):
        row = request_withdrawal(member, 20_00, payee.pk, uuid.uuid4(), at=JUNE)
        at_once(
            2,
            lambda i, pk=row.pk: (
                let_go(pk, staff[0]) if i else review.reject(pk, staff[1], "no", at=JUNE)
            ),
        )
        row.refresh_from_db()
        assert row.state == State.REJECTED  # from requested or from approved
    assert balances_of(member) == (1_000_00, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_paid_and_failed_at_once_move_the_money_once(member, staff):
    give(member, 1_000_00)
    payee = bank_card(member)
    row = request_withdrawal(member, 100_00, payee.pk, uuid.uuid4(), at=JUNE)
    let_go(row.pk, staff[0])
    Withdrawal.objects.update(state=State.PAYING, provider=1)
    results = at_once(
        10,
        lambda i: (
            review.book_paid(row.pk, None) if i % 2 else review.book_failed(row.pk, None, "closed")
        ),
    )
    row.refresh_from_db()
    left = {State.PAID: (900_00, 0, 0), State.FAILED: (1_000_00, 0, 0)}
    assert balances_of(member) == left[State(row.state)]
    assert len(succeeded(results)) == 5
    assert Leg.objects.filter(transaction_id=row.closing_entry).exists()


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_share_no_withdrawal(member, staff):
    give(member, 1_000_00)
    payee = bank_card(member)
    for _i in range(3):
        row = request_withdrawal(member, 100_00, payee.pk, uuid.uuid4(), at=JUNE)
        let_go(row.pk, staff[0])
    results = at_once(6, lambda i: bank_batch(staff[1 + i % 2], uuid.uuid4(), JUNE))
    assert len(succeeded(results)) == 1
    assert succeeded(results)[0].lines == 3


@pytest.mark.django_db(transaction=True)
def test_ten_first_accounts_at_once_leave_one_that_did_not_cool_down(member):
    at_once(
        10,
        lambda i: save_payee(
            member, PayeeForm("alipay", "王磊", f"1380013800{i}"), uuid.uuid4(), at=JUNE
        ),
    )
    assert PayeeAccount.objects.count() == 5
    assert PayeeAccount.objects.filter(usable_from=JUNE).count() == 1


class Died(Exception):
    """The process died here."""


class Killer:
    """Dies before the n-th statement; ``None``: only counts."""

    def __init__(self, die_at=None):
        self.count = 0
        self.die_at = die_at

    def _tick(self):
        self.count += 1
        if self.count == self.die_at:
            raise Died

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self._tick()
        return execute(sql, params, many, context)

    def run(self, act):
        bulk.before_statement = lambda _sql: self._tick()
        try:
            with connection.execute_wrapper(self):
                act()
        finally:
            bulk.before_statement = None


def requested(member):
    return request_withdrawal(member, 900_00, payees_of(member)[0].pk, uuid.uuid4(), at=JUNE)


def in_state(member, staff, state):
    row = requested(member)
    if state in {State.APPROVED, State.PAYING}:
        let_go(row.pk, staff[0], at=JUNE)
    if state == State.PAYING:
        Withdrawal.objects.filter(pk=row.pk).update(state=State.PAYING, provider=1)
    return row.pk


USE_CASES = {
    "request": (None, lambda pk, m, s: requested(m)),
    "hold": (State.REQUESTED, lambda pk, m, s: review.hold(pk, s[0], "odd", JUNE)),
    "approve": (State.REQUESTED, lambda pk, m, s: let_go(pk, s[0], at=JUNE)),
    "reject": (State.APPROVED, lambda pk, m, s: review.reject(pk, s[0], "no", at=JUNE)),
    "pay": (State.PAYING, lambda pk, m, s: review.book_paid(pk, None, at=JUNE)),
    "fail": (State.PAYING, lambda pk, m, s: review.book_failed(pk, None, "no", at=JUNE)),
    "batch": (State.APPROVED, lambda pk, m, s: bank_batch(s[1], uuid.uuid4(), JUNE)),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", USE_CASES)
def test_death_at_any_statement_leaves_everything_as_before(member, staff, name):
    give(member, 1_000_00)
    give(member, 1_000_00, commission=True)
    bank_card(member)
    state, act = USE_CASES[name]
    pk = in_state(member, staff, state) if state else None
    before = everything()
    n = 1
    while True:
        killer = Killer(n)
        try:
            killer.run(lambda: act(pk, member, staff))
            break
        except Died:
            assert everything() == before, f"{name} died at statement {n}"
        n += 1
        assert n < 200
    assert n > {"request": 12, "hold": 2, "approve": 2, "batch": 4}.get(name, 8)
    assert everything() != before
    assert sum(Leg.objects.values_list("amount", flat=True)) == 0
