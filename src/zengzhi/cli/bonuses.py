"""``zengzhi bonuses``: who is paid out of each order's distribution budget (spec 4.6)."""

import sys
from pathlib import Path

import click

from zengzhi.cli.files import (
    FIRST_ROW,
    json_lines,
    open_lines,
    read_csv,
    read_plan,
    read_rules,
    stop,
)
from zengzhi.core.distribution.area_agent import agents_by_code
from zengzhi.core.distribution.orders import BonusAnswers
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import UnusableRules

EXIT_MALFORMED = 3
MEMBERS_HEADER = ("member", "sponsor", "rank")
AGENTS_HEADER = ("member", "region")


def read_members(path: Path, plan: Plan) -> Forest:
    """The referral tree in a file, or the end of the command."""
    try:
        rows = ((member, sponsor, rank) for member, sponsor, rank in read_csv(path, MEMBERS_HEADER))
        return Forest(rows, plan, FIRST_ROW)
    except UnusableRules as error:
        stop(f"{path}: {error.message}")


def read_agents(path: Path | None) -> dict[str, str]:
    """Region code → agent from a file, or the end of the command."""
    if path is None:
        return {}
    try:
        rows = ((member, region) for member, region in read_csv(path, AGENTS_HEADER))
        return agents_by_code(rows, FIRST_ROW)
    except UnusableRules as error:
        stop(f"{path}: {error.message}")


@click.command("bonuses")
@click.argument("orders", metavar="ORDERS.jsonl")
@click.option("--plan", "plan_path", required=True, type=click.Path(path_type=Path))
@click.option("--members", "members_path", required=True, type=click.Path(path_type=Path))
@click.option("--agents", "agents_path", type=click.Path(path_type=Path))
@click.option("--rules", "rules_path", type=click.Path(path_type=Path), help="Default: the seed's.")
def command(
    orders: str,
    plan_path: Path,
    members_path: Path,
    agents_path: Path | None,
    rules_path: Path | None,
) -> None:
    """Print the bonus lines of ORDERS.jsonl ("-": standard input), one answer per order.

    MEMBERS.csv: member,sponsor,rank. AGENTS.csv: member,region. Exit status 0; 3 if a line was
    malformed (the others are answered all the same); 2 for a file that cannot be used.
    """
    plan = read_plan(plan_path)
    rules = read_rules(rules_path) if rules_path else Rules()
    forest = read_members(members_path, plan)
    agents = read_agents(agents_path)
    replies = BonusAnswers(plan, rules.split, forest, agents)
    write_line = json_lines()
    with open_lines(orders) as lines:
        for answer in replies.answers(lines):
            write_line(answer)
    if replies.malformed:
        sys.exit(EXIT_MALFORMED)
