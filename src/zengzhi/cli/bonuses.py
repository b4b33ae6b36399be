"""``zengzhi bonuses``: who is paid out of each order's distribution budget (spec 4.6)."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click

from zengzhi.cli.files import json_lines, read_csv, read_lines, read_plan, read_rules, stop, usable
from zengzhi.core.distribution.area_agent import agents_by_code
from zengzhi.core.distribution.orders import BonusAnswers
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.moments import MALL_ZONE
from zengzhi.core.textfiles import FIRST_ROW
from zengzhi.core.units import parse_yuan_or_zero

EXIT_MALFORMED = 3
MEMBERS_HEADER = ("member", "sponsor", "rank")
TEAM_SALES = "team_sales"
"""Optional fourth column: yuan, blank for 0, added to every month."""
AGENTS_HEADER = ("member", "region")


class Members(NamedTuple):
    """What a member file says."""

    forest: Forest
    known_fen: dict[str, int]
    """Member → team sales from elsewhere."""
    unknown_ranks: Counter[str]
    """Rank that the plan does not name → number of rows."""


def read_members(path: Path, plan: Plan) -> Members:
    """The referral tree in a file, or the end of the command."""
    known_fen: dict[str, int] = {}
    ranks: Counter[str] = Counter()

    def rows() -> Iterator[tuple[str, str, str]]:
        found = read_csv(path, MEMBERS_HEADER, (TEAM_SALES,))
        for number, (member, sponsor, rank, sales) in enumerate(found, FIRST_ROW):
            ranks[rank] += 1
            if sales:
                known_fen[member] = _sales_fen(number, sales)
            yield member, sponsor, rank

    with usable(path):
        forest = Forest(rows(), plan, FIRST_ROW)
    unknown = Counter({rank: count for rank, count in ranks.items() if not plan.knows(rank)})
    return Members(forest, known_fen, unknown)


def _sales_fen(number: int, text: str) -> int:
    try:
        return parse_yuan_or_zero(text)
    except InvalidAmount as error:
        raise UnusableRules(f"row {number}: {TEAM_SALES}", text, "an amount in yuan") from error


def report_unknown_ranks(path: Path, unknown: Counter[str], strict: bool) -> None:
    """Say once per rank that it counts as none; a strict reading ends the command instead."""
    said = [f"rank {rank!r} is not in the plan ({rows} rows)" for rank, rows in unknown.items()]
    if said and strict:
        stop(f"{path}: {'; '.join(said)}")
    for text in said:
        sys.stderr.write(f"zengzhi: {path}: {text}: it counts as none\n")


def read_agents(path: Path | None) -> dict[str, str]:
    """Region code → agent from a file, or the end of the command."""
    if path is None:
        return {}
    rows = read_csv(path, AGENTS_HEADER)
    with usable(path):
        return agents_by_code(((member, region) for member, region in rows), FIRST_ROW)


@click.command("bonuses")
@click.argument("orders", metavar="ORDERS.jsonl")
@click.option("--plan", "plan_path", required=True, type=click.Path(path_type=Path))
@click.option("--members", "members_path", required=True, type=click.Path(path_type=Path))
@click.option("--agents", "agents_path", type=click.Path(path_type=Path))
@click.option("--rules", "rules_path", type=click.Path(path_type=Path), help="Default: the seed's.")
@click.option("--strict", is_flag=True, help="Refuse ranks that the plan does not name.")
def command(
    orders: str,
    plan_path: Path,
    members_path: Path,
    agents_path: Path | None,
    rules_path: Path | None,
    strict: bool,
) -> None:
    """Print the bonus lines of ORDERS.jsonl ("-": standard input), one answer per order.

    MEMBERS.csv: member,sponsor,rank and, if wanted, team_sales. AGENTS.csv: member,region. Exit
    status 0; 3 if a line was malformed (the others are answered all the same); 2 for a file that
    cannot be used.
    """
    plan = read_plan(plan_path)
    rules = read_rules(rules_path) if rules_path else Rules()
    members = read_members(members_path, plan)
    agents = read_agents(agents_path)
    lines = read_lines(orders)
    report_unknown_ranks(members_path, members.unknown_ranks, strict)
    replies = BonusAnswers(
        plan, rules.split, members.forest, agents, members.known_fen, ZoneInfo(MALL_ZONE)
    )
    write_line = json_lines()
    for answer in replies.answers(lines):
        write_line(answer)
    if replies.malformed:
        sys.exit(EXIT_MALFORMED)
