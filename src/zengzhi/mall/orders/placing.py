"""Place an order and reserve its goods, once per form; give them back.

Locks: the product, when there is no order yet; else the order before its products, by number.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from zengzhi.core.errors import IdReused
from zengzhi.core.regions import kept
from zengzhi.core.units import ORDER_FEN_MAX
from zengzhi.mall.errors import BadQuantity, NotForSale, OrderTooLarge, OutOfStock, PoolIsClosed
from zengzhi.mall.models import Order, OrderLine, Product
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.pools import default_pool
from zengzhi.records.store import clock
from zengzhi.records.store.constraints import is_unique

QUANTITY_MAX = 99


@dataclass(frozen=True, slots=True)
class _Delivery:
    recipient: str
    phone: str
    address: str
    region: str


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
    """Place an order and reserve its stock; the same token and content return the order it made.

    ``region``: the code of the delivery district, kept also where the list does not have it.
    Errors: ``bad_quantity``, ``pool_closed``, ``not_for_sale``, ``out_of_stock``,
    ``limit_exceeded``, ``id_reused``.
    """
    if isinstance(quantity, bool) or not 1 <= quantity <= QUANTITY_MAX:
        raise BadQuantity
    delivery = _Delivery(recipient, phone, address, kept(region))
    try:
        with transaction.atomic():
            return _place(member, product.pk, quantity, token, delivery, at)
    except IntegrityError as error:
        # The number is made of the token: databases name either of the two.
        named = any(is_unique(error, "mall_order", name) for name in ("token", "number"))
        if not (named and Order.objects.filter(token=token).exists()):
            raise
    placed = Order.objects.get(token=token, member=member)
    return _same(placed, product.pk, quantity, delivery)


def _same(placed: Order, product_pk: int, quantity: int, delivery: _Delivery) -> Order:
    """The order that a token made, if it was made by the same content. Errors: ``id_reused``."""
    said = _Delivery(placed.recipient, placed.phone, placed.address, placed.region)
    lines = list(placed.lines.values_list("product_id", "quantity"))
    if said != delivery or lines != [(product_pk, quantity)]:
        raise IdReused(str(placed.token))
    return placed


def _place(
    member: Member,
    product_pk: int,
    quantity: int,
    token: uuid.UUID,
    delivery: _Delivery,
    at: datetime | None,
) -> Order:
    product = Product.objects.select_for_update().get(pk=product_pk)
    placed = Order.objects.filter(token=token, member=member).first()
    if placed is not None:
        return _same(placed, product_pk, quantity, delivery)
    pool = default_pool()
    if pool.closed:
        raise PoolIsClosed
    if not product.active:
        raise NotForSale
    if product.stock < quantity:
        raise OutOfStock(product.stock)
    total_fen = product.price_fen * quantity
    if total_fen > ORDER_FEN_MAX:
        raise OrderTooLarge
    created_at = at or clock.now()
    order = Order.objects.create(
        number=_new_number(created_at, token),
        pool=pool,
        member=member,
        token=token,
        total_fen=total_fen,
        split_cost_ppm=product.split_cost_ppm,
        split_distribution_ppm=product.split_distribution_ppm,
        split_platform_ppm=product.split_platform_ppm,
        recipient=delivery.recipient,
        phone=delivery.phone,
        address=delivery.address,
        region=delivery.region,
        created_at=created_at,
    )
    OrderLine.objects.create(
        order=order, product=product, quantity=quantity, unit_price_fen=product.price_fen
    )
    Product.objects.filter(pk=product.pk).update(
        stock=F("stock") - quantity, sold=F("sold") + quantity
    )
    return order


def give_back_stock(order: Order) -> None:
    """The goods of a locked order are for sale again; its products in the order of their ids."""
    for line in order.lines.order_by("product_id"):
        Product.objects.filter(pk=line.product_id).update(
            stock=F("stock") + line.quantity, sold=F("sold") - line.quantity
        )
