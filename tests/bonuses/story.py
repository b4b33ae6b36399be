"""People, plans and orders for the tests of bonuses; figures read back from the database."""

import itertools
import uuid
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from tests import approvals as two
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders import delivery
from zengzhi.mall.orders.money import mark_paid, settle_orders
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.plans import rules_and_splits
from zengzhi.records.bonuses import plans
from zengzhi.records.bonuses.derive import differences
from zengzhi.records.bonuses.models import (
    BonusLine,
    LineState,
    OrderBonus,
    Plan,
    PlanState,
    with_hold,
)
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, balance, record
from zengzhi.records.ledger.models import Leg
from zengzhi.records.members.models import Member, RegionAgent, User
from zengzhi.records.members.tree import bind
from zengzhi.records.store import clock

TWO_LEVEL = """
name = "two-level"
[direct]
rate = "10%"
[indirect]
rates = ["5%"]
[area]
mode = "difference"
district = "3%"
city = "5%"
province = "6%"
"""
RANKED = """
name = "ranked"
priority = ["direct", "rank_difference", "peer", "dividend"]
[direct]
rate = "5%"
[rank_difference]
V1 = "5%"
V2 = "8%"
V3 = "12%"
V4 = "15%"
[peer]
rate = "10%"
[dividend]
rate = "2%"
"""
XIHU = "330106"


def users() -> tuple[User, User]:
    """Maker and checker."""
    return tuple(
        User.objects.get_or_create(username=name, defaults={"is_staff": True})[0]
        for name in ("maker", "checker")
    )


def activate(text: str, at: datetime | None = None) -> Plan:
    """An approved plan, active for a year already."""
    maker, checker = users()
    now = timezone.now()
    return Plan.objects.create(
        name="test",
        text=text,
        state=PlanState.APPROVED,
        created_by=maker,
        approved_by=checker,
        approved_at=now,
        active_from=at or now - timedelta(days=365),
    )


def agreed(text: str) -> Plan:
    """A plan drafted, approved by two people and activated a year ago, step by step."""
    maker, *_others = map(two.person, ("maker", "checker", "asker", "approver"))
    with clock.at(clock.now() - timedelta(days=365)):
        plan = plans.draft("test", text, maker)
        plans.validate(plan.pk, maker, *rules_and_splits())
        two.approved(plans.APPROVE_PLAN, f"plan:{plan.pk}", {}, second=two.person("checker"))
        return plans.activate(plan.pk, maker)


def chain(*names: str) -> list[Member]:
    """Each was invited by the one before; the first is at the top."""
    members = [Member.objects.create(nickname=name) for name in names]
    for above, below in itertools.pairwise(members):
        bind(below.pk, above.invite_code, timezone.now() - timedelta(days=300))
    return members


def agent(region: str, member: Member) -> RegionAgent:
    return RegionAgent.objects.create(
        region=region,
        member=member,
        since=timezone.now() - timedelta(days=300),
    )


def pay(buyer: Member, product: Product, region: str = "", at: datetime | None = None) -> Order:
    order = place_order(buyer, product, 1, uuid.uuid4(), region=region)
    return mark_paid(order.pk, order.total_fen, 1, at or timezone.now())


def settle(order: Order, at: datetime | None = None) -> Order:
    """Shipped, received, settled."""
    at = at or timezone.now()
    delivery.ship(order.pk, at)
    delivery.confirm_receipt(order.member, order.number, at)
    settle_orders(order.pool, [Order.objects.get(pk=order.pk)], at)
    order.refresh_from_db()
    assert order.is_settled
    return order


def refund(order: Order, fen: int | None = None, token: uuid.UUID | None = None) -> Order:
    return refund_order(order.pk, fen, token or uuid.uuid4(), timezone.now()).order


def lines(order: Order) -> dict[tuple[str, str], int]:
    """(kind, nickname) → fen that is left."""
    return {
        (line.get_kind_display(), line.beneficiary.nickname): line.kept_fen
        for line in BonusLine.objects.filter(order__order=order.number).select_related(
            "beneficiary"
        )
    }


def amounts(order: Order) -> dict[str, int]:
    """nickname → fen that is left, all kinds together; nothing is left out."""
    found: dict[str, int] = {}
    for (_kind, name), fen in lines(order).items():
        if fen:
            found[name] = found.get(name, 0) + fen
    return found


def purse(member: Member) -> tuple[int, int, int]:
    """Pending, available, owed."""
    pending, available, debt = (
        balance(Account(kind, member.pk))
        for kind in (Kind.MEMBER_PENDING, Kind.MEMBER_AVAILABLE, Kind.MEMBER_DEBT)
    )
    return pending, available, -debt


def account(kind: Kind) -> int:
    """All of an account in fen, from the legs."""
    legs = Leg.objects.filter(kind=kind, unit=1)
    return legs.aggregate(total=Sum("amount"))["total"] or 0


def enter(fen: int, at: datetime, reference: str = "") -> None:
    """Money enters the dividend pool at a moment."""
    entry = Entry("test", reference or f"dividend-{uuid.uuid4().hex}", at)
    entry.money(Account(Kind.DIVIDEND_POOL), fen)
    entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), -fen)
    record(entry)


def check_books() -> None:
    """The journal sums to zero; no order pays more than its budget; nothing pending is lost."""
    assert (Leg.objects.filter(unit=1).aggregate(total=Sum("amount"))["total"] or 0) == 0
    for head in OrderBonus.objects.all():
        paid = head.lines.aggregate(total=Sum("amount_fen"))["total"] or 0
        assert paid == head.lines_fen
        assert paid + head.dividend_fen <= head.budget_fen
    pending = [line.kept_fen for line in all_lines() if line.state == LineState.PENDING]
    assert account(Kind.MEMBER_PENDING) == sum(pending)
    assert list(differences()) == []
    for kind in (Kind.ORDERS_PENDING, Kind.UNALLOCATED_DISTRIBUTION, Kind.DIVIDEND_POOL):
        assert account(kind) >= 0


def all_lines() -> list[BonusLine]:
    """Every line with its order and hold."""
    return list(with_hold(BonusLine.objects.select_related("order"), "order__order"))
