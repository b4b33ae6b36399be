"""Demo data: products, members, an operator, and half a year of orders and sales.

Everything goes the way real orders go: placed, paid at the demo gateway, settled by the core.
Only the moments are set back, so that the charts have something to show.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources

from django.contrib.auth.models import Group

from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.models import Category, Order, Product
from zengzhi.mall.orders.delivery import confirm_receipt, ship
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.holdings import open_lots
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.pools import open_pool
from zengzhi.records.store import clock
from zengzhi.site import demo_team, demo_wallet

PASSWORD = "zengzhi-demo"  # noqa: S105 (printed at start; the demo holds no real money)
DAYS = 180
ORDERS = 640

CATEGORIES = (
    ("grain-oil", "粮油", "Grain & oil", "grain"),
    ("tea", "茶饮", "Tea", "tea"),
    ("home", "家居", "Home", "home"),
    ("care", "个护", "Care", "care"),
)


@dataclass(frozen=True, slots=True)
class _Product:
    slug: str
    category: str
    names: tuple[str, str]
    subtitles: tuple[str, str]
    merchants: tuple[str, str]
    descriptions: tuple[str, str]
    price_fen: int
    stock: int
    weight: int


PRODUCTS = (
    _Product(
        "camellia-oil",
        "grain-oil",
        ("有机山茶油", "Organic camellia oil"),
        ("物理压榨 · 1 L", "Cold pressed · 1 L"),
        ("余记油坊", "Yu's Oil Mill"),
        (
            "2025 年冬果，物理压榨，酸价不高于 1.0。避光存放，开瓶后三个月内用完。",
            "Winter fruit of 2025, cold pressed, acid value at most 1.0. Keep it in the dark and "
            "use it within three months of opening.",
        ),
        19_800,
        860,
        14,
    ),
    _Product(
        "rice",
        "grain-oil",
        ("五常稻花香大米", "Wuchang Daohuaxiang rice"),
        ("2025 秋收 · 5 kg", "Harvest 2025 · 5 kg"),
        ("五常合作社", "Wuchang Cooperative"),
        (
            "2025 年秋收，当月新碾，真空包装。",
            "Autumn harvest of 2025, milled this month, vacuum packed.",
        ),
        8_900,
        1_240,
        22,
    ),
    _Product(
        "longjing",
        "tea",
        ("明前龙井", "Longjing green tea"),
        ("头采一芽一叶 · 200 g", "First picking · 200 g"),
        ("梅坞茶社", "Meiwu Tea House"),
        (
            "清明前头采，一芽一叶，手工炒制。",
            "First picking before Qingming, one bud and one leaf, fired by hand.",
        ),
        26_800,
        320,
        10,
    ),
    _Product(
        "celadon-bowl",
        "home",
        ("龙泉青瓷盖碗", "Longquan celadon bowl"),
        ("粉青釉 · 150 ml", "Powder-blue glaze · 150 ml"),
        ("龙泉青窑", "Longquan Kiln"),
        (
            "粉青釉，手工拉坯，每只釉色略有不同。",
            "Powder-blue glaze, thrown by hand; each glaze differs a little.",
        ),
        29_900,
        180,
        8,
    ),
    _Product(
        "honey",
        "grain-oil",
        ("洋槐蜂蜜", "Acacia honey"),
        ("单一花源 · 500 g", "Single source · 500 g"),
        ("秦岭蜂农", "Qinling Beekeepers"),
        (
            "单一花源，成熟蜜，不加热浓缩。",
            "From a single blossom, ripened in the hive, never heat-thickened.",
        ),
        6_900,
        940,
        18,
    ),
    _Product(
        "towels",
        "home",
        ("长绒棉浴巾", "Long-staple cotton towels"),
        ("新疆长绒棉 · 3 条", "Xinjiang cotton · set of 3"),
        ("素织", "Suzhi Weavers"),
        (
            "新疆长绒棉，三条装，首次使用前请过水。",
            "Xinjiang long-staple cotton, a set of three. Rinse before first use.",
        ),
        12_800,
        480,
        12,
    ),
    _Product(
        "flask",
        "home",
        ("316 不锈钢保温杯", "316 steel flask"),
        ("500 ml · 雾蓝", "500 ml · mist blue"),
        ("恒温器物", "Hengwen Ware"),
        ("316 不锈钢内胆，六小时保温。", "Inner wall of 316 steel, keeps warm for six hours."),
        15_800,
        410,
        9,
    ),
    _Product(
        "detergent",
        "care",
        ("无香洗衣液", "Unscented detergent"),
        ("敏感肌可用 · 3 kg", "For sensitive skin · 3 kg"),
        ("净白日化", "Jingbai Care"),
        ("不含香精与荧光剂。", "No perfume, no optical brightener."),
        9_900,
        700,
        12,
    ),
)

NAMES = (
    "林晓",
    "周敏",
    "吴强",
    "陈静",
    "王磊",
    "李娜",
    "赵阳",
    "黄芳",
    "徐杰",
    "孙丽",
    "胡军",
    "朱琳",
    "高明",
    "何洁",
    "郭涛",
    "马超",
    "罗兰",
    "梁宇",
    "宋佳",
    "郑凯",
    "谢婷",
    "韩冰",
    "唐悦",
    "冯远",
    "于淼",
    "董晨",
    "萧然",
    "程诺",
    "曹越",
    "袁野",
    "邓可",
    "许诺",
    "傅青",
    "沈岚",
    "曾一",
    "彭湃",
)
"""The first is the demo member who signs in; 沈岚 is also the operator's name."""


