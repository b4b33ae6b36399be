"""One case for each registered act of two people: what is asked for, and how its result is written
without asking. By hand; an act without a case, and a case without an act, fail."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.bonuses.story import RANKED, activate, enter
from tests.wallet.conftest import bank_card, give
from zengzhi.mall.after_sales.service import REFUND, refund_order
from zengzhi.mall.models import AfterSale, AfterSaleState, Product
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.plans import rules_and_splits
from zengzhi.mall.prices import NAMES, PRICE, SET_PRICE, values_of_goods
from zengzhi.records.bonuses import dividends, plans
from zengzhi.records.bonuses.dividends import PAY_DIVIDEND
from zengzhi.records.bonuses.models import DividendRun, Plan, PlanState, Shareholding
from zengzhi.records.bonuses.period import bounds
from zengzhi.records.bonuses.plans import APPROVE_PLAN
from zengzhi.records.bonuses.shareholders import HOLD_SHARES, SET_RANK, set_shares
from zengzhi.records.members.changes import (
    APPOINT_AGENT,
    BY_HAND,
    GIVE_RANK,
    agent_wanted,
    set_rank,
)
from zengzhi.records.members.models import Member, Rank, RegionAgent, User
from zengzhi.records.members.rights import GIVE_ROLES
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import State, Withdrawal, WithdrawalTerms
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.payout_act import PAY_OUT
from zengzhi.records.wallet.terms_store import SET_TERMS
from zengzhi.records.wallet.withdraw import request_withdrawal

Asked = tuple[str, dict[str, Any]]
PERIOD = "2026-01"


@dataclass
class World:
    """Who and what there is; the colleague's name is put under what one person writes."""

    member: Member
    product: Product
    one: User
    colleague: User
    earlier: datetime


@dataclass(frozen=True)
class Case:
    """``asked``: subject and what is wanted; ``by_hand``: its result, written by one person in the
    colleague's name, at an older date where the row says one."""

    asked: Callable[[World], Asked]
    by_hand: Callable[[World], object]


def _newcomer() -> User:
    return User.objects.get_or_create(username="newcomer", defaults={"is_staff": True})[0]


def _rank(_world: World) -> None:
    Rank.objects.create(level=4, code="V4", name_zh="四", name_en="four", rule="")


def _given_rank(world: World) -> Asked:
    _rank(world)
    return f"member:{world.member.pk}", {"level": 4}


def _run(world: World) -> Asked:
    activate(RANKED, bounds(PERIOD).start)
    set_shares(world.member.pk, 1, bounds(PERIOD).start)
    enter(1_000, bounds(PERIOD).start)
    dividends.freeze(PERIOD, world.one)
    return f"dividend:{PERIOD}", {}


def _plan(world: World) -> Asked:
    from tests.bonuses.story import TWO_LEVEL

    plan = plans.draft("test", TWO_LEVEL, world.one)
    plans.validate(plan.pk, world.one, *rules_and_splits())
    return f"plan:{plan.pk}", {}


def _withdrawal(world: World) -> Asked:
    give(world.member, 9_000_00)
    bank_card(world.member)
    card = payees_of(world.member)[0].pk
    row = request_withdrawal(world.member, 3_000_00, card, uuid.uuid4())
    return f"withdrawal:{row.pk}", {}


def _refund(world: World) -> Asked:
    order = confirm_demo(place_order(world.member, world.product, 2, uuid.uuid4()))
    row = refund_order(order.pk, None, uuid.uuid4(), clock.now())
    return f"after_sale:{row.number}", {}


def _price(world: World) -> Asked:
    wanted = {**values_of_goods(world.product), PRICE: 1}
    return f"product:{world.product.pk}", {name: wanted[name] for name in NAMES}


CASES: dict[str, Case] = {
    SET_TERMS: Case(
        lambda w: ("terms", {"cooling_hours": 0}),
        lambda w: WithdrawalTerms.objects.create(
            cooling_hours=0, created_by=w.colleague, created_at=w.earlier
        ),
    ),
    GIVE_ROLES: Case(
        lambda w: (f"user:{_newcomer().pk}", {"roles": ["owner"]}),
        lambda w: User.objects.filter(pk=_newcomer().pk).update(is_superuser=True),
    ),
    GIVE_RANK: Case(
        _given_rank,
        lambda w: set_rank(w.member, 4, f"{BY_HAND}{w.colleague}", w.earlier),
    ),
    SET_RANK: Case(
        lambda w: (
            "rank:4",
            {"code": "V4", "name_zh": "四", "name_en": "four", "rule": "", "weight": 9},
        ),
        _rank,
    ),
    APPOINT_AGENT: Case(
        lambda w: ("region:440305", agent_wanted(w.member, clock.now())),
        lambda w: RegionAgent.objects.create(region="440305", member=w.member, since=w.earlier),
    ),
    HOLD_SHARES: Case(
        lambda w: (f"member:{w.member.pk}", {"shares": 1_000}),
        lambda w: Shareholding.objects.create(member=w.member, shares=1_000, since=w.earlier),
    ),
    PAY_DIVIDEND: Case(
        _run,
        lambda w: DividendRun.objects.update(
            stage=DividendRun.Stage.PAID, paid_by=w.colleague, paid_at=w.earlier, paid_fen=1_000
        ),
    ),
    APPROVE_PLAN: Case(
        _plan,
        lambda w: Plan.objects.filter(state=PlanState.VALIDATED).update(
            state=PlanState.APPROVED, approved_by=w.colleague, approved_at=w.earlier
        ),
    ),
    PAY_OUT: Case(
        _withdrawal,
        lambda w: Withdrawal.objects.update(state=State.APPROVED, approved_by=w.colleague),
    ),
    REFUND: Case(
        _refund,
        lambda w: AfterSale.objects.update(
            state=AfterSaleState.DONE, decided_by=w.colleague, done_at=w.earlier
        ),
    ),
    SET_PRICE: Case(_price, lambda w: Product.objects.update(price_fen=1)),
}
