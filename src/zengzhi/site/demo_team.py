"""The demo's team: who invited whom, ranks, region agents, a plan approved by two people, and
orders whose bonuses are pending, available, taken back or nothing.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group

from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders.money import close_order, confirm_demo, pay_at_demo, start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.mall.plans import rules_and_splits
from zengzhi.mall.ranks import evaluate_ranks
from zengzhi.presets import plan_preset
from zengzhi.records.bonuses import plans
from zengzhi.records.bonuses.shareholders import SET_RANK
from zengzhi.records.members.changes import APPOINT_AGENT, agent_wanted, suspend
from zengzhi.records.members.models import Member, User
from zengzhi.records.members.tree import bind
from zengzhi.records.store import clock
from zengzhi.site.demo_two import asked, decided, refunded

PLACES = (
    ("330106", "文一西路 588 号", 60),
    ("330110", "五常大道 18 号", 20),
    ("330105", "莫干山路 8 号", 8),
    ("310115", "世纪大道 100 号", 6),
    ("441900", "鸿福路 200 号", 3),
    ("", "浙江省杭州市文二路 1 号", 3),
)
"""District, street, weight: an agent's district, the signed-in member's, a city without districts,
an address without a district."""
SPONSORS = {0: 35} | dict.fromkeys(range(1, 8), 0)
SPONSORS |= {place: 1 + place % 7 for place in range(8, 20)}
SPONSORS |= {place: 8 + place % 11 for place in range(23, 33)}
"""Member → sponsor, by their places in the demo's list of names; the first one signs in."""
AGENTS = {"330106": 20, "3301": 21, "33": 22, "330110": 0}
RANKS = (
    ("V1", "一级", "Level one", 'own_spend = "500.00"'),
    ("V2", "二级", "Level two", 'direct_members = 2\nteam_sales = "3000.00"'),
    ("V3", "三级", "Level three", 'team_size = 8\nlegs = { count = 2, rank = "V1" }'),
    ("V4", "四级", "Level four", 'team_size = 20\nlegs = { count = 3, rank = "V2" }'),
)
DAYS_BEFORE = 200


def place(rng: random.Random) -> tuple[str, str]:
    """A delivery district and a street."""
    code, street, _weight = rng.choices(PLACES, [row[2] for row in PLACES])[0]
    return code, street


def prepare(members: Sequence[Member], password: str, now: datetime) -> None:
    """The tree, the ranks' conditions, the agents and the plan, all before the first order."""
    start = now - timedelta(days=DAYS_BEFORE)
    operator = User.objects.get(username="operator")
    director = User.objects.create_user(
        "director", password=password, first_name="高明", is_staff=True
    )
    director.groups.add(*Group.objects.filter(name="owner"))
    for below, above in sorted(SPONSORS.items(), key=lambda pair: pair[1] not in SPONSORS):
        bind(members[below].pk, members[above].invite_code, start)
    for number, member in enumerate(members):
        Member.objects.filter(pk=member.pk).update(created_at=start + timedelta(days=number * 3))

    def both(act: str, subject: str, wanted: dict[str, Any]) -> None:
        row = asked(act, subject, wanted, operator, "开业前的设定", start)
        decided(row, director, start)

    for level, (code, zh, en, rule) in enumerate(RANKS, 1):
        names = {"code": code, "name_zh": zh, "name_en": en, "rule": rule, "weight": 1}
        both(SET_RANK, f"rank:{level}", names)
    for region, number in AGENTS.items():
        both(APPOINT_AGENT, f"region:{region}", agent_wanted(members[number], start))
    _plan(operator, director, start)


def _plan(operator: User, director: User, start: datetime) -> None:
    """The two-level plan through every step, at the moments of then."""
    with clock.at(start):
        plan = plans.draft("two-level", plan_preset("two-level"), operator)
        plans.validate(plan.pk, operator, *rules_and_splits())
    why = "两级直推与区域代理，发现已逐条看过"
    row = asked(plans.APPROVE_PLAN, f"plan:{plan.pk}", {}, operator, why, start)
    decided(row, director, start)
    with clock.at(start + timedelta(hours=1)):
        plans.activate(plan.pk, operator)


@contextmanager
def _window() -> Iterator[None]:
    """Orders that wait, as in a live mall; the demo otherwise settles at once."""
    days = settings.REFUND_WINDOW_DAYS
    settings.REFUND_WINDOW_DAYS = 7
    try:
        yield
    finally:
        settings.REFUND_WINDOW_DAYS = days


def finish(members: Sequence[Member], products: Sequence[Product], now: datetime) -> None:
    """The last days: pending orders, refunds before and after settlement, a suspension, a draft."""
    rng = random.Random(7)  # noqa: S311 (demo data)
    operator = User.objects.get(username="operator")
    people = operator, User.objects.get(username="director")
    for number, days in ((1, 4), (9, 3), (2, 2), (16, 1)):
        order = _order(rng, members[number], products[number % 4], now - timedelta(days=days))
        if number == 2:
            token = uuid.UUID(int=rng.getrandbits(128), version=4)
            refunded(order.pk, None, token, people, "发货前买家取消")
    settled = Order.objects.filter(
        member=members[3], payment=PaymentAxis.PAID, settled_at__isnull=False
    ).order_by("-paid_at")
    for order, parts in zip(settled[:2], (2, 1), strict=False):
        token = uuid.UUID(int=rng.getrandbits(128), version=4)
        amount_fen = order.total_fen // parts
        refunded(order.pk, amount_fen, token, people, "七天无理由退货")
    _late_payment(rng, members[20], products[1], now)
    evaluate_ranks()
    suspend(members[5], operator, "用自己的其他账号下单，核查中", now - timedelta(hours=30))
    _order(rng, members[12], products[0], now - timedelta(hours=5))
    text = plan_preset("two-level").replace('rates = ["5%"]', 'rates = ["6%"]')
    draft = plans.draft("two-level", text, operator)
    plans.validate(draft.pk, operator, *rules_and_splits())
    why = "浦东门店的区域代理"
    asked(APPOINT_AGENT, "region:310115", agent_wanted(members[23], now), operator, why, now)


def _late_payment(rng: random.Random, member: Member, product: Product, now: datetime) -> None:
    """An order that was closed before its payment came: the money waits in suspense."""
    token = uuid.UUID(int=rng.getrandbits(128), version=4)
    order = place_order(member, product, 1, token, at=now - timedelta(hours=3))
    start_payment(order)
    close_order(member, order.number)
    pay_at_demo(order, now - timedelta(hours=2))


def _order(rng: random.Random, member: Member, product: Product, at: datetime) -> Order:
    region, street = place(rng)
    order = place_order(
        member,
        product,
        1,
        uuid.UUID(int=rng.getrandbits(128), version=4),
        recipient=member.nickname,
        phone=f"13{rng.randrange(10**8, 10**9)}",
        address=street,
        at=at,
        region=region,
    )
    with _window():
        return confirm_demo(order, at)
