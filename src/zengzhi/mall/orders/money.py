"""The money of an order: it begins to be paid, is claimed when it arrives, and settles when the
order is due; or the order is closed because none came.

What finds no order to pay stays with the payments, in suspense; nothing that arrived is refused.
An order settles in a transaction of the pool's owner (:mod:`zengzhi.records.intake.orders`), never
in one of the mall.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from zengzhi.core.economy.rules import Split
from zengzhi.mall.errors import NotPayable
from zengzhi.mall.models import DELIVERED_TO, SPLIT_FIELDS, Order, own_split
from zengzhi.mall.orders.placing import give_back_stock
from zengzhi.mall.orders.states import EDGES, DeliveryAxis, PaymentAxis
from zengzhi.payments import demo_gateway, service, suspense
from zengzhi.payments.models import Arrival, Callback, Payment
from zengzhi.records.bonuses.paid import orders_paid
from zengzhi.records.bonuses.quote import Paid
from zengzhi.records.control.audit import note, reason
from zengzhi.records.intake.orders import DueOrder, Outcome, settle_due
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, IllegalMove, Opening, move, open_holds
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Place
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.parties import Parties
from zengzhi.records.store import clock

MERCHANT = Account(Kind.MERCHANT, 1)
"""The mall's own merchant: it has the cost part of every order, and gives it back."""
PAID_FIELDS = ("payment", "paid_at", "provider", "payment_reference", *SPLIT_FIELDS)
_UNPAYABLE = {
    PaymentAxis.PAID: "twice",
    PaymentAxis.REFUNDED: "refunded",
    PaymentAxis.CLOSED: "closed",
}


def start_payment(order: Order) -> Payment:
    """The payment of an order; started once. Errors: ``not_payable``."""
    if order.payment != PaymentAxis.AWAITING:
        raise NotPayable
    return service.start_payment(order.number, order.total_fen, demo_gateway.PROVIDER)


def pay_at_demo(order: Order, at: datetime | None = None) -> Callback:
    """What the demo gateway does when its payer confirms: it sends its callback, whatever became
    of the order meanwhile."""
    at = at or clock.now()
    payment = service.start_payment(order.number, order.total_fen, demo_gateway.PROVIDER)
    body, signature = demo_gateway.callback_for(
        payment.reference, payment.subject, payment.amount_fen, at=at
    )
    return service.receive(demo_gateway.DemoGateway(), body, signature, at)


def confirm_demo(order: Order, at: datetime | None = None) -> Order:
    """An order paid at the demo gateway, as it stands then.

    Errors: ``not_payable`` when the order could not be paid; the money is in suspense then.
    """
    outcome = pay_at_demo(order, at).outcome
    order = _plain().select_related("pool", "pool__rules").get(pk=order.pk)
    if outcome == "suspense":
        raise NotPayable
    return order


def why_not_payable(order: Order | None, amount_fen: int) -> str:
    """Why an amount does not pay an order, as the payments call it; "" when it does."""
    if order is None:
        return "unknown"
    if order.payment not in EDGES["payment"][PaymentAxis.PAID]:
        return _UNPAYABLE[PaymentAxis(order.payment)]
    if amount_fen == order.total_fen:
        return ""
    return "overpaid" if amount_fen > order.total_fen else "underpaid"


def claim_arrival(arrival: Arrival) -> str:
    """Money arrived for an order: it pays it, or stays unclaimed and the answer says why.
    Called by the payments in their transaction (see ``MallConfig.ready``)."""
    order = _locked().filter(number=arrival.subject).first()
    why = why_not_payable(order, arrival.amount_fen)
    if order is not None and not why:
        source = Account(Kind.CLEARING, arrival.provider)
        _pay(order, source, arrival.provider, arrival.reference, arrival.arrived_at)
    return why


def settle_arrival(arrival: Arrival) -> None:
    """The money that paid an order is committed: without a refund window the order settles now."""
    order = _plain().select_related("pool").filter(number=arrival.subject).first()
    if order is not None:
        settle_at_once(order, arrival.arrived_at)


