"""Commissions that become a member's own, or are taken back, count to the taxable income of their
month. What of them meets a debt is the ledger's rule (:mod:`zengzhi.records.ledger.debt`)."""

from collections.abc import Iterable
from datetime import datetime

from zengzhi.records.wallet.income import record_incomes


def note_income(amounts: Iterable[tuple[int, int, datetime]]) -> None:
    """Commissions (member, fen, when) became available, or were taken back (negative)."""
    record_incomes(amounts)
