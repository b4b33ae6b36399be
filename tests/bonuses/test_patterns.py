"""Orders by pattern get, line by line, what the core gives them one by one."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.economy.rules import Split
from zengzhi.records.bonuses import patterns
from zengzhi.records.bonuses.plan_at import Version
from zengzhi.records.bonuses.quote import Paid, _by_pattern, _calculated
from zengzhi.records.members.standing import NOBODY

AT = timezone.now() - timedelta(days=1)
KINDS = ["direct", "indirect", "area", "rank_difference", "peer", "dividend"]
RANKS = ["V1", "V2", "V3"]


class Known:
    """Standings from plain data; ``read`` counts how far anybody was looked up."""

    def __init__(self, sponsors, agents=(None, None, None), ranks=(), suspended=()):
        self.sponsors, self.served = sponsors, agents
        self.ranks, self.out = dict(ranks), frozenset(suspended) or NOBODY
        self.read = 0

    def upline(self, member, at):
        while member in self.sponsors:
            member = self.sponsors[member]
            self.read += 1
            yield member, self.ranks.get(member, "")

    def agents(self, region, at):
        return self.served

    def suspended(self, at):
        return self.out


def random_plan(rng, *, ranked):
    plan = {"base": rng.choice(["paid", "budget", "profit"])}
    rate = lambda: f"{rng.choice([0, 1, 3, 8, 20])}.{rng.randrange(10_000):04d}%"  # noqa: E731
    if rng.random() < 0.7:
        plan["direct"] = {"rate": rate()}
    if rng.random() < 0.6:
        plan["indirect"] = {"rates": [rate() for _i in range(rng.randrange(4))]}
        if ranked:
            plan["indirect"]["compression"] = rng.random() < 0.5
    if rng.random() < 0.7:
        levels = rng.sample(["district", "city", "province"], rng.randrange(4))
        plan["area"] = {level: rate() for level in levels}
        plan["area"]["mode"] = rng.choice(["difference", "independent"])
    if ranked and rng.random() < 0.8:
        rates = sorted(rng.sample(range(1, 200_000), len(RANKS)))
        plan["rank_difference"] = {
            name: f"{ppm / 10_000:.4f}%" for name, ppm in zip(RANKS, rates, strict=True)
        }
        if rng.random() < 0.7:
            plan["peer"] = {"rate": rate(), "per_rank": rng.randrange(1, 4)}
            plan["peer"]["jump"] = rng.random() < 0.6
    if rng.random() < 0.5:
        plan["dividend"] = {"rate": rate()}
    on = [kind for kind in KINDS if kind in plan]
    plan["priority"] = rng.sample(on, len(on))
    return plan_from_mapping(plan)


def random_order(rng, splits):
    people = list(range(1, 12))
    rng.shuffle(people)
    chain = people[: rng.randrange(1, 10)]
    agents = AreaAgents(*(rng.choice([None, *range(1, 14)]) for _level in range(3)))
    ranks = {member: rng.choice(["", *RANKS, "unknown"]) for member in people}
    suspended = rng.sample(range(1, 14), rng.choice([0, 0, 1, 4]))
    amount = rng.choice([1, 7, 99, rng.randrange(1, 500_000), rng.randrange(1, 10**9)])
    paid = Paid("o", 1, chain[0], amount, rng.choice(splits), "330106", AT)
    return paid, Known(dict(pairwise(chain)), agents, ranks, suspended)


def test_most_orders_that_cut_nothing_are_found_by_their_pattern():
    found = total = 0
    for seed in range(60):
        rng = random.Random(seed)
        version = Version(1, random_plan(rng, ranked=seed % 2 == 0))
        for _order in range(20):
            paid, standings = random_order(rng, [Split(0, 600_000, 100_000)])
            if paid.paid_fen > 10_000:
                total += 1
                found += _by_pattern(paid, version, standings) is not None
    assert 2 * found > total


@pytest.mark.parametrize("ranked", [False, True])
@pytest.mark.parametrize("seed", range(150))
def test_a_pattern_gives_what_the_core_gives(seed, ranked):
    rng = random.Random(seed)
    version = Version(1, random_plan(rng, ranked=ranked))
    assert version.by_pattern
    splits = [
        Split(rng.randrange(400_000), rng.randrange(600_000), rng.randrange(100_000))
        for _split in range(2)
    ]
    orders = [random_order(rng, splits) for _order in range(15)]
    wanted = [_calculated(paid, version, standings, [paid]) for paid, standings in orders]
    far = [standings.read for _paid, standings in orders]
    for _again in range(2):
        for (paid, standings), quote, read in zip(orders, wanted, far, strict=True):
            standings.read = 0
            assert _by_pattern(paid, version, standings) in (None, quote)
            assert standings.read == read


def test_the_second_order_of_a_pattern_does_not_ask_the_core(monkeypatch):
    plan = plan_from_mapping(
        {
            "direct": {"rate": "1%"},
            "area": {"district": "3%"},
            "rank_difference": {"V1": "5%", "V2": "8%"},
            "peer": {"rate": "10%"},
        }
    )
    version = Version(1, plan)
    first = Known({1: 2, 2: 3, 3: 4}, (9, None, None), {2: "V1", 3: "V1", 4: "V2"}, [9])
    other = Known({5: 6, 6: 7, 7: 8}, (5, None, None), {6: "V1", 7: "V1", 8: "V2"})
    alike = Known({15: 6, 6: 7, 7: 8}, (3, None, None), {6: "V1", 7: "V1", 8: "V2"}, [3])
    for member, standings in ((1, first), (5, other)):
        paid = Paid("o", 1, member, 100_000, Split(), "330106", AT)
        assert _by_pattern(paid, version, standings) == _calculated(paid, version, standings, [])
    paid = Paid("o", 1, 15, 200_001, Split(), "330106", AT)
    wanted = _calculated(paid, version, alike, [])
    monkeypatch.setattr(patterns, "due_lines", None)
    quote = _by_pattern(paid, version, alike)
    assert quote == wanted
    assert [(line.member, line.amount_fen, line.reason) for line in quote.lines] == [
        (6, 2_000, ""),
        (6, 10_000, ""),
        (8, 6_000, ""),
        (7, 1_000, ""),
        (3, 0, "suspended"),
    ]
    assert quote.upline == "6:V1 7:V1 8:V2"


@pytest.mark.parametrize(("paid_fen", "rate"), [(99, "1%"), (100_000, "31%")])
def test_what_is_nothing_or_cut_goes_to_the_core(paid_fen, rate):
    version = Version(1, plan_from_mapping({"direct": {"rate": rate}}))
    paid = Paid("o", 1, 1, paid_fen, Split(), "", AT)
    assert _by_pattern(paid, version, Known({1: 2})) is None


def test_no_more_patterns_are_remembered_than_allowed(monkeypatch):
    monkeypatch.setattr(patterns, "PATTERNS_MAX", 40)
    version = Version(1, plan_from_mapping({"rank_difference": {"V1": "5%"}}))
    for depth in (*range(2, 30), patterns.DEEP + 9):
        sponsors = {member: member + 1 for member in range(1, depth)}
        standings = Known(sponsors, ranks={depth: "V1"})
        paid = Paid("o", 1, 1, 100_000, Split(), "", AT)
        assert _by_pattern(paid, version, standings) == _calculated(paid, version, standings, [])
        assert version.patterns._count <= 40
    assert version.patterns.known


def test_a_plan_with_a_target_goes_to_the_core():
    ranked = {"rank_difference": {"V1": "5%"}, "peer": {"rate": "10%", "target": "1.00"}}
    assert not Version(1, plan_from_mapping(ranked)).by_pattern
    assert Version(1, plan_from_mapping({**ranked, "peer": {"rate": "10%"}})).by_pattern
