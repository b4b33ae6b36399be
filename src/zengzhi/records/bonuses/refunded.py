"""An order is refunded: the same people give back the same fraction, before and after its
settlement. Called in the transaction of the refund, before its own entry.

Locks: the order's hold, the dividend pool, members' purses.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zengzhi.core.economy.refund import refunded_part
from zengzhi.records.bonuses import dividend_pool
from zengzhi.records.bonuses.kept import distribution_left_fen, short_fen
from zengzhi.records.bonuses.models import BonusLine, OrderBonus
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.holds import HoldKind, HoldState, move, note_done, place
from zengzhi.records.ledger.journal import Entry, next_step, post
from zengzhi.records.ledger.models import Place, Transaction
from zengzhi.records.ledger.purses import Purses
from zengzhi.records.wallet.income import record_incomes

REVERSED = "bonus_reversed"
PLATFORM, UNALLOCATED = Account(Kind.PLATFORM), Account(Kind.UNALLOCATED_DISTRIBUTION)


@dataclass(frozen=True, slots=True)
class _Refund:
    """From R₀ to R of an order's V; ``before_settlement_fen``: R when it settled."""

    head: OrderBonus
    lines: list[BonusLine]
    before_fen: int
    refunded_fen: int
    before_settlement_fen: int | None

    def back_fen(self, amount_fen: int) -> int:
        """⌊b·R/V⌋ less what was given back before."""
        return refunded_part(amount_fen, self.head.base_fen, self.refunded_fen, self.before_fen)

    @property
    def platform_fen(self) -> int:
        """What the platform adds so that the distribution part covers what is kept (below 0: gets
        back)."""
        return self._short(self.refunded_fen) - self._short(self.before_fen)

    def _short(self, refunded_fen: int) -> int:
        head, before_fen = self.head, self.before_settlement_fen
        left_fen = distribution_left_fen(
            head.base_fen,
            head.distribution_ppm,
            refunded_fen,
            refunded_fen if before_fen is None else before_fen,
        )
        amounts = [line.amount_fen for line in self.lines]
        return short_fen([*amounts, head.dividend_fen], refunded_fen, head.base_fen, left_fen)


def order_refunded(
    order: str, refunded_fen: int, at: datetime, lock_also: Iterable[int] = ()
) -> int:
    """An order is refunded up to ``refunded_fen`` of what was paid, all refunds together: the same
    people give back the same fraction, ⌊b × R / V⌋ each less what they gave back before.

    Pending bonuses just end; settled ones come from the available balance, the rest is debt. What
    the dividend pool has paid out already, the platform gives back.
    ``lock_also``: members whose money this transaction moves next, so that all purses are locked in
    one order. Returns the fen taken back. Told the same again, or less, it changes nothing.
    """
    hold = place(HoldKind.BONUS, order, lock=True)
    if hold is None or refunded_fen <= hold.done_fen:
        return 0
    head = OrderBonus.objects.get(order=order)
    refund = _Refund(
        head,
        list(head.lines.filter(amount_fen__gt=0).order_by("id")),
        hold.done_fen,
        min(refunded_fen, head.base_fen),
        _refunded_at_settlement(hold),
    )
    entry = Entry(REVERSED, order, at, version=f"plan:{head.plan_id}")
    entry.step = next_step(REVERSED, order)
    entry.values = {"before": refund.before_fen, "refunded": refund.refunded_fen}
    if refund.before_settlement_fen is None:
        back_fen = _end_pending(entry, refund)
    else:
        back_fen = _take_back(entry, refund, hold.moved_at, lock_also)
    note_done(HoldKind.BONUS, order, refund.refunded_fen)
    if refund.refunded_fen == head.base_fen:
        move(HoldKind.BONUS, [order], HoldState.VOID, at)
    return back_fen


def _refunded_at_settlement(hold: Place) -> int | None:
    """What was refunded of an order when it settled, as its release says; none: it has not."""
    if hold.state != HoldState.POSTED:
        return None
    facts = Transaction.objects.filter(kind="bonus", reference=hold.cause).values_list("facts")
    found = facts.first()
    return int(json.loads(found[0])["refunded"]) if found else 0


def _post(entry: Entry, account: Account) -> None:
    """Also a refund of which no bonus gives a fen is on record: one leg of 0.00."""
    if not entry.legs:
        entry.legs.append((account, Unit.CNY, 0))
    post([entry])


def _end_pending(entry: Entry, refund: _Refund) -> int:
    back_fen = 0
    for line in refund.lines:
        fen = refund.back_fen(line.amount_fen)
        back_fen += fen
        entry.money(Account(Kind.MEMBER_PENDING, line.beneficiary_id), -fen)
    entry.money(PLATFORM, -refund.platform_fen)
    pending = Account(Kind.ORDERS_PENDING, refund.head.pool_id)
    _post(entry.money(pending, back_fen + refund.platform_fen), pending)
    return back_fen


def _take_back(
    entry: Entry, refund: _Refund, settled_at: datetime, lock_also: Iterable[int]
) -> int:
    dividend_fen = refund.back_fen(refund.head.dividend_fen)
    from_pool_fen = dividend_pool.take_back(dividend_fen)
    purses = Purses.lock([*(line.beneficiary_id for line in refund.lines), *lock_also])
    back_fen = 0
    taken: list[tuple[int, int, datetime]] = []
    for line in refund.lines:
        fen = refund.back_fen(line.amount_fen)
        back_fen += fen
        purses.take(entry, line.beneficiary_id, fen)
        taken.append((line.beneficiary_id, -fen, settled_at))
    entry.money(dividend_pool.POOL, -from_pool_fen)
    entry.money(PLATFORM, from_pool_fen - dividend_fen - refund.platform_fen)
    entry.money(UNALLOCATED, back_fen + dividend_fen + refund.platform_fen)
    _post(entry, UNALLOCATED)
    record_incomes(taken)
    return back_fen