def _plain() -> QuerySet[Order]:
    return Order.objects.defer(*DELIVERED_TO)


def _locked() -> QuerySet[Order]:
    """Orders, each locked, with the rules of its pool."""
    return _plain().select_for_update(of=("self",)).select_related("pool__rules")


def mark_paid(order_pk: int, amount_fen: int, provider: int, at: datetime) -> Order:
    """An order is paid through a provider. Once: a paid one stays as it is.

    Errors: ``not_payable`` for a closed order or another amount.
    """
    with transaction.atomic():
        order = _locked().get(pk=order_pk)
        why = why_not_payable(order, amount_fen)
        if why in {"twice", "refunded"}:
            return order
        if why:
            raise NotPayable
        order = _pay(order, Account(Kind.CLEARING, provider), provider, "", at)
    return settle_at_once(order, at)


def assign_suspense(arrival_pk: int, number: str, by: User, why: str, at: datetime) -> Order:
    """A person gives money in suspense to an order that awaits it; the rest stays in suspense.

    Errors: ``not_payable``, ``not_in_suspense``, ``reason_needed``; ``Order.DoesNotExist``.
    """
    why = reason(why)
    with transaction.atomic():
        arrival = Arrival.objects.select_for_update().get(pk=arrival_pk)
        order = _locked().get(number=number)
        total_fen = suspense.take(arrival, order.total_fen, HoldState.POSTED, at)
        if why_not_payable(order, total_fen):
            raise NotPayable
        source = suspense.account(arrival)
        order = _pay(order, source, arrival.provider, arrival.reference, at)
        note(by, "suspense_assigned", arrival.code, f"{number}: {why}")
    return settle_at_once(order, at)


def _pay(order: Order, source: Account, provider: int, reference: str, at: datetime) -> Order:
    """The money of a locked order, from where it is into the pending orders of its pool, where it
    is held until the order settles or is undone."""
    split = pin_split(order)
    facts = {"member": order.member_id, "provider": provider, "reference": reference}
    entry = Entry("payment", order.number, at, values=facts)
    entry.money(source, -order.total_fen)
    entry.money(Account(Kind.ORDERS_PENDING, order.pool_id), order.total_fen)
    opening = Opening(order.number, order.total_fen, post([entry])[0])
    open_holds(HoldKind.ORDER, [opening], at)
    order.payment, order.paid_at = PaymentAxis.PAID, at
    order.provider, order.payment_reference = provider, reference
    order.save(update_fields=PAID_FIELDS)
    orders_paid([_for_bonuses(order, split)])
    return order


def pin_split(order: Order) -> Split:
    """From its payment on an order keeps the split of that moment: bonuses are quoted by it, and
    it settles by it, whatever the pool's rules say then."""
    if order.split_cost_ppm is None:
        split = rules_of(order.pool).split
        order.split_cost_ppm, order.split_distribution_ppm = split.cost_ppm, split.distribution_ppm
        order.split_platform_ppm, order.split_legacy_ppm = split.platform_ppm, split.legacy_ppm
        return split
    return own_split([getattr(order, name) for name in SPLIT_FIELDS])


def paid_for_bonuses(order: Order) -> Paid:
    """A paid order as the bonuses see it."""
    return _for_bonuses(order, order.split or rules_of(order.pool).split)


def _for_bonuses(order: Order, split: Split) -> Paid:
    assert order.paid_at is not None  # noqa: S101
    return Paid(
        order.number,
        order.pool_id,
        order.member_id,
        order.total_fen,
        split,
        order.region,
        order.paid_at,
    )


def waiting_orders(pool: Pool) -> QuerySet[Order]:
    """Paid orders whose hold is open: not settled, not undone, not parked."""
    rows = Order.objects.filter(pool=pool, payment=PaymentAxis.PAID, settled_at=None)
    hold = Place.objects.filter(kind=HoldKind.ORDER, cause=OuterRef("number"))
    return rows.filter(Exists(hold.filter(state=HoldState.OPEN)))


