"""Orders were paid: their bonuses are set aside. Called by the mall inside its own transaction,
after it locked the order; a hold for each order is its only state from now on.

What the distribution says is frozen and sealed with the entry that sets it aside. The rows that
follow from it, one head and its lines, are projections, the same at any time.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from zengzhi.records.bonuses.quote import Paid, Quote, quote_orders
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.holds import HoldKind, Opening, open_holds, states
from zengzhi.records.ledger.journal import Entry, facts_text, post
from zengzhi.records.ledger.legs import Legs
from zengzhi.records.members.models import Member
from zengzhi.records.members.tree import fix_sponsors
from zengzhi.records.store.bulk import (
    Array,
    Table,
    Texts,
    insertion,
    many_objects,
    microseconds,
    nullable,
)

HEADS = Table(
    "bonuses_orderbonus",
    (
        ("id", "int8"),
        ("order", "text"),
        ("pool_id", "int8"),
        ("member_id", "int8"),
        ("plan_id", "int8"),
        ("base_fen", "int8"),
        ("budget_fen", "int8"),
        ("distribution_ppm", "int8"),
        ("lines_fen", "int8"),
        ("dividend_fen", "int8"),
        ("region", "text"),
        ("upline", "text"),
        ("paid_at", "time"),
    ),
)
LINES = Table(
    "bonuses_bonusline",
    (
        ("id", "int8"),
        ("order_id", "int8"),
        ("beneficiary_id", "int8"),
        ("kind", "int2"),
        ("rate_ppm", "int8"),
        ("base_fen", "int8"),
        ("due_fen", "int8"),
        ("amount_fen", "int8"),
        ("reason", "text"),
        ("trace", "text"),
        ("paid_at", "time"),
    ),
)
LINES_MAX = 1 << 20
"""A line's id is its entry's number times this, plus its place among the lines."""
AMOUNT = 5
"""Place of the amount in a packed line."""
KIND = "bonus_pending"
FEW = 50
"""Up to so many rows are inserted as plain values, more as columns."""

Facts = dict[str, str | int | None]
Row = tuple[Any, ...]


def orders_paid(paid: Sequence[Paid]) -> list[Quote]:
    """Orders were paid: their bonuses are pending from now on, under the plan of that moment, and
    their buyers' sponsors are for life. An order that is known changes nothing."""
    known = states(HoldKind.BONUS, [order.order for order in paid])
    fresh = list({order.order: order for order in paid if order.order not in known}.values())
    if len(fresh) == 1:
        return [_paid(fresh[0])]
    with many_objects(len(fresh)):
        return _many_paid(fresh)


def _paid(paid: Paid) -> Quote:
    quote = quote_orders([paid])[0]
    facts, version = facts_of(quote), version_of(quote)
    entry = Entry(KIND, paid.order, paid.paid_at, version=version, values=facts)
    pending, given_fen = Account(Kind.ORDERS_PENDING, paid.pool_pk), quote.lines_fen
    if not given_fen:
        entry.legs.append((pending, Unit.CNY, 0))
    entry.money(pending, -given_fen)
    for line in quote.lines:
        entry.money(Account(Kind.MEMBER_PENDING, line.member), line.amount_fen)
    number = post([entry])[0]
    insert(rows_of([Sealed(number, paid.order, paid.paid_at, facts)]))
    open_holds(HoldKind.BONUS, [Opening(paid.order, paid.paid_fen, number)])
    if Member.objects.filter(pk=paid.member, first_paid_at=None).exists():
        fix_sponsors([paid.member], paid.paid_at)
    return quote


def _many_paid(paid: Sequence[Paid]) -> list[Quote]:
    quotes = quote_orders(paid)
    facts = [facts_of(quote) for quote in quotes]
    numbers = _set_aside(quotes, [facts_text(each) for each in facts]).tolist()
    entries = zip(numbers, paid, facts, strict=True)
    insert(rows_of(Sealed(n, order.order, order.paid_at, said) for n, order, said in entries))
    openings = zip(paid, numbers, strict=True)
    open_holds(HoldKind.BONUS, [Opening(o.order, o.paid_fen, n) for o, n in openings])
    first: dict[datetime, list[int]] = defaultdict(list)
    for order in paid:
        first[order.paid_at].append(order.member)
    for at in sorted(first):
        fix_sponsors(first[at], at)
    return quotes


