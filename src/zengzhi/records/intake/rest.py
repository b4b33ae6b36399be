"""The unallocated rest of distribution budgets never goes below zero, also when it was moved away
and an order is refunded afterwards (ADR 0077).

Locks: the pool's row, held by whoever moves the rest and by the owner who answers a refund.
"""

from datetime import datetime

from zengzhi.core.economy.refund import refunded_part
from zengzhi.core.economy.settle_order import split_order
from zengzhi.core.units import Fen
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, account_fen, post
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.settlement.many import split_at
from zengzhi.records.settlement.models import Event, Lot

MOVED = "remainder"
"""Entries that move the rest: to the platform, or back for a refund."""
REST, PLATFORM = Account(Kind.UNALLOCATED_DISTRIBUTION), Account(Kind.PLATFORM)


def unallocated_fen() -> int:
    """What waits."""
    return account_fen(REST)


def bring_back(lot: Lot, amount_fen: int, refund: str, at: datetime) -> int:
    """An order of a settled lot is about to be refunded by ``amount_fen`` (below 0: all that is
    left), its bonuses have given back theirs: what its distribution part lacks on the account, as
    the rest has been moved away, comes from the platform; returns the fen.

    The platform bears it also where the rest went into the pool: no refund takes back what the pool
    was given. In the transaction of the pool's owner.
    """
    order = Event.objects.get(pk=lot.pk)
    rules_id = int(Transaction.objects.values_list("version", flat=True).get(pk=lot.pk))
    part_fen = split_order(Fen(lot.spend_fen), split_at(order.split, rules_id)).distribution_fen
    refunded_fen = lot.spend_fen if amount_fen < 0 else lot.refunded_fen + amount_fen
    share_fen = refunded_part(part_fen, lot.spend_fen, refunded_fen, lot.refunded_fen)
    missing_fen = share_fen - unallocated_fen()
    if missing_fen <= 0:
        return 0
    post([Entry(MOVED, refund, at).money(PLATFORM, -missing_fen).money(REST, missing_fen)])
    return missing_fen