def preset(name: str) -> str:
    """The text of a rules preset that ships with the package."""
    return resources.files("zengzhi.presets").joinpath(f"{name}.toml").read_text("utf-8")


def create_pool(rules_text: str | None = None) -> Pool:
    """The mall's pool, empty, under the seed's rules."""
    return open_pool("main", rules_text or preset("seed"))


def create_catalogue() -> list[Product]:
    """The demo's shelves and goods."""
    shelves = {
        slug: Category.objects.create(
            slug=slug, name_zh=zh, name_en=en, icon=icon, position=position
        )
        for position, (slug, zh, en, icon) in enumerate(CATEGORIES)
    }
    return [
        Product.objects.create(
            slug=item.slug,
            category=shelves[item.category],
            name_zh=item.names[0],
            name_en=item.names[1],
            subtitle_zh=item.subtitles[0],
            subtitle_en=item.subtitles[1],
            merchant_zh=item.merchants[0],
            merchant_en=item.merchants[1],
            description_zh=item.descriptions[0],
            description_en=item.descriptions[1],
            picture=item.slug,
            price_fen=item.price_fen,
            stock=item.stock + ORDERS,
            position=position,
        )
        for position, item in enumerate(PRODUCTS)
    ]


def create_people() -> list[Member]:
    """The demo accounts and the other members."""
    lin = User.objects.create_user("linxiao", password=PASSWORD, first_name="林晓")
    operator = User.objects.create_superuser("operator", password=PASSWORD, first_name="沈岚")
    auditor = User.objects.create_user(
        "auditor", password=PASSWORD, first_name="傅青", is_staff=True
    )
    auditor.groups.add(*Group.objects.filter(name="auditor"))
    del operator
    return [
        Member.objects.create(nickname=name, user=lin if position == 0 else None)
        for position, name in enumerate(NAMES)
    ]


def _moments(rng: random.Random, now: datetime) -> list[datetime]:
    """Moments over the last half year, a little denser towards today, in order."""
    span = timedelta(days=DAYS).total_seconds()
    ages = sorted((span * (1 - rng.random() ** 0.8) for _i in range(ORDERS)), reverse=True)
    return [now - timedelta(seconds=60 + age) for age in ages]


def _trade(
    rng: random.Random, member: Member, product: Product, at: datetime, place: tuple[str, str]
) -> None:
    """One order to a district and street."""
    quantity = rng.choices((1, 2, 3), (80, 16, 4))[0]
    order = place_order(
        member,
        product,
        quantity,
        uuid.UUID(int=rng.getrandbits(128), version=4),
        recipient=member.nickname,
        phone=f"13{rng.randrange(10**8, 10**9)}",
        address=place[1],
        at=at,
        region=place[0],
    )
    confirm_demo(order, at)
    _deliver(order, at)


def _deliver(order: Order, at: datetime) -> None:
    """Shipped a day after it was placed, received three days later, as far as that is past."""
    shipped, received = at + timedelta(days=1), at + timedelta(days=4)
    if shipped < clock.now():
        ship(order.pk, shipped, "顺丰", f"SF{order.number[-10:]}")
    if received < clock.now():
        confirm_receipt(order.member, order.number, received)


def _sale(rng: random.Random, member: Member, at: datetime, pool: Pool) -> None:
    held_units = sum(lot.remaining_units for lot in open_lots(pool, member))
    if not held_units:
        return
    units = None if rng.random() < 0.2 else max(1, held_units * rng.randrange(10, 60) // 100)
    token = uuid.UUID(int=rng.getrandbits(128), version=4)
    try:
        sell_points(pool, member, units, token, at=at)
    except ZengzhiError:
        return  # The member held less than was asked: nothing changed.


def build(seed: int = 20_260_618, progress: Callable[[int, int], None] | None = None) -> Pool:
    """All of the demo's data, the same for the same seed but for today's date."""
    rng = random.Random(seed)  # noqa: S311 (demo data)
    pool = create_pool()
    products = create_catalogue()
    members = create_people()
    now = clock.now()
    finance = demo_wallet.create_finance(PASSWORD)
    demo_team.prepare(members, PASSWORD, now)
    places = random.Random(seed)  # noqa: S311 (demo data)
    weights = [item.weight for item in PRODUCTS]
    for number, at in enumerate(_moments(rng, now), 1):
        # The signed-in member comes early and often enough to hold lots in every state.
        member = members[0] if number in {3, 40, 210, 630} else rng.choice(members[1:])
        _trade(rng, member, rng.choices(products, weights)[0], at, demo_team.place(places))
        if number % 11 == 0:
            _sale(rng, rng.choice(members[1:]), at + timedelta(seconds=20), pool)
        if number == 320:
            units = open_lots(pool, members[0])[1].remaining_units // 4
            token = uuid.UUID(int=rng.getrandbits(128), version=4)
            sell_points(pool, members[0], units, token, at=at + timedelta(seconds=30))
        if progress is not None:
            progress(number, ORDERS)
    demo_team.finish(members, products, now)
    operator = User.objects.get(username="operator")
    demo_wallet.build(members, operator, finance, now)
    pool.refresh_from_db()
    return pool
