"""Money that came and went: the provider's signed callbacks ↔ arrivals ↔ entries ↔ orders, refunds
and paybacks, both ways."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, QuerySet, Sum

from zengzhi.mall.models import AfterSale, AfterSaleState, Order
from zengzhi.mall.orders.parking import UNPARKED
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.payments.models import Arrival, Callback, Payback, Payment
from zengzhi.payments.notice import BadCallback
from zengzhi.payments.providers import KNOWN, provider_of
from zengzhi.records.control.models import Act as Audited
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.models import Place
from zengzhi.records.settlement.models import Event, Op
from zengzhi.verify.entries import (
    Act,
    acts_of,
    by_reference,
    compare_facts,
    compare_money,
    money,
    read_facts,
)
from zengzhi.verify.holds import compare_hold, missing, stray
from zengzhi.verify.problem import Problem

ORDER, ARRIVAL, CALLBACK = "mall_order", "payments_arrival", "payments_callback"
AFTER_SALE, PAYBACK, EVENT = "mall_aftersale", "payments_payback", "settlement_event"
TAKEN = ("handled", "suspense")
"""Outcomes of a callback that brought money."""
PAID = (PaymentAxis.PAID, PaymentAxis.REFUNDED)


def _orders() -> QuerySet[Order]:
    """All of them, without what is encrypted and moves no money."""
    return Order.objects.defer("recipient", "phone", "address").order_by("pk")


def callbacks() -> Iterator[Problem]:
    """Money that arrived was said by its provider, once, and signed."""
    said: dict[tuple[int, str], tuple[str, str, int]] = {}
    for row in Callback.objects.filter(outcome__in=TAKEN).order_by("pk"):
        body = bytes(row.body)
        provider = provider_of(row.provider)
        if provider is not None and not provider.is_signed(body, row.signature):
            yield Problem(CALLBACK, str(row.pk), "signature", "is not the provider's")
            continue
        try:
            notice = KNOWN[row.provider].read(body, row.received_at)
        except KeyError:
            yield Problem(CALLBACK, str(row.pk), "provider", "brings no callbacks")
            continue
        except BadCallback as error:
            yield Problem(CALLBACK, str(row.pk), "body", f"it brought money: {error.message}")
            continue
        place = (row.provider, notice.transaction)
        if place in said:
            yield Problem(CALLBACK, str(row.pk), "outcome", "this money came by an earlier one")
        said[place] = (notice.reference, notice.subject, notice.amount_fen)
    for arrival in Arrival.objects.order_by("pk"):
        key = str(arrival.pk)
        told = said.pop((arrival.provider, arrival.transaction), None)
        if told is None:
            yield Problem(ARRIVAL, key, "", "no signed callback brought this money")
            continue
        for name, value in zip(("reference", "subject", "amount_fen"), told, strict=True):
            if getattr(arrival, name) != value:
                yield Problem(ARRIVAL, key, name, f"the callback says {value!r}")
    for _provider, transaction in said:
        yield Problem(ARRIVAL, transaction, "", "a callback brought money that is not here")


def paid_orders() -> Iterator[Problem]:
    """Each payment pays the order it names, in full, by money that arrived; each paid order was."""
    acts = by_reference(acts_of("payment"))
    arrived: dict[tuple[str, int], Arrival] = {}
    for arrival in Arrival.objects.filter(unclaimed=""):
        arrived[arrival.subject, arrival.provider] = arrival
    for order in _orders().iterator(1_000):
        mine = acts.pop(order.number, [])
        key = str(order.pk)
        if order.payment not in PAID:
            for act in mine:
                yield act.wrong("", f"the order is {order.payment}")
            continue
        if len(mine) != 1:
            yield Problem(ORDER, key, "payment", f"it has {len(mine)} payments in the journal")
            continue
        yield from _payment(mine[0], order, arrived)
    for mine in acts.values():
        for act in mine:
            yield act.wrong("reference", "there is no such order")
    claimed = set(Order.objects.filter(payment__in=PAID).values_list("number", flat=True))
    for (subject, _provider), arrival in arrived.items():
        if subject not in claimed:
            yield Problem(ARRIVAL, str(arrival.pk), "unclaimed", f"{subject} was not paid by it")


def _payment(act: Act, order: Order, arrived: dict[tuple[str, int], Arrival]) -> Iterator[Problem]:
    if act.happened_at != order.paid_at:
        yield Problem(ORDER, str(order.pk), "paid_at", f"the payment was at {act.happened_at}")
    suspended = act.fen(Kind.SUSPENSE, order.provider) < 0
    source = Kind.SUSPENSE if suspended else Kind.CLEARING
    wanted = money(
        (source, order.provider, -order.total_fen),
        (Kind.ORDERS_PENDING, order.pool_id, order.total_fen),
    )
    yield from compare_money(act, wanted)
    reference = order.payment_reference
    yield from compare_facts(
        act, member=order.member_id, provider=order.provider, reference=reference
    )
    arrival = arrived.get((order.number, order.provider))
    if not suspended and (arrival is None or arrival.amount_fen != order.total_fen):
        yield act.wrong("", "no money arrived for this order")


def suspense() -> Iterator[Problem]:
    """Money in suspense ↔ its entry and its hold; what was done of it ↔ orders and paybacks."""
    acts, done = by_reference(acts_of("suspense")), _done()
    places = {place.cause: place for place in Place.objects.filter(kind=HoldKind.SUSPENSE)}
    for arrival in Arrival.objects.exclude(unclaimed="").order_by("pk"):
        mine, place = acts.pop(arrival.code, []), places.pop(arrival.code, None)
        if len(mine) != 1:
            message = f"it is in suspense, and has {len(mine)} entries"
            yield Problem(ARRIVAL, str(arrival.pk), "unclaimed", message)
        for act in mine:
            provider, fen = arrival.provider, arrival.amount_fen
            yield from compare_money(
                act, money((Kind.CLEARING, provider, -fen), (Kind.SUSPENSE, provider, fen))
            )
            yield from compare_facts(
                act,
                reference=arrival.reference,
                subject=arrival.subject,
                unclaimed=arrival.unclaimed,
            )
        if place is None:
            yield missing(HoldKind.SUSPENSE, arrival.code)
        elif mine:
            yield from _suspended(place, arrival, mine[0], done.get(arrival.code, []))
    for mine in acts.values():
        for act in mine:
            yield act.wrong("reference", "no such money is in suspense")
    for place in places.values():
        yield from stray(place)


def _suspended(
    place: Place, arrival: Arrival, act: Act, done: list[tuple[datetime, HoldState, int]]
) -> Iterator[Problem]:
    done_fen = sum(fen for _at, _to, fen in done)
    state, moved_at = HoldState.OPEN, arrival.arrived_at
    if done_fen == arrival.amount_fen:
        moved_at, state, _fen = max(done)
    wanted = {"amount_fen": arrival.amount_fen, "done_fen": done_fen, "entry": act.id}
    wanted |= {"state": int(state), "moved_at": moved_at, "reason": "", "lines": None}
    yield from compare_hold(place, wanted)


def _arrival_sent(act: Act) -> str:
    """The code of the money that a refund out of suspense froze."""
    said = read_facts(act).get("arrival")
    return said if isinstance(said, str) else ""


def _done() -> dict[str, list[tuple[datetime, HoldState, int]]]:
    """Code of an arrival → when what of it was given to an order or sent back. A reference may
    come twice, so the audited act says which money went to an order, the entry which went back."""
    given = {
        why.partition(":")[0]: code
        for code, why in Audited.objects.filter(what="suspense_assigned").values_list(
            "about", "why"
        )
    }
    found: dict[str, list[tuple[datetime, HoldState, int]]] = {}
    for act in acts_of("payment", "suspense_refund"):
        paid = act.kind == "payment"
        code = given.get(act.reference) if paid else _arrival_sent(act)
        fen = -sum(act.by_owner(Kind.SUSPENSE).values())
        if code and fen:
            to = HoldState.POSTED if paid else HoldState.VOID
            found.setdefault(code, []).append((act.happened_at, to, fen))
    return found


def order_holds() -> Iterator[Problem]:
    """The hold of each paid order stands where its payment, refunds and settlement put it."""
    places = {place.cause: place for place in Place.objects.filter(kind=HoldKind.ORDER)}
    entries = {act.reference: act.id for act in acts_of("payment")}
    settled = dict(
        Event.objects.filter(op=Op.ORDER, error="").values_list("event_id", "happened_at")
    )
    ended = dict(
        AfterSale.objects.filter(state=AfterSaleState.DONE)
        .values_list("order")
        .annotate(at=Max("done_at"))
    )
    for order in _orders().filter(payment__in=PAID).iterator(1_000):
        place = places.pop(order.number, None)
        if place is None:
            yield missing(HoldKind.ORDER, order.number)
            continue
        wanted: dict[str, object] = {
            "amount_fen": order.total_fen,
            "done_fen": order.refunded_fen,
            "entry": entries.get(order.number, 0),
            "lines": None,
        }
        if order.refunded_fen == order.total_fen:
            wanted |= {"state": int(HoldState.VOID), "moved_at": ended.get(order.pk)}
        elif order.number in settled:
            wanted |= {"state": int(HoldState.POSTED), "moved_at": settled[order.number]}
        elif place.state != HoldState.PARKED:
            wanted["state"] = int(HoldState.OPEN)
            if place.reason != UNPARKED:
                wanted |= {"moved_at": order.paid_at, "reason": ""}
        if wanted.get("state") in (HoldState.VOID, HoldState.POSTED):
            wanted["reason"] = ""
        yield from compare_hold(place, wanted)
    for place in places.values():
        yield from stray(place)


def refunds() -> Iterator[Problem]:
    """Each refund is an after-sale that is done: before settlement by its entry, after it by the
    settled event; the order has the sum of them."""
    acts = by_reference(acts_of("refund"))
    events = dict(
        Event.objects.filter(op=Op.REFUND, error="").values_list("event_id", "contribution_fen")
    )
    sums: dict[int, int] = {}
    for row in AfterSale.objects.select_related("order").order_by("pk"):
        mine, event = acts.pop(row.number, []), events.pop(row.number, None)
        done = row.state == AfterSaleState.DONE
        if done:
            sums[row.order_id] = sums.get(row.order_id, 0) + row.amount_fen
        expected = (int(done and not row.after_settlement), int(done and row.after_settlement))
        if (len(mine), int(event is not None)) != expected:
            message = f"it is {row.state}: entries {len(mine)}, settled {event is not None}"
            yield Problem(AFTER_SALE, str(row.pk), "state", message)
        for act in mine:
            wanted = money(
                (Kind.ORDERS_PENDING, row.order.pool_id, -row.amount_fen),
                (Kind.CLEARING, row.order.provider, row.amount_fen),
            )
            yield from compare_money(act, wanted)
            yield from compare_facts(act, order=row.order.number, member=row.order.member_id)
    for mine in acts.values():
        for act in mine:
            yield act.wrong("reference", "there is no such after-sale")
    for number in events:
        yield Problem(EVENT, number, "event_id", "there is no such after-sale")
    for key, fen in Order.objects.values_list("pk", "refunded_fen"):
        if sums.get(key, 0) != fen:
            message = f"its after-sales refunded {sums.get(key, 0)}"
            yield Problem(ORDER, str(key), "refunded_fen", message)


def paybacks() -> Iterator[Problem]:
    """Money goes back for an after-sale or out of suspense, as its entry says."""
    acts = by_reference(acts_of("suspense_refund"))
    unclaimed = Arrival.objects.exclude(unclaimed="")
    sources = set(unclaimed.values_list("code", "provider", "reference"))
    done = set(AfterSale.objects.filter(state=AfterSaleState.DONE).values_list("number", flat=True))
    for row in Payback.objects.order_by("pk"):
        mine = acts.pop(row.number, [])
        for act in mine:
            wanted = money(
                (Kind.SUSPENSE, row.provider, -row.amount_fen),
                (Kind.CLEARING, row.provider, row.amount_fen),
            )
            yield from compare_money(act, wanted)
            if (_arrival_sent(act), row.provider, row.reference) not in sources:
                yield act.wrong("facts", f"no money of {row.reference} is in suspense under this")
        if len(mine) + (row.number in done) != 1:
            yield Problem(PAYBACK, str(row.pk), "number", "nothing was refunded under this number")
    for mine in acts.values():
        for act in mine:
            yield act.wrong("reference", "there is no such payback")


def started() -> Iterator[Problem]:
    """A payment that was paid has money that arrived."""
    arrived = set(Arrival.objects.filter(unclaimed="").values_list("reference", flat=True))
    for key, reference, state in Payment.objects.values_list("pk", "reference", "state"):
        if (state == "paid") != (reference in arrived):
            yield Problem("payments_payment", str(key), "state", "what arrived says otherwise")


def settled_orders() -> Iterator[Problem]:
    """An order that settled is an event of its pool for what was left of it; every such event is
    an order."""
    events = {
        name: (key, pool, member, amount, at)
        for key, name, pool, member, amount, at in Event.objects.filter(
            op=Op.ORDER, error=""
        ).values_list("pk", "event_id", "pool_id", "member_id", "amount", "happened_at")
    }
    before = dict(
        AfterSale.objects.filter(state=AfterSaleState.DONE, after_settlement=False)
        .values_list("order")
        .annotate(fen=Sum("amount_fen"))
    )
    for order in _orders().iterator(1_000):
        event = events.pop(order.number, None)
        if (event is None) != (order.settled_at is None):
            message = "it has no settled event" if event is None else "it settled"
            yield Problem(ORDER, str(order.pk), "settled_at", message)
        if event is None or order.settled_at is None:
            continue
        left = order.total_fen - before.get(order.pk, 0)
        said = (order.pool_id, order.member_id, left, order.settled_at)
        names = ("pool_id", "member_id", "total_fen", "settled_at")
        for name, value, found in zip(names, said, event[1:], strict=True):
            if value != found:
                message = f"is {value!r}, it settled with {found!r}"
                yield Problem(ORDER, str(order.pk), name, message)
    for name, (key, *_rest) in events.items():
        yield Problem(EVENT, str(key), "event_id", f"there is no order {name}")
