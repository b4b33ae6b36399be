"""The settlement of orders: the only place of the mall that talks to the owner of a pool."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from zengzhi.core.economy.events import Refund
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.models import SPLIT_FIELDS, AfterSale, Order
from zengzhi.mall.orders.states import DeliveryAxis, PaymentAxis
from zengzhi.records.intake.commands import Answer, submit
from zengzhi.records.intake.models import Command
from zengzhi.records.intake.orders import DueOrder, Outcome, settle_due
from zengzhi.records.intake.owner import ask
from zengzhi.records.ledger.batches import row_id
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, IllegalMove, move
from zengzhi.records.ledger.models import Leg, Place
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.parties import Parties

MERCHANT = Account(Kind.MERCHANT, 1)
"""The mall's own merchant: it has the cost part of every order, and gives it back."""


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
        for number, reason in reasons.items():
            move(HoldKind.ORDER, [number], HoldState.PARKED, at, reason)


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


def ask_for_refund(after_sale: AfterSale, at: datetime) -> Command:
    """The command that takes a refund of a settled order back out of the pool, in the transaction
    that approves it. The money goes out through the order's provider."""
    order = after_sale.order
    event = Refund(after_sale.number, order.number, after_sale.amount_fen)
    parties = Parties(MERCHANT, Account(Kind.CLEARING, order.provider))
    return submit(order.pool_id, event, at, parties, submitted_by=after_sale.decided_by_id)


def await_refund(after_sale: AfterSale) -> Answer:
    """Have the committed command of an after-sale answered."""
    pool_pk = after_sale.order.pool_id
    return ask(Command.objects.get(pool_id=pool_pk, event_id=after_sale.number))


def back_fen(command: Command, answer: Answer) -> int:
    """How much of a refund goes back to the buyer through the order's provider."""
    if isinstance(answer, ZengzhiError):
        return 0
    legs = Leg.objects.filter(
        transaction_id=row_id(command.pool_id, answer.sequence), kind=Kind.CLEARING
    )
    return int(legs.aggregate(fen=Sum("amount"))["fen"] or 0)