def _set_aside(quotes: Sequence[Quote], facts: Sequence[str]) -> Array:
    """Out of the orders' pending money, into the members' pending balances; also an order that
    pays nobody gets its entry, which says why."""
    lines = [
        (row, line.member, line.amount_fen)
        for row, quote in enumerate(quotes)
        for line in quote.lines
        if line.amount_fen
    ]
    table = np.array(lines, np.int64).reshape(-1, 3)
    pools = np.array([quote.paid.pool_pk for quote in quotes], np.int64)
    given = np.array([quote.lines_fen for quote in quotes], np.int64)
    rows, bare = np.flatnonzero(given), np.flatnonzero(given == 0)
    legs = Legs()
    legs.money(rows, 0, Kind.ORDERS_PENDING, pools[rows], -given[rows])
    legs.money(table[:, 0], 1, Kind.MEMBER_PENDING, table[:, 1], table[:, 2])
    legs.nothing(bare, Kind.ORDERS_PENDING, pools[bare])
    return legs.post(
        KIND,
        [quote.paid.order for quote in quotes],
        np.array([microseconds(quote.paid.paid_at) for quote in quotes], np.int64),
        [version_of(quote) for quote in quotes],
        facts,
    )


def version_of(quote: Quote) -> str:
    """The plan's version as an entry says it; "" where none held."""
    return "" if quote.plan_pk is None else f"plan:{quote.plan_pk}"


def facts_of(quote: Quote) -> Facts:
    """A quote as frozen values; the lines as a JSON list: member, kind, rate, base, due, amount,
    reason, trace."""
    paid = quote.paid
    rows = [
        (
            line.member,
            int(line.kind),
            line.rate_ppm,
            line.base_fen,
            line.due_fen,
            line.amount_fen,
            line.reason,
            line.trace,
        )
        for line in quote.lines
    ]
    return {
        "base": paid.paid_fen,
        "budget": quote.budget_fen,
        "buyer": paid.member,
        "dividend": quote.dividend_fen,
        "lines": json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else "",
        "plan": quote.plan_pk,
        "pool": paid.pool_pk,
        "rate": paid.split.distribution_ppm,
        "region": paid.region,
        "upline": quote.upline,
    }


class Sealed(NamedTuple):
    """What an entry ``bonus_pending`` says: its number, order, moment and frozen values."""

    entry: int
    order: str
    paid_at: datetime
    facts: Mapping[str, Any]


class Rows(NamedTuple):
    """Rows of both tables, in the order of their columns."""

    heads: list[Row]
    lines: list[Row]


def rows_of(sealed: Iterable[Sealed]) -> Rows:
    """The rows that follow from entries."""
    heads: list[Row] = []
    lines: list[Row] = []
    for entry, order, paid_at, facts in sealed:
        packed = json.loads(facts["lines"] or "[]")
        heads.append(
            (
                entry,
                order,
                facts["pool"],
                facts["buyer"],
                facts["plan"],
                facts["base"],
                facts["budget"],
                facts["rate"],
                sum([line[AMOUNT] for line in packed]),
                facts["dividend"],
                facts["region"],
                facts["upline"],
                paid_at,
            )
        )
        first = entry * LINES_MAX
        lines += [(first + place, entry, *line, paid_at) for place, line in enumerate(packed)]
    return Rows(heads, lines)


def insert(rows: Rows) -> None:
    """Write rows."""
    for table, values in ((HEADS, rows.heads), (LINES, rows.lines)):
        if len(values) > FEW:
            table.insert(_columns(table, values), len(values))
        elif values:
            stored = connection.ops.adapt_datetimefield_value
            plain = [(*row[:-1], stored(row[-1])) for row in values]
            with connection.cursor() as cursor:
                cursor.execute(insertion(table, len(plain)), list(chain.from_iterable(plain)))


def _columns(table: Table, values: Sequence[Row]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for (name, kind), column in zip(table.columns, zip(*values, strict=True), strict=True):
        if kind == "text":
            columns[name] = Texts(column)
        elif kind == "time":
            columns[name] = np.array([microseconds(at) for at in column], np.int64)
        else:
            gaps = name == "plan_id" and None in column
            columns[name] = nullable(column) if gaps else np.array(column, np.int64)
    return columns
