"""Many orders paid at once, by money that arrived together: the act of one order (:mod:`.money`),
in the same states and with the same records."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from zengzhi.mall.models import SPLIT_FIELDS, Order
from zengzhi.mall.orders.money import (
    paid_for_bonuses,
    pin_split,
    why_not_payable,
)
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.payments.models import Arrival
from zengzhi.records.bonuses.paid import orders_paid
from zengzhi.records.control.sealing import note_rows
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, Opening, open_holds
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.store.bulk import execute_many, many_objects, statement

CHUNK = 5_000
_PAID = ("payment_reference", *SPLIT_FIELDS)
"""What of a paid order is its own; the rest is the same for all that were paid together."""


def claim_arrivals(arrivals: Sequence[Arrival]) -> list[str]:
    """Money arrived for many orders: it pays those it can, in the caller's transaction; why not
    for each, "" where it did. Money for one order twice pays it once."""
    with many_objects(len(arrivals)):
        orders = _locked([each.subject for each in arrivals])
        reasons, paid = [], []
        for each in arrivals:
            order = orders.get(each.subject)
            why = why_not_payable(order, each.amount_fen)
            if order is not None and not why:
                order.payment = PaymentAxis.PAID
                paid.append((order, each))
            reasons.append(why)
        groups: dict[tuple[datetime, int], list[tuple[Order, Arrival]]] = defaultdict(list)
        for order, each in paid:
            groups[each.arrived_at, each.provider].append((order, each))
        for (at, provider), rows in groups.items():
            _pay(rows, provider, at)
        return reasons


def _locked(numbers: Sequence[str]) -> dict[str, Order]:
    """Orders by number, locked in the order of their keys."""
    found: dict[str, Order] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), CHUNK):
        rows = Order.objects.filter(number__in=wanted[start : start + CHUNK]).order_by("pk")
        rows = rows.select_related("pool__rules").select_for_update(of=("self",))
        rows = rows.defer("recipient", "phone", "address")  # encrypted, and not needed here
        found.update((order.number, order) for order in rows)
    return found


def _pay(rows: Sequence[tuple[Order, Arrival]], provider: int, at: datetime) -> None:
    """See ``money._pay``: the same entries, holds and columns for all of them."""
    entries = []
    for order, arrival in rows:
        facts = {"member": order.member_id, "provider": provider, "reference": arrival.reference}
        entry = Entry("payment", order.number, at, values=facts)
        entry.money(Account(Kind.CLEARING, provider), -order.total_fen)
        entries.append(entry.money(Account(Kind.ORDERS_PENDING, order.pool_id), order.total_fen))
    numbers = post(entries)
    openings = zip(rows, numbers, strict=True)
    open_holds(
        HoldKind.ORDER,
        [Opening(order.number, order.total_fen, entry) for (order, _a), entry in openings],
        at,
    )
    for order, arrival in rows:
        order.paid_at, order.payment_reference = at, arrival.reference
        pin_split(order)
    _write_paid([order for order, _arrival in rows], provider, at)
    orders_paid([paid_for_bonuses(order) for order, _arrival in rows])


def _write_paid(orders: Sequence[Order], provider: int, at: datetime) -> None:
    statement("UPDATE mall_order")
    keys = [order.pk for order in orders]
    own = [[getattr(order, name) for order in orders] for name in _PAID]
    if connection.vendor == "postgresql":
        assigned = ", ".join(f"{name} = new.{name}" for name in _PAID)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE mall_order AS mine SET payment = 'paid', paid_at = %s, provider = %s, "  # noqa: S608 (own names)
                f"{assigned} FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], "
                f"%s::int[], %s::int[]) AS new(id, {', '.join(_PAID)}) "
                "WHERE mine.id = new.id AND mine.payment = 'awaiting'",
                [at, provider, keys, *own],
            )
    else:
        moment = connection.ops.adapt_datetimefield_value(at)
        assigned = ", ".join(f"{name} = ?" for name in _PAID)
        execute_many(
            f"UPDATE mall_order SET payment = 'paid', paid_at = ?, provider = ?, {assigned} "  # noqa: S608 (own names)
            "WHERE id = ? AND payment = 'awaiting'",
            [(moment, provider, *row) for row in zip(*own, keys, strict=True)],
        )
    note_rows(Order, keys)
