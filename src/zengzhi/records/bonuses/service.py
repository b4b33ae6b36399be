"""Bonuses of orders, from payment to settlement or refund. Called by the mall inside its own
transaction, after it locked the order; each step happens once, whatever is repeated or reordered.

Locks: the mall's order, the pool's row (inside settlement), the order's bonus row, balances.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from zengzhi.records.bonuses import income, rows
from zengzhi.records.bonuses.models import BonusLine, LineState, OrderBonus, OrderState
from zengzhi.records.bonuses.quote import Paid, Quote, quote_orders
from zengzhi.records.ledger.accounts import Account, Kind
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.members.tree import fix_sponsors

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
    known = set(_existing([order.order for order in paid]))
    fresh = list({order.order: order for order in paid if order.order not in known}.values())
    quotes = quote_orders(fresh)
    _store(quotes)
    rows.post_many([_pending_entry(quote) for quote in quotes])
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


def _pending_entry(quote: Quote) -> Entry:
    entry = Entry("bonus_pending", quote.paid.order, quote.paid.paid_at, version=_version(quote))
    for line in quote.lines:
        entry.money(Account(Kind.MEMBER_PENDING, line.member), line.amount_fen)
    entry.money(Account(Kind.ORDERS_PENDING, quote.paid.pool_pk), -quote.lines_fen)
    return entry


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
    return found


def _kept_lines(heads: Sequence[_Settled]) -> dict[int, list[tuple[int, int]]]:
    """Order → (member, fen that is left) of its pending lines."""
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    keys = [head.pk for head in heads if head.lines_fen]
    for start in range(0, len(keys), CHUNK):
        part = BonusLine.objects.filter(
            order_id__in=keys[start : start + CHUNK], state=LineState.PENDING
        )
        columns = ("order_id", "beneficiary_id", "amount_fen", "reversed_fen")
        for order, member, amount_fen, reversed_fen in part.order_by("id").values_list(*columns):
            lines[order].append((member, amount_fen - reversed_fen))
    return lines


def orders_settled(orders: Sequence[str], at: datetime) -> None:
    """Orders settled, in this transaction: their pending bonuses become the members' own. The
    settlement put the whole budget on ``unallocated_distribution``; from there it goes on."""
    heads = _pending_heads(orders)
    lines = _kept_lines(heads)
    members = {member for found in lines.values() for member, _fen in found}
    purse = income.purse_of(members, with_available=False)
    pending = {member: Account(Kind.MEMBER_PENDING, member) for member in members}
    unallocated, dividend = Account(Kind.UNALLOCATED_DISTRIBUTION), Account(Kind.DIVIDEND_POOL)
    entries = []
    for head in heads:
        entry = Entry("bonus", head.order, at, version=f"plan:{head.plan}")
        kept_fen = 0
        for member, fen in lines.get(head.pk, ()):
            kept_fen += fen
            entry.money(pending[member], -fen)
            purse.give(entry, member, fen)
        entry.money(Account(Kind.ORDERS_PENDING, head.pool), kept_fen)
        dividend_fen = head.dividend_fen - _part(head.dividend_fen, head.refunded_fen, head)
        entry.money(dividend, dividend_fen)
        entry.money(unallocated, -kept_fen - dividend_fen)
        entries.append(entry)
    rows.post_many(entries)
    keys = [head.pk for head in heads]
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        BonusLine.objects.filter(order_id__in=part, state=LineState.PENDING).update(
            state=LineState.AVAILABLE
        )
        OrderBonus.objects.filter(pk__in=part).update(state=OrderState.SETTLED, settled_at=at)
    income.note_income((member, fen, at) for found in lines.values() for member, fen in found)


def _part(amount_fen: int, refunded_fen: int, head: OrderBonus | _Settled) -> int:
    """What is reversed of an amount once R of V is refunded, cumulative: ⌊amount × R / V⌋."""
    return amount_fen * refunded_fen // head.base_fen


def order_refunded(order: str, refunded_fen: int, at: datetime) -> int:
    """An order is refunded up to ``refunded_fen`` of what was paid, all refunds together: the same
    people give back the same fraction, ⌊b × R / V⌋ each less what they gave back before.

    Pending bonuses just end; settled ones come from the available balance, the rest is debt.
    Returns the fen taken back. Told the same again, or less, it changes nothing.
    """
    heads = _locked([order])
    if not heads or refunded_fen <= heads[0].refunded_fen:
        return 0
    head = heads[0]
    before_fen, head.refunded_fen = head.refunded_fen, min(refunded_fen, head.base_fen)
    lines = _lines_of(heads)[head.pk]
    was_settled = head.settled_at is not None
    entry = Entry("bonus_reversed", order, at, version=f"plan:{head.plan_id}")
    back_fen = 0
    taken: list[tuple[int, int, datetime]] = []
    purse = income.Purse()
    if was_settled:
        purse = income.purse_of({line.beneficiary_id for line in lines}, with_available=True)
    for line in lines:
        fen = _part(line.amount_fen, head.refunded_fen, head) - line.reversed_fen
        line.reversed_fen += fen
        back_fen += fen
        if was_settled:
            taken.append((line.beneficiary_id, -fen, head.settled_at or at))
            purse.take(entry, line.beneficiary_id, fen)
        else:
            entry.money(Account(Kind.MEMBER_PENDING, line.beneficiary_id), -fen)
        if line.reversed_fen == line.amount_fen:
            line.state = LineState.REVERSED
    if was_settled:
        dividend_fen = _part(head.dividend_fen, head.refunded_fen, head)
        dividend_fen -= _part(head.dividend_fen, before_fen, head)
        entry.money(Account(Kind.DIVIDEND_POOL), -dividend_fen)
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
