"""Orders were paid: their bonuses are set aside. Called by the mall inside its own transaction,
after it locked the order; a hold for each order is its only state from now on.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from zengzhi.records.bonuses.facts import Sealed, facts_of, insert, rows_of
from zengzhi.records.bonuses.quote import Paid, Quote, quote_orders
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldKind, Opening, open_holds, states
from zengzhi.records.ledger.legs import Legs
from zengzhi.records.members.tree import fix_sponsors
from zengzhi.records.store.bulk import Array, many_objects, microseconds


def orders_paid(paid: Sequence[Paid]) -> list[Quote]:
    """Orders were paid: their bonuses are pending from now on, under the plan of that moment, and
    their buyers' sponsors are for life. An order that is known changes nothing."""
    with many_objects(len(paid)):
        known = states(HoldKind.BONUS, [order.order for order in paid])
        fresh = list({order.order: order for order in paid if order.order not in known}.values())
        quotes = quote_orders(fresh)
        facts = [facts_of(quote) for quote in quotes]
        numbers = _set_aside(quotes, facts).tolist()
        entries = zip(numbers, fresh, facts, strict=True)
        insert(rows_of(Sealed(n, order.order, order.paid_at, text) for n, order, text in entries))
        openings = zip(fresh, numbers, strict=True)
        open_holds(HoldKind.BONUS, [Opening(o.order, o.paid_fen, n) for o, n in openings])
        _fix(fresh)
        return quotes


def _set_aside(quotes: Sequence[Quote], facts: Sequence[str]) -> Array:
    """Out of the orders' pending money, into the members' pending balances; also an order that
    pays nobody gets its entry, which says why."""
    lines = [
        (row, line.member, line.amount_fen)
        for row, quote in enumerate(quotes)
        for line in quote.lines
    ]
    table = np.array(lines, np.int64).reshape(-1, 3)
    pools = np.array([quote.paid.pool_pk for quote in quotes], np.int64)
    given = np.array([quote.lines_fen for quote in quotes], np.int64)
    rows, bare = np.arange(len(quotes)), np.flatnonzero(given == 0)
    legs = Legs()
    legs.money(rows, 0, Kind.ORDERS_PENDING, pools, -given)
    legs.money(table[:, 0], 1, Kind.MEMBER_PENDING, table[:, 1], table[:, 2])
    legs.nothing(bare, Kind.ORDERS_PENDING, pools[bare])
    return legs.post(
        "bonus_pending",
        [quote.paid.order for quote in quotes],
        np.array([microseconds(quote.paid.paid_at) for quote in quotes], np.int64),
        ["" if quote.plan_pk is None else f"plan:{quote.plan_pk}" for quote in quotes],
        facts,
    )


def _fix(paid: Sequence[Paid]) -> None:
    first: dict[datetime, list[int]] = defaultdict(list)
    for order in paid:
        first[order.paid_at].append(order.member)
    for at in sorted(first):
        fix_sponsors(first[at], at)
