"""Ranks: the highest rank whose conditions are met, from the whole team, with its history."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.bonuses.story import chain, pay, refund, settle
from zengzhi.records.bonuses import promotion
from zengzhi.records.members.changes import rank_of, set_rank
from zengzhi.records.members.models import Member, MemberRank, Rank

RULES = {
    "V1": 'own_spend = "1000.00"',
    "V2": 'team_size = 2\nteam_sales = "1000.00"',
    "V3": 'match = "any"\ndirect_members = 3\nlegs = { count = 2, rank = "V1" }',
}


@pytest.fixture(autouse=True)
def ranks(db):
    for level, (code, rule) in enumerate(RULES.items(), 1):
        Rank.objects.create(level=level, code=code, name_zh=code, name_en=code, rule=rule)
    Rank.objects.create(level=9, code="V9", name_zh="V9", name_en="V9")


def levels(*members: Member) -> list[int]:
    return [rank_of(member) for member in members]


def test_team_facts_are_exact(pool, product):
    top, middle, low = chain("top", "middle", "low")
    side = Member.objects.create(nickname="side")
    settle(pay(low, product))
    settle(pay(low, product))
    refund(settle(pay(middle, product)), 40_000)
    network = promotion.read_network()
    place = {int(key): number for number, key in enumerate(network.keys)}
    rows = {
        member.nickname: tuple(
            int(column[place[member.pk]])
            for column in (
                network.spend_fen,
                network.direct,
                network.team_size,
                network.team_sales_fen,
            )
        )
        for member in (top, middle, low, side)
    }
    assert rows == {
        "top": (0, 1, 2, 260_000),
        "middle": (60_000, 1, 1, 200_000),
        "low": (200_000, 0, 0, 0),
        "side": (0, 0, 0, 0),
    }


def test_promotion_to_the_highest_rank_met_and_again_changes_nothing(pool, product):
    top, middle, low = chain("top", "middle", "low")
    settle(pay(low, product))
    changed = promotion.evaluate()
    assert {(change.member, change.after) for change in changed} == {(low.pk, 1), (top.pk, 2)}
    assert levels(top, middle, low) == [2, 0, 1]
    assert promotion.evaluate() == []
    assert MemberRank.objects.count() == 2


def test_legs_count_ranks_given_in_the_same_evaluation(pool, product):
    top, left, far_left = chain("top", "left", "far left")
    right = Member.objects.create(nickname="right")
    from zengzhi.records.members.tree import bind

    bind(right.pk, top.invite_code)
    settle(pay(far_left, product))
    promotion.evaluate()
    assert levels(top, left, right) == [2, 0, 0]
    settle(pay(right, product))
    promotion.evaluate()
    assert levels(top, left, right) == [3, 0, 1]


def test_demotion_only_after_the_days_set(pool, product, settings):
    buyer = chain("top", "buyer")[1]
    order = settle(pay(buyer, product))
    start = timezone.now()
    promotion.evaluate(at=start)
    assert levels(buyer) == [1]
    refund(order)
    promotion.evaluate(at=start + timedelta(days=1))
    promotion.evaluate(at=start + timedelta(days=400))
    assert rank_of(buyer, start + timedelta(days=401)) == 1
    settings.RANK_DEMOTE_AFTER_DAYS = 30
    settle(pay(buyer, product))
    promotion.evaluate(at=start + timedelta(days=410))
    assert MemberRank.objects.get(until=None).unmet_since is None
    refund(buyer.orders.first())
    for days, level in ((420, 1), (449, 1), (450, 0)):
        promotion.evaluate(at=start + timedelta(days=days))
        assert rank_of(buyer, start + timedelta(days=days, seconds=1)) == level
    assert rank_of(buyer, start + timedelta(days=430)) == 1


def test_a_rank_given_by_staff_stays(pool, product, settings):
    settings.RANK_DEMOTE_AFTER_DAYS = 0
    buyer = chain("top", "buyer")[1]
    set_rank(buyer, 9, "founder", timezone.now() - timedelta(days=3))
    settle(pay(buyer, product))
    promotion.evaluate()
    promotion.evaluate()
    assert levels(buyer) == [9]


def test_a_named_product_counts(pool, product):
    Rank.objects.filter(code="V1").update(rule='product = "gift-box"')
    buyer, other = chain("buyer", "other")
    for member in (buyer, other):
        settle(pay(member, product))
    promotion.evaluate({buyer.pk: frozenset({"gift-box"})})
    assert levels(other) == [0]
    assert MemberRank.objects.get(member=buyer, level=1)
