"""Due orders (到期订单): settled in batches, their bonuses released in the same transaction.

A due order is its own command: it was committed when it was paid. What the economy refuses (a
limit) is parked with its reason and takes no id, so that it is in nobody's way and can be tried
again; a refused verb changes nothing, so the others settle as if it had not been there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from zengzhi.core.economy.events import Order
from zengzhi.core.economy.rules import Split
from zengzhi.core.units import Fen
from zengzhi.records.bonuses import settled as bonuses
from zengzhi.records.settlement.parties import Parties
from zengzhi.records.settlement.settle import Owner, Request, owning


@dataclass(frozen=True, slots=True)
class DueOrder:
    """An order that settles for ``paid_fen``, and who stands outside."""

    number: str
    member: int
    paid_fen: int
    split: Split | None
    parties: Parties


class Orders(Protocol):
    """The orders' own states, moved in the owner's transaction."""

    def claim(self, numbers: Sequence[str]) -> list[DueOrder]:
        """Those that wait to be settled, locked, as they are now, in the order of ``numbers``."""

    def settled(self, numbers: Sequence[str], at: datetime) -> None:
        """They settled."""

    def parked(self, reasons: Mapping[str, str], at: datetime) -> None:
        """They were refused, each with its reason."""


@dataclass(slots=True)
class Outcome:
    """What became of due orders: numbers of those that settled, and number → reason."""

    settled: list[str] = field(default_factory=list)
    parked: dict[str, str] = field(default_factory=dict)


class _Parked(Exception):
    """Some orders of the batch are refused: nothing of it is kept, and they are left out."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__()
        self.reasons = reasons


def settle_due(pool_pk: int, numbers: Sequence[str], at: datetime, orders: Orders) -> Outcome:
    """Settle due orders in the order given, in one transaction, and release their bonuses. Those
    that were settled or refunded meanwhile are left out; those the economy refuses are parked."""
    parked: dict[str, str] = {}
    while True:
        try:
            with owning(pool_pk) as owner:
                return Outcome(_settle(owner, numbers, at, orders, parked), parked)
        except _Parked as refused:
            parked |= refused.reasons


def _settle(
    owner: Owner,
    numbers: Sequence[str],
    at: datetime,
    orders: Orders,
    parked: Mapping[str, str],
) -> list[str]:
    claimed = orders.claim(numbers)
    batch = [order for order in claimed if order.number not in parked]
    if parked:
        orders.parked({o.number: parked[o.number] for o in claimed if o.number in parked}, at)
    names = [order.number for order in batch]
    pending = bonuses.lock_pending(names)
    held_fen = pending.held_fen()
    refused = owner.refusals(
        [
            Request(
                Order(each.number, str(each.member), Fen(each.paid_fen), each.split),
                at,
                each.parties,
                held_fen.get(each.number, 0),
            )
            for each in batch
        ],
        lock_also=pending.members.tolist(),
    )
    if refused:
        raise _Parked(refused)
    bonuses.release(pending, at)
    orders.settled(names, at)
    return names
