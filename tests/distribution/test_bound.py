"""The static worst case of a plan: no tree exceeds it, and the reported order reaches it."""

import json
import random

import pytest
from click.testing import CliRunner

from tests.oracle.networks import REGIONS, random_agents, random_members, random_plan, random_split
from zengzhi.cli.main import main
from zengzhi.core.distribution.area_agent import AreaAgents, agents_at, agents_by_code
from zengzhi.core.distribution.bound import worst_case
from zengzhi.core.distribution.lines import base_of, paid_order, share
from zengzhi.core.distribution.order_bonuses import due_lines
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.distribution.upline import Forest, Snapshot
from zengzhi.core.economy.rules import split_from_mapping
from zengzhi.core.regions import read_region
from zengzhi.core.units import ORDER_FEN_MAX, format_yuan


def due_fen(order, tree, place, agents, plan):
    """All that is due, before any cut, the dividend part included."""
    due = due_lines(order, tree, place, agents, plan, sales=lambda _member: 10**12)
    dividend_fen = share(plan.order_dividend_ppm, base_of(order, plan.base))
    return dividend_fen + sum(line.due_fen for lines in due.values() for line in lines)


def random_scene(seed):
    rng = random.Random(seed)
    return rng, plan_from_mapping(random_plan(rng)), split_from_mapping(random_split(rng))


@pytest.mark.parametrize("block", range(4))
def test_random_search_over_trees_never_exceeds_it(block):
    for seed in range(block, 400, 4):
        rng, plan, split = random_scene(seed)
        ratio = worst_case(plan, split).ratio
        for _ in range(5):
            rows = [row[:3] for row in random_members(rng, rng.randint(2, 20))]
            forest = Forest(rows, plan)
            by_code = agents_by_code(random_agents(rng, rows))
            for buyer, _sponsor, _rank in rows[:8]:
                order = paid_order(buyer, rng.randint(1, ORDER_FEN_MAX), split)
                agents = agents_at(read_region(rng.choice(REGIONS)).place, by_code)
                found = due_fen(order, forest, forest.place(buyer), agents, plan)
                assert found <= ratio * order.paid_fen


def test_the_reported_order_reaches_it():
    exact = 0
    for seed in range(600):
        _rng, plan, split = random_scene(seed)
        worst = worst_case(plan, split)
        order = paid_order("buyer", worst.order_fen, split)
        upline = Snapshot([(f"u{i}", worst.rank) for i in range(worst.members)], plan)
        levels = ("district", "city", "province")
        agents = AreaAgents(*(level if level in worst.agents else None for level in levels))
        found = due_fen(order, upline, 0, agents, plan)
        assert found == worst.due_fen, seed
        bound = worst.ratio * worst.order_fen
        lines = worst.members + 1 + len(worst.agents) + 3
        assert bound - 2 * lines < found <= bound, seed
        assert worst.exact == (found == bound)
        exact += worst.exact
    assert exact > 300


def test_a_bound_a_little_smaller_would_be_exceeded():
    """The bound is the least one wherever an order reaches it exactly."""
    _rng, plan, split = random_scene(3)
    worst = worst_case(plan, split)
    assert worst.exact
    assert worst.due_fen > (worst.ratio - worst.ratio / 10**9) * worst.order_fen


def test_the_specifications_plan_is_above_the_seeds_budget(tmp_path):
    result = CliRunner().invoke(
        main, ["check", "presets/seed.toml", "presets/plans/all-kinds.toml", "--json"]
    )
    report = json.loads(result.stdout)
    worst = report["worst_case"]
    assert result.exit_code == 1
    assert (worst["ratio"], worst["percent"], worst["budget"]) == ("79/200", "39.5%", "30%")
    assert worst["parts"] == {
        "direct": "10%",
        "indirect": "5%",
        "area": "6%",
        "rank_difference": "15%",
        "peer": "1.5%",
        "dividend": "2%",
    }
    assert not worst["within_budget"]
    assert worst["paid_at_most"] == "30%"


TARGET = '[rank_difference]\nV1 = "5%"\n[peer]\nrate = "10%"\nper_rank = 2\ntarget = "900.00"\n'
PROFIT = '[direct]\nrate = "10%"\n[dividend]\nrate = "2%"\nsource = "profit"\n'


@pytest.mark.parametrize("plan", ["two-level", "strict", "all-kinds", TARGET, PROFIT])
def test_the_reported_order_can_be_run(tmp_path, plan):
    """With a budget that cuts nothing, ``zengzhi bonuses`` pays exactly the worst case."""
    rules, plan_path = tmp_path / "rules.toml", f"presets/plans/{plan}.toml"
    if "\n" in plan:
        plan_path = str(tmp_path / "plan.toml")
        (tmp_path / "plan.toml").write_text(plan)
    rules.write_text('[split]\ncost = "10%"\ndistribution = "80%"\n')
    result = CliRunner().invoke(main, ["check", str(rules), plan_path, "--json"])
    reached = json.loads(result.stdout)["worst_case"]["reached"]
    (tmp_path / "o.jsonl").write_text(json.dumps(reached["order"]) + "\n")
    tables = {"m.csv": ["member,sponsor,rank"], "a.csv": ["member,region"]}
    if plan == TARGET:
        tables["m.csv"] = ["member,sponsor,rank,team_sales"]
    tables["m.csv"] += [",".join(row) for row in reached["members"]]
    tables["a.csv"] += [",".join(row) for row in reached["agents"]]
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    arguments = ["bonuses", str(tmp_path / "o.jsonl"), "--plan", plan_path, "--rules", str(rules)]
    arguments += ["--members", str(tmp_path / "m.csv"), "--agents", str(tmp_path / "a.csv")]
    answer = json.loads(CliRunner().invoke(main, arguments).stdout)
    paid = [*(line["amount"] for line in answer["lines"]), answer["dividend_pool"]]
    fen = sum(int(amount.replace(".", "")) for amount in paid)
    assert reached["exact"]
    assert format_yuan(fen) == reached["due"]
