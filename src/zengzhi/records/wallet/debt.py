"""Debt (待抵扣): what a member owes after a reversal met a spent balance; set off later."""

from datetime import datetime

from django.db import transaction

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Balance
from zengzhi.records.wallet.income import lock_wallet


def take_back(entry: Entry, member_id: int, amount_fen: int) -> Entry:
    """Add the member's legs to an entry that takes ``amount_fen`` back: from the available
    balance as far as it goes, the rest becomes debt. Inside the caller's transaction."""
    available_fen = lock_wallet(member_id).get(Kind.MEMBER_AVAILABLE, 0)
    taken_fen = min(available_fen, amount_fen)
    entry.money(Account(Kind.MEMBER_AVAILABLE, member_id), -taken_fen)
    entry.money(Account(Kind.MEMBER_DEBT, member_id), taken_fen - amount_fen)
    return entry


def settle_debt(member_id: int, at: datetime, reference: str = "") -> int:
    """Set a member's debt off against the available balance; returns the fen set off.

    Called whenever income arrives, inside the same transaction, after its posting.
    """
    with transaction.atomic():
        held = lock_wallet(member_id)
        fen = min(held.get(Kind.MEMBER_AVAILABLE, 0), -held.get(Kind.MEMBER_DEBT, 0))
        if fen <= 0:
            return 0
        entry = Entry("set_off", reference or f"member:{member_id}", at)
        entry.money(Account(Kind.MEMBER_AVAILABLE, member_id), -fen)
        entry.money(Account(Kind.MEMBER_DEBT, member_id), fen)
        post([entry])
        return fen


def settle_debts(at: datetime) -> int:
    """Set off whatever can be, member by member; returns how many members it concerned."""
    owing = Balance.objects.filter(kind=Kind.MEMBER_DEBT, amount__lt=0).order_by("owner")
    return sum(settle_debt(owner, at) > 0 for owner in owing.values_list("owner", flat=True))
