"""A withdrawal's money is a hold: opened by the request, posted when paid, void when back; its
entries freeze what can no longer change, and each is there once."""

import json
import uuid

import pytest
from django.db import IntegrityError, transaction

from tests.approvals import let_go
from tests.wallet.conftest import JUNE, bank_card, give
from zengzhi.records.ledger.holds import HoldKind, HoldState, IllegalMove, place
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.wallet import review
from zengzhi.records.wallet.models import PayeeAccount, State
from zengzhi.records.wallet.withdraw import request_withdrawal


@pytest.fixture
def row(member, staff):
    give(member, 1_000_00)
    return request_withdrawal(member, 100_00, bank_card(member).pk, uuid.uuid4(), at=JUNE)


def hold_of(row):
    found = place(HoldKind.WITHDRAWAL, row.number)
    return HoldState(found.state), found.amount_fen, found.entry


def paying(row, staff):
    let_go(row.pk, staff[0], at=JUNE)
    row.refresh_from_db()
    return review.move(row, "submit", State.PAYING, staff[0], "", JUNE, provider=1)


def test_the_request_opens_the_hold(row):
    assert hold_of(row) == (HoldState.OPEN, 100_00, row.reserved_entry)


def test_paid_posts_it(row, staff):
    review.book_paid(paying(row, staff).pk, None, at=JUNE)
    assert hold_of(row)[0] == HoldState.POSTED


@pytest.mark.parametrize("way", ["reject", "failed"])
def test_what_comes_back_voids_it(row, staff, way):
    if way == "reject":
        review.reject(row.pk, staff[0], "name differs", JUNE)
    else:
        review.book_failed(paying(row, staff).pk, None, "closed", JUNE)
    assert hold_of(row)[0] == HoldState.VOID


def test_a_hold_that_moved_elsewhere_moves_no_money(row, staff):
    from zengzhi.records.ledger.holds import move

    pk = paying(row, staff).pk
    move(HoldKind.WITHDRAWAL, [row.number], HoldState.VOID)
    before = Transaction.objects.count()
    with pytest.raises(IllegalMove):
        review.book_paid(pk, None, at=JUNE)
    assert Transaction.objects.count() == before


def test_every_entry_freezes_the_sums_and_the_account(row, staff):
    review.book_paid(paying(row, staff).pk, None, at=JUNE)
    entries = Transaction.objects.filter(reference=row.number)
    facts = {entry.kind: json.loads(entry.facts) for entry in entries}
    assert set(facts) == {"withdrawal", "payout"}
    assert facts["withdrawal"] == facts["payout"]
    said = facts["payout"]
    sums = [said[name] for name in ("number", "amount_fen", "fee_fen", "tax_fen", "net_fen")]
    assert sums == [row.number, 100_00, 0, 0, 100_00]
    assert len(said["payee"]) == 64
    assert PayeeAccount.objects.get().number not in entries.first().facts


@pytest.mark.parametrize("kind", ["withdrawal", "payout"])
def test_no_second_entry_of_a_kind(row, staff, kind):
    review.book_paid(paying(row, staff).pk, None, at=JUNE)
    legs = Transaction.objects.get(kind=kind, reference=row.number)
    from zengzhi.records.ledger.chart import Account, Kind

    entry = Entry(kind, legs.reference, JUNE).money(Account(Kind.PLATFORM), 1)
    entry.money(Account(Kind.FEES), -1)
    with pytest.raises(IntegrityError), transaction.atomic():
        post([entry])
