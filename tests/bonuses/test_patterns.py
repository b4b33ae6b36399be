"""Orders by pattern get, line by line, what the core gives them one by one."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.economy.rules import Split
from zengzhi.records.bonuses.plan_at import Version
from zengzhi.records.bonuses.quote import Paid, _by_pattern, _calculated
from zengzhi.records.bonuses.standings import NOBODY
from zengzhi.records.bonuses.team_sales import MonthSales

AT = timezone.now() - timedelta(days=1)
KINDS = ["direct", "indirect", "area", "dividend"]


class Known:
    """Standings from plain data."""

    def __init__(self, sponsors, agents):
        self.sponsors, self.served = sponsors, agents

    def upline(self, member, at):
        while member in self.sponsors:
            member = self.sponsors[member]
            yield member, ""

    def agents(self, region, at):
        return self.served

    def suspended(self, at):
        return NOBODY

    def team_sales(self, order, plan):
        return MonthSales(order, plan, [order], self.upline)


def random_plan(rng):
    plan = {"base": rng.choice(["paid", "budget", "profit"])}
    rate = lambda: f"{rng.choice([0, 1, 3, 8, 20])}.{rng.randrange(10_000):04d}%"  # noqa: E731
    if rng.random() < 0.7:
        plan["direct"] = {"rate": rate()}
    if rng.random() < 0.6:
        plan["indirect"] = {"rates": [rate() for _i in range(rng.randrange(4))]}
    if rng.random() < 0.7:
        levels = rng.sample(["district", "city", "province"], rng.randrange(4))
        plan["area"] = {level: rate() for level in levels}
        plan["area"]["mode"] = rng.choice(["difference", "independent"])
    if rng.random() < 0.5:
        plan["dividend"] = {"rate": rate()}
    on = [kind for kind in KINDS if kind in plan]
    plan["priority"] = rng.sample(on, len(on))
    return plan_from_mapping(plan)


@pytest.mark.parametrize("seed", range(300))
def test_a_pattern_gives_what_the_core_gives(seed):
    rng = random.Random(seed)
    version = Version(1, random_plan(rng))
    assert version.by_pattern
    for _order in range(12):
        people = list(range(1, 8))
        rng.shuffle(people)
        chain = people[: rng.randrange(1, 6)]
        sponsors = dict(pairwise(chain))
        agents = AreaAgents(*(rng.choice([None, *range(1, 10)]) for _level in range(3)))
        split = Split(rng.randrange(400_000), rng.randrange(600_000), 0)
        amount = rng.choice([1, 7, 99, rng.randrange(1, 500_000)])
        paid = Paid("o", 1, chain[0], amount, split, "330106", AT)
        standings = Known(sponsors, agents)
        quote = _by_pattern(paid, version, standings)
        assert quote is None or quote == _calculated(paid, version, standings)


def test_usual_orders_are_found_by_their_pattern():
    plan = plan_from_mapping(
        {"direct": {"rate": "10%"}, "indirect": {"rates": ["5%"]}, "area": {"district": "3%"}}
    )
    version = Version(1, plan)
    standings = Known({1: 2, 2: 3, 3: 4}, AreaAgents(9, None, None))
    paid = Paid("o", 1, 1, 100_000, Split(), "330106", AT)
    quote = _by_pattern(paid, version, standings)
    assert [(line.member, line.amount_fen) for line in quote.lines] == [
        (2, 10_000),
        (3, 5_000),
        (9, 3_000),
    ]
    assert quote == _calculated(paid, version, standings)


def test_a_plan_that_asks_for_ranks_goes_to_the_core():
    ranked = plan_from_mapping({"rank_difference": {"V1": "5%"}})
    compressed = plan_from_mapping({"indirect": {"rates": ["5%"], "compression": True}})
    assert not Version(1, ranked).by_pattern
    assert not Version(1, compressed).by_pattern