def due_orders(pool: Pool, at: datetime, limit: int) -> list[Order]:
    """Received orders whose refund window has closed, the longest received first; where there is
    no window, every paid one."""
    closed = at - timedelta(days=settings.REFUND_WINDOW_DAYS)
    due = Q(delivery=DeliveryAxis.RECEIVED, received_at__lte=closed)
    if settings.REFUND_WINDOW_DAYS == 0:
        due |= Q(delivery__in=(DeliveryAxis.WAITING, DeliveryAxis.SHIPPED))
    return list(waiting_orders(pool).filter(due).order_by("received_at", "id")[:limit])


@lru_cache(maxsize=64)
def _parties(pool_pk: int) -> Parties:
    """An order settles out of its pool's pending money; its cost part goes to the merchant."""
    return Parties(MERCHANT, Account(Kind.ORDERS_PENDING, pool_pk))


class _Orders:
    """The settlement state of the orders that a batch settles."""

    def claim(self, numbers: Sequence[str]) -> list[DueOrder]:
        """Those that wait, locked in the order of their keys: each settles for what is left of it,
        by the split that was pinned."""
        rows = Order.objects.select_for_update().filter(
            number__in=numbers, payment=PaymentAxis.PAID, settled_at=None
        )
        left_fen = F("total_fen") - F("refunded_fen")
        names = ("number", "member_id", left_fen, "pool_id", *SPLIT_FIELDS)
        found = {
            number: DueOrder(
                number,
                member,
                fen,
                None if rates_ppm[0] is None else Split(*rates_ppm),
                _parties(pool),
            )
            for number, member, fen, pool, *rates_ppm in rows.order_by("pk").values_list(*names)
        }
        return [found[number] for number in numbers if number in found]

    def settled(self, numbers: Sequence[str], at: datetime) -> None:
        """They have their points."""
        posted = move(HoldKind.ORDER, numbers, HoldState.POSTED, at)
        if len(posted) != len(numbers):
            raise IllegalMove(f"of {len(numbers)} orders only {len(posted)} can be posted")
        Order.objects.filter(number__in=posted).update(settled_at=at)

    def parked(self, reasons: Mapping[str, str], at: datetime) -> None:
        """The economy refused them, each with its reason."""
        for number, refusal in reasons.items():
            move(HoldKind.ORDER, [number], HoldState.PARKED, at, refusal)


def settle_orders(pool: Pool, orders: Sequence[Order], at: datetime) -> Outcome:
    """Settle pending orders in the order given, each for what was not refunded of it. Those that
    were refunded or settled meanwhile are left out; what the economy refuses is parked."""
    return settle_due(pool.pk, [order.number for order in orders], at, _Orders())


def settle_at_once(order: Order, at: datetime) -> Order:
    """Where there is no refund window, a paid order settles as soon as its payment is committed."""
    if settings.REFUND_WINDOW_DAYS == 0 and order.payment == PaymentAxis.PAID:
        settle_orders(order.pool, [order], at)
        order.refresh_from_db()
    return order


def close_order(member: Member, number: str) -> Order:
    """Close an unpaid order and release its stock; a closed one stays closed.

    Errors: ``not_payable`` when it was paid already.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(member=member, number=number)
        if order.payment != PaymentAxis.CLOSED and not _close(order):
            raise NotPayable
        return order


def _close(order: Order) -> bool:
    if not order.move("payment", PaymentAxis.CLOSED):
        return False
    give_back_stock(order)
    return True


def pay_until(order: Order) -> datetime:
    """When an order that nobody pays is closed."""
    return order.created_at + timedelta(minutes=settings.UNPAID_MINUTES)


def close_unpaid(at: datetime, limit: int = 500) -> int:
    """Close orders that nobody paid in ``UNPAID_MINUTES``, each in a transaction of its own, so
    that their goods are for sale again; how many. Money that comes later goes to suspense."""
    overdue = Order.objects.filter(
        payment=PaymentAxis.AWAITING,
        created_at__lte=at - timedelta(minutes=settings.UNPAID_MINUTES),
    ).order_by("created_at", "pk")
    closed = 0
    for pk in list(overdue.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            closed += _close(Order.objects.select_for_update().get(pk=pk))
    return closed
