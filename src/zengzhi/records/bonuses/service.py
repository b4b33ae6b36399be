"""Bonuses of orders, from payment to settlement or refund. Called by the mall inside its own
transaction, after it locked the order; each step happens once, whatever is repeated or reordered.

Locks: the mall's order, the pool's row (inside settlement), the order's bonus row, what takes from
the dividend pool, balances.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import NamedTuple

import numpy as np
from django.db import connection

from zengzhi.core.economy.refund import refunded_part
from zengzhi.records.bonuses import dividend_pool, income, rows
from zengzhi.records.bonuses.models import BonusLine, LineState, OrderBonus, OrderState
from zengzhi.records.bonuses.quote import Paid, Quote, quote_orders
from zengzhi.records.ledger import debt
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, next_step, post
from zengzhi.records.members.standing import key_list
from zengzhi.records.members.tree import fix_sponsors
from zengzhi.records.store.bulk import Array, many_objects, microseconds

ORDER_COLUMNS = (
    "id",
    "order",
    "pool_id",
    "member_id",
    "plan_id",
    "base_fen",
    "budget_fen",
    "lines_fen",
    "dividend_fen",
    "refunded_fen",
    "region",
    "upline",
    "state",
    "paid_at",
)
LINE_COLUMNS = (
    "order_id",
    "beneficiary_id",
    "kind",
    "rate_ppm",
    "base_fen",
    "due_fen",
    "amount_fen",
    "reversed_fen",
    "state",
    "reason",
    "trace",
    "paid_at",
)
CHUNK = 5_000


def orders_paid(paid: Sequence[Paid]) -> list[Quote]:
    """Orders were paid: their bonuses are pending from now on, under the plan of that moment, and
    their buyers' sponsors are for life. An order that is known changes nothing."""
    with many_objects(len(paid)):
        known = set(_existing([order.order for order in paid]))
        fresh = list({order.order: order for order in paid if order.order not in known}.values())
        quotes = quote_orders(fresh)
        _store(quotes)
        _book_pending(quotes)
        _fix(fresh)
        return quotes


def _existing(orders: list[str]) -> Iterable[str]:
    for start in range(0, len(orders), CHUNK):
        found = OrderBonus.objects.filter(order__in=orders[start : start + CHUNK])
        yield from found.values_list("order", flat=True)


def _fix(paid: Sequence[Paid]) -> None:
    first: dict[datetime, list[int]] = defaultdict(list)
    for order in paid:
        first[order.paid_at].append(order.member)
    for at in sorted(first):
        fix_sponsors(first[at], at)


def _store(quotes: list[Quote]) -> None:
    ids = rows.reserve_ids(OrderBonus, len(quotes)) if quotes else []
    stored = _moment_writer()
    heads, lines = [], []
    for key, quote in zip(ids, quotes, strict=True):
        paid, at = quote.paid, stored(quote.paid.paid_at)
        heads.append(
            (
                key,
                paid.order,
                paid.pool_pk,
                paid.member,
                quote.plan_pk,
                paid.paid_fen,
                quote.budget_fen,
                quote.lines_fen,
                quote.dividend_fen,
                0,
                paid.region,
                quote.upline,
                int(OrderState.PENDING),
                at,
            )
        )
        for line in quote.lines:
            state = LineState.PENDING if line.amount_fen else LineState.NOTHING
            lines.append(
                (
                    key,
                    line.member,
                    int(line.kind),
                    line.rate_ppm,
                    line.base_fen,
                    line.due_fen,
                    line.amount_fen,
                    0,
                    int(state),
                    line.reason,
                    line.trace,
                    at,
                )
            )
    if heads:
        rows.insert(OrderBonus, ORDER_COLUMNS, heads)
    if lines:
        rows.insert(BonusLine, LINE_COLUMNS, lines)


def _moment_writer() -> Callable[[datetime], object]:
    known: dict[datetime, object] = {}

    def stored(at: datetime) -> object:
        if at not in known:
            known[at] = connection.ops.adapt_datetimefield_value(at)
        return known[at]

    return stored


