"""Orders: placed, paid, settled, closed. Each function is one database transaction.

Locks: product, then order, then the pool's row (inside settlement), then balances.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from zengzhi.core.economy.events import Order as OrderEvent
from zengzhi.core.regions import kept
from zengzhi.core.units import ORDER_FEN_MAX
from zengzhi.mall.errors import BadQuantity, NotForSale, NotPayable, OrderTooLarge, OutOfStock
from zengzhi.mall.models import PAID_STATES, PENDING_STATES, Order, OrderLine, OrderState, Product
from zengzhi.mall.parties import of_order
from zengzhi.mall.splits import SPLIT_FIELDS, paid_for_bonuses, pin_split, split_of
from zengzhi.records.bonuses import service as bonuses
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.pools import default_pool
from zengzhi.records.settlement.settle import Reply, Request, settle
from zengzhi.records.store import clock

QUANTITY_MAX = 99


def _new_number(at: datetime, token: uuid.UUID) -> str:
    return f"{clock.local(at):%Y%m%d}{token.hex[:10].upper()}"


def place_order(
    member: Member,
    product: Product,
    quantity: int,
    token: uuid.UUID,
    recipient: str = "",
    phone: str = "",
    address: str = "",
    at: datetime | None = None,
    region: str = "",
) -> Order:
    """Place an order and reserve its stock; the same token returns the order it made.

    ``region``: the code of the delivery district, kept also where the list does not have it.
    Errors: ``bad_quantity``, ``not_for_sale``, ``out_of_stock``, ``limit_exceeded``.
    """
    if isinstance(quantity, bool) or not 1 <= quantity <= QUANTITY_MAX:
        raise BadQuantity
    try:
        with transaction.atomic():
            delivery = (recipient, phone, address, kept(region))
            return _place(member, product.pk, quantity, token, delivery, at)
    except IntegrityError:
        return Order.objects.get(token=token, member=member)


def _place(
    member: Member,
    product_pk: int,
    quantity: int,
    token: uuid.UUID,
    delivery: tuple[str, str, str, str],
    at: datetime | None,
) -> Order:
    product = Product.objects.select_for_update().get(pk=product_pk)
    placed = Order.objects.filter(token=token, member=member).first()
    if placed is not None:
        return placed
    if not product.active:
        raise NotForSale
    if product.stock < quantity:
        raise OutOfStock(product.stock)
    total_fen = product.price_fen * quantity
    if total_fen > ORDER_FEN_MAX:
        raise OrderTooLarge
    created_at = at or clock.now()
    recipient, phone, address, region = delivery
    order = Order.objects.create(
        number=_new_number(created_at, token),
        pool=default_pool(),
        member=member,
        token=token,
        total_fen=total_fen,
        split_cost_ppm=product.split_cost_ppm,
        split_distribution_ppm=product.split_distribution_ppm,
        split_platform_ppm=product.split_platform_ppm,
        recipient=recipient,
        phone=phone,
        address=address,
        region=region,
        created_at=created_at,
    )
    OrderLine.objects.create(
        order=order, product=product, quantity=quantity, unit_price_fen=product.price_fen
    )
    Product.objects.filter(pk=product.pk).update(
        stock=F("stock") - quantity, sold=F("sold") + quantity
    )
    return order


def order_of(member: Member, number: str) -> Order:
    """The member's own order; somebody else's does not exist."""
    return Order.objects.select_related("pool", "pool__rules").get(member=member, number=number)


def close_order(member: Member, number: str) -> Order:
    """Close an unpaid order and release its stock; a closed one stays closed.

    Errors: ``not_payable`` when it was paid already.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(member=member, number=number)
        if order.state == OrderState.CLOSED:
            return order
        if order.state != OrderState.AWAITING_PAYMENT:
            raise NotPayable
        for line in order.lines.all():
            Product.objects.filter(pk=line.product_id).update(
                stock=F("stock") + line.quantity, sold=F("sold") - line.quantity
            )
        order.state = OrderState.CLOSED
        order.save(update_fields=["state"])
        return order


def mark_paid(order_pk: int, amount_fen: int, provider: int, at: datetime) -> Order:
    """An order is paid: money from the provider into the pending orders of its pool. Once.

    Errors: ``not_payable`` for a closed order or another amount.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_pk)
        if order.state in {*PAID_STATES, OrderState.REFUNDED}:
            return order
        if order.state != OrderState.AWAITING_PAYMENT or amount_fen != order.total_fen:
            raise NotPayable
        at_once = settings.REFUND_WINDOW_DAYS == 0
        if at_once:
            Pool.objects.select_for_update().get(pk=order.pool_id)
        entry = Entry("payment", order.number, at)
        entry.money(Account(Kind.CLEARING, provider), -amount_fen)
        entry.money(Account(Kind.ORDERS_PENDING, order.pool_id), amount_fen)
        post([entry])
        order.state = OrderState.PAID
        order.paid_at = at
        order.provider = provider
        pin_split(order)
        order.save(update_fields=["state", "paid_at", "provider", *SPLIT_FIELDS])
        bonuses.orders_paid([paid_for_bonuses(order)])
        if at_once:
            settle_orders(order.pool, [order], at)
            order.refresh_from_db()
        return order


def due_orders(pool: Pool, at: datetime, limit: int) -> list[Order]:
    """Received orders whose refund window has closed, the longest received first."""
    closed = at - timedelta(days=settings.REFUND_WINDOW_DAYS)
    rows = Order.objects.filter(pool=pool, state=OrderState.RECEIVED, received_at__lte=closed)
    return list(rows.order_by("received_at", "id")[:limit])


def settle_orders(pool: Pool, orders: list[Order], at: datetime) -> list[Reply]:
    """Settle pending orders in the order given and mark them, in one transaction.

    Those that were refunded or settled meanwhile are left out.
    """
    with transaction.atomic():
        locked = set(
            Order.objects.select_for_update()
            .filter(pk__in=[order.pk for order in orders], state__in=PENDING_STATES)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        orders = [order for order in orders if order.pk in locked]
        requests = [
            Request(
                OrderEvent(order.number, str(order.member_id), order.total_fen, split_of(order)),
                at,
                of_order(order),
            )
            for order in orders
        ]
        replies = settle(pool.pk, requests)
        settled = [order for order, reply in zip(orders, replies, strict=True) if reply.ok]
        Order.objects.filter(pk__in=[order.pk for order in settled]).update(
            state=OrderState.SETTLED, settled_at=at
        )
        bonuses.orders_settled([order.number for order in settled], at)
        return replies
