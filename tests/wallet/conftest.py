"""People with money, and ways to look at everything at once."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.purses import all_purses
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.ledger.purses import Purses, purse
from zengzhi.records.members.models import Member, User
from zengzhi.records.wallet.income import record_incomes
from zengzhi.records.wallet.models import (
    PayeeAccount,
    Step,
    TaxableIncome,
    TaxPart,
    Withdrawal,
    WithdrawalTerms,
)
from zengzhi.records.wallet.payees import PayeeForm, save_payee

CARD = "6214830012366620"
CARD_REFUSED = "6214830012840004"
JUNE = datetime(2026, 6, 18, 2, 0, tzinfo=UTC)


def give(member: Member, fen: int, commission: bool = False, at: datetime = JUNE) -> None:
    """Money for a member, as a sale of points or as a commission of the month of ``at``."""
    entry = Entry("bonus" if commission else "sale", f"gift {uuid.uuid4()}", at)
    entry.money(Account(Kind.PLATFORM), -fen)
    with transaction.atomic():
        record(Purses.lock([member.pk]).give(entry, member.pk, fen))
    if commission:
        record_incomes([(member.pk, fen, at)])


def take_back(member: Member, fen: int) -> None:
    """A refund takes money back, whether it is there or not."""
    entry = Entry("refund", f"refund {uuid.uuid4()}", JUNE).money(Account(Kind.PLATFORM), fen)
    with transaction.atomic():
        record(Purses.lock([member.pk]).take(entry, member.pk, fen))


def bank_card(member: Member, number: str = CARD, at: datetime = JUNE) -> PayeeAccount:
    """A card that can be used and paid to at once."""
    payee = save_payee(member, PayeeForm("bank", "王磊", number, "招商银行"), uuid.uuid4(), at=at)
    long_ago = at - timedelta(days=5)
    PayeeAccount.objects.filter(pk=payee.pk).update(usable_from=at, created_at=long_ago)
    return PayeeAccount.objects.get(pk=payee.pk)


def balances_of(member: Member) -> tuple[int, int, int]:
    """Available, reserved, debt."""
    held = purse(member.pk)
    return held.available_fen, held.reserved_fen, held.owed_fen


def account(kind: Kind, owner: int = 0) -> int:
    """Σ legs of an account."""
    return sum(Leg.objects.filter(kind=kind, owner=owner).values_list("amount", flat=True))


def everything() -> dict[str, list]:
    """All that a withdrawal can touch."""
    tables = (Withdrawal, Step, TaxPart, TaxableIncome, PayeeAccount)
    return {
        **{model.__name__: list(model.objects.order_by("pk").values()) for model in tables},
        "purses": all_purses(),
        "legs": list(Leg.objects.order_by("transaction_id", "position").values()),
        "heads": list(Transaction.objects.order_by("id").values()),
    }


def terms(**changes: object) -> WithdrawalTerms:
    """A new version of the terms."""
    return WithdrawalTerms.objects.create(**changes)


@pytest.fixture
def staff(db) -> list[User]:
    """Three members of staff."""
    return [
        User.objects.create_user(name, password="correct horse", is_staff=True)
        for name in ("anna", "bo", "chen")
    ]


@pytest.fixture
def rich(member) -> Member:
    """wang with ¥1,000.00 from points and a card."""
    give(member, 1_000_00)
    bank_card(member)
    return member


def now() -> datetime:
    return timezone.now()