def _book_pending(quotes: list[Quote]) -> None:
    """The bonuses wait: out of the orders' pending money, into the members' pending balances."""
    lines = [
        (place, line.member, line.amount_fen)
        for place, quote in enumerate(quotes)
        for line in quote.lines
    ]
    table = np.array(lines, np.int64).reshape(-1, 3)
    places, members, fen = table[:, 0], table[:, 1], table[:, 2]
    legs = rows.Legs()
    legs.add(places, Kind.MEMBER_PENDING, members, fen)
    pools = np.array([quote.paid.pool_pk for quote in quotes], np.int64)
    taken = _sums(places, fen, len(quotes))
    legs.add(np.arange(len(quotes)), Kind.ORDERS_PENDING, pools, -taken)
    legs.post(
        "bonus_pending",
        [quote.paid.order for quote in quotes],
        np.array([microseconds(quote.paid.paid_at) for quote in quotes], np.int64),
        [_version(quote) for quote in quotes],
    )


def _version(quote: Quote) -> str:
    return "" if quote.plan_pk is None else f"plan:{quote.plan_pk}"


def _locked(orders: Sequence[str]) -> list[OrderBonus]:
    found: list[OrderBonus] = []
    for start in range(0, len(orders), CHUNK):
        part = OrderBonus.objects.select_for_update().filter(
            order__in=orders[start : start + CHUNK]
        )
        found += part.order_by("id")
    return found


def _lines_of(heads: Sequence[OrderBonus]) -> dict[int, list[BonusLine]]:
    lines: dict[int, list[BonusLine]] = defaultdict(list)
    keys = [head.pk for head in heads]
    for start in range(0, len(keys), CHUNK):
        part = BonusLine.objects.filter(order_id__in=keys[start : start + CHUNK], amount_fen__gt=0)
        for line in part.order_by("id"):
            lines[line.order_id].append(line)
    return lines


class _Settled(NamedTuple):
    """The head of an order about to be released, as read for many at once."""

    pk: int
    order: str
    pool: int
    plan: int | None
    base_fen: int
    lines_fen: int
    dividend_fen: int
    refunded_fen: int


def _pending_heads(orders: Sequence[str]) -> list[_Settled]:
    """Heads that are still pending, locked."""
    found: list[_Settled] = []
    for start in range(0, len(orders), CHUNK):
        part = OrderBonus.objects.select_for_update().filter(
            order__in=orders[start : start + CHUNK], state=OrderState.PENDING
        )
        rows_found = part.order_by("id").values_list(
            "id",
            "order",
            "pool_id",
            "plan_id",
            "base_fen",
            "lines_fen",
            "dividend_fen",
            "refunded_fen",
        )
        found += map(_Settled._make, rows_found)
    return sorted(found)


def _kept_lines(heads: Sequence[_Settled]) -> tuple[Array, Array, Array]:
    """(place of the order, member, fen that is left) of the pending lines, as columns."""
    keys, value = key_list([head.pk for head in heads if head.lines_fen])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, beneficiary_id, amount_fen - reversed_fen FROM bonuses_bonusline "  # noqa: S608
            f"WHERE order_id IN {keys} AND state = %s ORDER BY id",
            (value, int(LineState.PENDING)),
        )
        table = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    places = np.searchsorted(np.array([head.pk for head in heads], np.int64), table[:, 0])
    return places.astype(np.int64), table[:, 1], table[:, 2]


def _sums(places: Array, fen: Array, count: int) -> Array:
    """Σ fen by place, in integers."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, places, fen)
    return sums


@dataclass(frozen=True, slots=True)
class Pending:
    """Bonuses that wait, their orders locked: who gets what once the orders settle."""

    heads: Sequence[_Settled]
    places: Array
    members: Array
    fen: Array

    def held_fen(self) -> dict[str, int]:
        """Order → what of its distribution part its bonuses hold already."""
        kept = _sums(self.places, self.fen, len(self.heads)).tolist()
        return {head.order: fen for head, fen in zip(self.heads, kept, strict=True)}


def lock_pending(orders: Sequence[str]) -> Pending:
    """The pending bonuses of orders that are about to settle; their settlement leaves out what
    they hold."""
    with many_objects(len(orders)):
        heads = _pending_heads(orders)
        return Pending(heads, *_kept_lines(heads))


def orders_settled(orders: Sequence[str], at: datetime) -> None:
    """Orders settled, in this transaction: their pending bonuses become the members' own."""
    release(lock_pending(orders), at)


def release(pending: Pending, at: datetime) -> None:
    """The orders settled, in this transaction: what waits becomes the members' own. What is not
    theirs of the budget the settlement put on ``unallocated_distribution``; the dividend part goes
    on from there."""
    if pending.heads:
        with many_objects(len(pending.heads)):
            _make_available(pending, at)


