"""What holds for any tree, any plan and any order."""

import random
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.networks import REGIONS, random_agents, random_members, random_plan, random_split
from zengzhi.core.distribution.area_agent import agents_at, agents_by_code
from zengzhi.core.distribution.dividend import pay_dividend
from zengzhi.core.distribution.lines import base_of, paid_order
from zengzhi.core.distribution.order_bonuses import (
    bonuses_in_forest,
    bonuses_of_upline,
    due_lines,
)
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.distribution.rank_difference import rank_differences
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.distribution.why_not import why_not
from zengzhi.core.economy.rules import split_from_mapping
from zengzhi.core.regions import read_region
from zengzhi.core.units import ORDER_FEN_MAX

few = settings(max_examples=250, deadline=None)


class Scene:
    """An order in a network under a plan, from a seed and an amount."""

    def __init__(self, seed, paid_fen):
        rng = random.Random(seed)
        rows = [row[:3] for row in random_members(rng, rng.randint(2, 24))]
        self.plan = plan_from_mapping(random_plan(rng))
        self.forest = Forest(rows, self.plan)
        self.buyer = rng.choice(rows)[0]
        split = split_from_mapping(random_split(rng))
        self.order = paid_order(self.buyer, paid_fen, split)
        by_code = agents_by_code(random_agents(rng, rows))
        self.agents = agents_at(read_region(rng.choice(REGIONS)).place, by_code)
        self.suspended = frozenset(member for member, _s, _r in rows if rng.random() < 0.3)
        sold = {member: rng.choice([0, 1, 49_999, 10**7]) for member, _s, _r in rows}
        self.sales = sold.__getitem__
        self.upline = list(self.forest.upline(self.buyer))

    def bonuses(self):
        return bonuses_in_forest(self.order, self.forest, self.plan, self.agents, self.sales)


scenes = st.builds(Scene, st.integers(0, 10**9), st.integers(1, ORDER_FEN_MAX))


@few
@given(scenes)
def test_lines_dividend_and_rest_are_the_budget(scene):
    found = scene.bonuses()
    paid = sum(line.amount_fen for line in found.lines)
    assert paid + found.dividend_pool_fen + found.unallocated_fen == found.budget_fen
    assert found.budget_fen == scene.order.budget_fen
    assert found.unallocated_fen >= 0
    assert found.dividend_pool_fen >= 0
    assert all(0 < line.amount_fen <= line.due_fen for line in found.lines)


@few
@given(scenes)
def test_nothing_is_cut_while_money_is_left(scene):
    found = scene.bonuses()
    short = [line for line in found.lines if line.amount_fen < line.due_fen]
    short += found.left_out
    if short or found.dividend_pool_fen < found.dividend_due_fen:
        assert found.unallocated_fen == 0


@few
@given(scenes)
def test_nobody_is_paid_on_the_own_order_or_twice_for_one_kind(scene):
    lines = scene.bonuses().lines
    assert scene.buyer not in {line.member for line in lines}
    assert len({(line.member, line.kind) for line in lines}) == len(lines)


@few
@given(scenes)
def test_only_the_upline_and_the_agents_are_paid(scene):
    above = {member for member, _rank in scene.upline}
    for line in scene.bonuses().lines:
        if line.kind.endswith("_agent"):
            assert line.member in scene.agents
        else:
            assert line.member in above


@few
@given(scenes)
def test_differences_telescope_to_the_highest_rate_of_the_upline(scene):
    ranks = scene.plan.ranks
    if ranks is None:
        return
    base_fen = base_of(scene.order, scene.plan.base)
    steps = rank_differences(ranks, base_fen, scene.forest, scene.forest.place(scene.buyer))
    highest = max((ranks.levels.get(rank, 0) for _member, rank in scene.upline), default=0)
    exact = Fraction(ranks.rates_ppm[highest] * base_fen, 10**6)
    paid = sum(step.due_fen for step in steps)
    assert exact - len(steps) < paid <= exact or paid == exact == 0
    levels = [step.level for step in steps]
    assert levels == sorted(set(levels))


