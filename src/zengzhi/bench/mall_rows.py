"""A mall to measure on: members in a tree, agents, a plan approved by two, goods, orders.

Everything is written as the mall's own rows, in bulk, with the control records that seal them.
"""

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from zengzhi.records.store import clock

CHUNK = 10_000
PLAN_DAYS = 300
"""Since when the plan holds; orders paid before are paid without bonuses."""
LINES_AT_MOST = 5


def open_mall(members: int, goods: int, rng: random.Random) -> Any:
    """Its pool, members, agents, plan and goods; answers the pool."""
    from django.db import connection

    from zengzhi.bench.bonuses import activate_plan, appoint_agents, grow_tree
    from zengzhi.presets import plan_preset
    from zengzhi.records.control.sealing import note_rows
    from zengzhi.records.members.models import Member, Sponsorship
    from zengzhi.site.demo import create_pool

    pool = create_pool()
    grow_tree(members, rng, chain=0)
    for model in (Member, Sponsorship):
        note_rows(model, list(model.objects.order_by("pk").values_list("pk", flat=True)))
    activate_plan(plan_preset("two-level"))
    appoint_agents(members)
    stock_goods(goods, rng)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return pool


def stock_goods(count: int, rng: random.Random) -> None:
    """Goods on one shelf for every hundred, with more in stock than is ever ordered."""
    from zengzhi.mall.models import Category, Product

    shelves = [
        Category.objects.create(
            slug=f"shelf-{number}", name_zh=f"货架 {number}", name_en=f"Shelf {number}", icon="tea"
        )
        for number in range(1 + count // 100)
    ]
    products = [
        Product(
            slug=f"goods-{number}",
            category=shelves[number % len(shelves)],
            name_zh=f"商品 {number}",
            name_en=f"Goods {number}",
            subtitle_zh="测试商品",
            subtitle_en="Goods of a test mall",
            merchant_zh="自营",
            merchant_en="The mall",
            picture="longjing",
            price_fen=rng.randrange(990, 99_900),
            stock=10**8,
            featured=number < 8,
            position=number,
        )
        for number in range(count)
    ]
    for start in range(0, count, CHUNK):
        Product.objects.bulk_create(products[start : start + CHUNK], batch_size=1_000)


def place_orders(
    pool: Any,
    count: int,
    at: datetime,
    rng: random.Random,
    closed: bool = False,
    lines: int = 0,
) -> list[Any]:
    """Orders of random members to random districts, each of up to five kinds of goods, or of so
    many ``lines``. They await payment, which was begun at the demo gateway; ``closed``: nobody
    began to pay them, and they are closed already."""
    from zengzhi.core.regions import names
    from zengzhi.mall.models import Order, OrderLine, Product
    from zengzhi.mall.orders.states import PaymentAxis
    from zengzhi.payments.demo_gateway import PROVIDER
    from zengzhi.payments.models import Payment
    from zengzhi.records.members.models import Member

    districts = [code for code in names() if len(code) == 6]
    goods = list(Product.objects.order_by("pk").values_list("pk", "price_fen"))
    members = Member.objects.count()
    state = {"payment": PaymentAxis.CLOSED} if closed else {}
    made: list[Any] = []
    sold: Counter[int] = Counter()
    day = f"{clock.local(at):%Y%m%d}"
    for start in range(0, count, CHUNK):
        orders, chosen = [], []
        for _order in range(min(CHUNK, count - start)):
            token = uuid.UUID(int=rng.getrandbits(128), version=4)
            kinds = lines or rng.randrange(1, 1 + LINES_AT_MOST)
            bought = [(*rng.choice(goods), rng.randrange(1, 4)) for _line in range(kinds)]
            chosen.append(bought)
            orders.append(
                Order(
                    number=f"{day}{token.hex[:10].upper()}",
                    pool=pool,
                    member_id=1 + rng.randrange(members),
                    token=token,
                    total_fen=sum(price * quantity for _pk, price, quantity in bought),
                    recipient="买家",
                    phone="13800000000",
                    address="文一西路 588 号",
                    region=rng.choice(districts),
                    created_at=at,
                    **state,
                )
            )
        Order.objects.bulk_create(orders, batch_size=2_000)
        rows = [
            OrderLine(order=order, product_id=pk, quantity=quantity, unit_price_fen=price)
            for order, bought in zip(orders, chosen, strict=True)
            for pk, price, quantity in bought
        ]
        OrderLine.objects.bulk_create(rows, batch_size=4_000)
        if not closed:
            payments = [
                Payment(
                    reference=f"D{order.number}",
                    subject=order.number,
                    provider=PROVIDER,
                    amount_fen=order.total_fen,
                    created_at=at,
                )
                for order in orders
            ]
            Payment.objects.bulk_create(payments, batch_size=4_000)
            sold.update(_quantities(rows))
        made += orders
    _sell(sold)
    return made


def _quantities(rows: Sequence[Any]) -> Counter[int]:
    found: Counter[int] = Counter()
    for row in rows:
        found[row.product_id] += row.quantity
    return found


def _sell(sold: Counter[int]) -> None:
    """The goods of placed orders are out of the stock."""
    from zengzhi.mall.models import Product

    products = list(Product.objects.filter(pk__in=list(sold)).order_by("pk"))
    for product in products:
        product.stock -= sold[product.pk]
        product.sold += sold[product.pk]
    Product.objects.bulk_update(products, ["stock", "sold"], batch_size=200)


def callbacks_of(orders: Sequence[Any], at: datetime) -> list[tuple[bytes, str]]:
    """What the demo gateway sends when these orders are paid."""
    from zengzhi.payments.demo_gateway import callback_for

    return [
        callback_for(f"D{order.number}", order.number, order.total_fen, f"T{order.number}", at)
        for order in orders
    ]


def pay_together(orders: Sequence[Any], at: datetime) -> int:
    """The gateway's callbacks of these orders come and are handled; how many got through."""
    return take(callbacks_of(orders, at), at)


def take(callbacks: Sequence[tuple[bytes, str]], at: datetime) -> int:
    """Callbacks come and are handled together; how many got through."""
    from zengzhi.payments.demo_gateway import DemoGateway
    from zengzhi.payments.together import handle_waiting, store_together

    store_together(DemoGateway(), callbacks, at)
    return handle_waiting(len(callbacks))


def deliver_together(orders: Sequence[Any], at: datetime) -> None:
    """These orders are shipped, and count as received when the carrier's time is over; ``at`` is
    that of the receipt."""
    from django.conf import settings

    from zengzhi.mall.orders.delivery import receive_overdue, ship_together

    ship_together([order.pk for order in orders], at - timedelta(days=settings.AUTO_RECEIPT_DAYS))
    receive_overdue(at)