def _make_available(pending: Pending, at: datetime) -> None:
    heads, places, members, fen = pending.heads, pending.places, pending.members, pending.fen
    off = debt.lock(members.tolist()).divide(members, fen)
    all_places = np.arange(len(heads))
    dividend = np.array(
        [h.dividend_fen - _part(h.dividend_fen, h.refunded_fen, h) for h in heads], np.int64
    )
    legs = rows.Legs()
    legs.add(places, Kind.MEMBER_PENDING, members, -fen)
    legs.add(places, Kind.MEMBER_DEBT, members, off)
    legs.add(places, Kind.MEMBER_AVAILABLE, members, fen - off)
    legs.add(all_places, Kind.DIVIDEND_POOL, 0, dividend)
    legs.add(all_places, Kind.UNALLOCATED_DISTRIBUTION, 0, -dividend)
    moments = np.full(len(heads), microseconds(at))
    names, versions = [head.order for head in heads], [f"plan:{head.plan}" for head in heads]
    legs.post("bonus", names, moments, versions)
    _release([head.pk for head in heads], at)
    income.note_income(zip(members.tolist(), fen.tolist(), repeat(at)))


def _release(orders: Sequence[int], at: datetime) -> None:
    """The pending lines of these orders are available, the orders settled."""
    keys, value = key_list(orders)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE bonuses_bonusline SET state = %s WHERE order_id IN {keys} AND state = %s",  # noqa: S608
            (int(LineState.AVAILABLE), value, int(LineState.PENDING)),
        )
        cursor.execute(
            f"UPDATE bonuses_orderbonus SET state = %s, settled_at = %s WHERE id IN {keys}",  # noqa: S608
            (
                int(OrderState.SETTLED),
                connection.ops.adapt_datetimefield_value(at),
                value,
            ),
        )


def _part(amount_fen: int, refunded_fen: int, head: OrderBonus | _Settled) -> int:
    """What is reversed of an amount once R of V is refunded, cumulative: ⌊amount × R / V⌋."""
    return refunded_part(amount_fen, head.base_fen, refunded_fen)


def order_refunded(order: str, refunded_fen: int, at: datetime) -> int:
    """An order is refunded up to ``refunded_fen`` of what was paid, all refunds together: the same
    people give back the same fraction, ⌊b × R / V⌋ each less what they gave back before.

    Pending bonuses just end; settled ones come from the available balance, the rest is debt. What
    the dividend pool has paid out already, the platform gives back.
    Returns the fen taken back. Told the same again, or less, it changes nothing.
    """
    heads = _locked([order])
    if not heads or refunded_fen <= heads[0].refunded_fen:
        return 0
    head = heads[0]
    before_fen, head.refunded_fen = head.refunded_fen, min(refunded_fen, head.base_fen)
    lines = _lines_of(heads)[head.pk]
    was_settled = head.settled_at is not None
    step = next_step("bonus_reversed", order)
    entry = Entry("bonus_reversed", order, at, version=f"plan:{head.plan_id}", step=step)
    back_fen = 0
    taken: list[tuple[int, int, datetime]] = []
    dividend_fen = from_pool_fen = 0
    if was_settled:
        dividend_fen = _part(head.dividend_fen, head.refunded_fen, head)
        dividend_fen -= _part(head.dividend_fen, before_fen, head)
        from_pool_fen = dividend_pool.take_back(dividend_fen)
    purses = debt.lock(line.beneficiary_id for line in lines)
    for line in lines:
        fen = _part(line.amount_fen, head.refunded_fen, head) - line.reversed_fen
        line.reversed_fen += fen
        back_fen += fen
        if was_settled:
            taken.append((line.beneficiary_id, -fen, head.settled_at or at))
            purses.take(entry, line.beneficiary_id, fen)
        else:
            entry.money(Account(Kind.MEMBER_PENDING, line.beneficiary_id), -fen)
        if line.reversed_fen == line.amount_fen:
            line.state = LineState.REVERSED
    if was_settled:
        entry.money(Account(Kind.DIVIDEND_POOL), -from_pool_fen)
        entry.money(Account(Kind.PLATFORM), from_pool_fen - dividend_fen)
        entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), back_fen + dividend_fen)
    else:
        entry.money(Account(Kind.ORDERS_PENDING, head.pool_id), back_fen)
    post([entry])
    income.note_income(taken)
    BonusLine.objects.bulk_update(lines, ["reversed_fen", "state"])
    if head.refunded_fen == head.base_fen:
        head.state = OrderState.REVERSED
    head.save(update_fields=["refunded_fen", "state"])
    return back_fen