@few
@given(scenes)
def test_a_snapshot_read_lazily_gives_what_the_whole_forest_gives(scene):
    read = []

    def rows():
        for row in scene.upline:
            read.append(row)
            yield row

    found = bonuses_of_upline(scene.order, rows(), scene.agents, scene.plan, sales=scene.sales)
    assert found.bonuses == scene.bonuses()
    assert list(found.upline) == read == scene.upline[: len(read)]
    again = bonuses_of_upline(
        scene.order, found.upline, scene.agents, scene.plan, sales=scene.sales
    )
    assert again == found


@few
@given(scenes)
def test_members_may_have_any_kind_of_name(scene):
    number = {member: i for i, member in enumerate(["nobody", *map(str, scene.forest._names)])}
    rows = [(number[member], rank) for member, rank in scene.upline]
    agents = scene.agents._make(None if agent is None else number[agent] for agent in scene.agents)
    order = scene.order._replace(buyer=number[scene.buyer])
    named = {key: member for member, key in number.items()}
    found = bonuses_of_upline(
        order, rows, agents, scene.plan, sales=lambda key: scene.sales(named[key])
    ).bonuses
    wanted = [(number[line.member], line.kind, line.amount_fen) for line in scene.bonuses().lines]
    assert [(line.member, line.kind, line.amount_fen) for line in found.lines] == wanted


@few
@given(scenes)
def test_suspended_members_get_nothing_and_the_budget_still_adds_up(scene):
    found, _seen = bonuses_of_upline(
        scene.order, scene.upline, scene.agents, scene.plan, scene.suspended
    )
    assert not scene.suspended & {line.member for line in found.lines}
    paid = sum(line.amount_fen for line in found.lines)
    assert paid + found.dividend_pool_fen + found.unallocated_fen == scene.order.budget_fen


@few
@given(scenes)
def test_lines_come_in_the_priority_of_the_plan(scene):
    tables = [
        "area" if line.kind.endswith("_agent") else line.kind for line in scene.bonuses().lines
    ]
    priority = scene.plan.priority
    assert tables == sorted(tables, key=priority.index)


@few
@given(scenes)
def test_no_line_is_more_than_its_rate_of_its_base(scene):
    due = due_lines(
        scene.order, scene.forest, scene.forest.place(scene.buyer), scene.agents, scene.plan
    )
    for line in (line for lines in due.values() for line in lines):
        exact = Fraction(line.rate_ppm * line.base_fen, 10**6)
        assert exact - 1 < line.due_fen <= exact


@few
@given(
    st.integers(1, 10**12),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=40).filter(any),
)
def test_dividends_sum_exactly_and_are_within_a_fen(pool_fen, weights):
    parts = pay_dividend(pool_fen, weights)
    assert sum(parts) == pool_fen
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(pool_fen * weight, whole)) < 1
        assert weight or not part


@few
@given(scenes)
def test_everybody_above_is_paid_or_told_why_not(scene):
    suspended = scene.suspended
    found, upline = bonuses_of_upline(
        scene.order, scene.upline, scene.agents, scene.plan, suspended, scene.sales
    )
    kinds = {kind for kind in scene.plan.active if kind != "dividend"}
    for member, _rank in scene.upline:
        paid = {line.kind for line in found.lines if line.member == member}
        paid = {"area" if kind.endswith("_agent") else kind for kind in paid}
        who = suspended, scene.sales
        reasons = why_not(member, scene.order, upline, found, scene.plan, *who)
        assert {reason.kind for reason in reasons} == kinds - paid
        for reason in reasons:
            if member in suspended:
                assert reason.code == "suspended"
            if reason.code == "under_a_fen":
                assert least_rate_ppm(scene.plan, reason.kind) * found.base_fen < 10**6


def least_rate_ppm(plan, kind):
    """The least that a line of this kind can have as its rate; 0 where it depends on the tree."""
    if kind == "direct":
        return plan.direct_ppm
    return min(plan.indirect.rates_ppm) if kind == "indirect" else 0
