"""``zengzhi check``: what rules and a plan imply, before money moves (spec 4.4, 6.3)."""

import sys
from pathlib import Path
from typing import Any

import click

from zengzhi.cli.files import json_lines, read_plan, read_rules, stop
from zengzhi.core.disclosure.break_even import (
    break_even_table,
    contribution_ppm,
    instant_payout,
)
from zengzhi.core.disclosure.findings import NO_LEGAL_ADVICE, Finding, findings, profile_of
from zengzhi.core.distribution.bound import WorstCase, worst_case
from zengzhi.core.distribution.payout_ratio import percent
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.economy.rules import Rules
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.units import ORDER_FEN_MAX, PPM, format_rate, format_yuan, parse_rate, parse_yuan

EXIT_REFUSED = 1
LISTED_MEMBERS = 100
REGION = "330106"


def _order(rules: Rules, paid_fen: int) -> dict[str, Any]:
    """One order under the rules: its parts, its points' value, what they pay at once."""
    parts = split_order(paid_fen, rules.split)
    instant = instant_payout(rules, paid_fen)
    return {
        "paid": format_yuan(paid_fen),
        "cost": format_yuan(parts.cost_fen),
        "distribution": format_yuan(parts.distribution_fen),
        "platform": format_yuan(parts.platform_fen),
        **({"legacy": format_yuan(parts.legacy_fen)} if rules.split.legacy_ppm else {}),
        "contribution": format_yuan(parts.contribution_fen),
        "points_value": format_yuan(reward_value(parts.contribution_fen, rules.reward_ppm)),
        "sold_at_once": format_yuan(instant.usual_fen),
        "sold_at_once_as_only_holder": format_yuan(instant.empty_pool_fen),
        "members_get_back_at_most": format_rate(contribution_ppm(rules)),
    }


def _break_even(rules: Rules, paid_fen: int, orders: int, per_day: int | None) -> list[Any]:
    rows = []
    for row in break_even_table(rules):
        needed = row.orders_needed(orders)
        value_fen = int(row.multiple * paid_fen)
        rows.append(
            {
                "multiple": str(row.multiple),
                "value": format_yuan(value_fen),
                "payout": format_yuan(value_fen * (PPM - rules.retention_ppm) // PPM),
                "times_todays_orders": None if row.factor is None else f"{row.factor:.2f}",
                "orders_today": orders,
                "orders_needed": needed,
                "days": None if needed is None or not per_day else -(-(needed - orders) // per_day),
            }
        )
    return rows


def _reached(worst: WorstCase) -> dict[str, Any]:
    """The worst order with its members and agents, as ``zengzhi bonuses`` reads them."""
    order = {
        "id": "worst",
        "member": "buyer",
        "paid": format_yuan(worst.order_fen),
        "region": REGION,
    }
    codes = {"district": REGION, "city": REGION[:4], "province": REGION[:2]}
    sales = [format_yuan(worst.target_fen)] if worst.target_fen else []
    none = [""] * len(sales)
    listed = min(worst.members, LISTED_MEMBERS)
    uplines = [
        [f"u{i}", f"u{i + 1}" if i < worst.members else "", worst.rank, *sales]
        for i in range(1, listed + 1)
    ]
    agents = [[f"{level}-agent", codes[level]] for level in worst.agents]
    buyer = ["buyer", "u1" if worst.members else "", "", *none]
    return {
        "order": order,
        "upline": {"members": worst.members, "rank": worst.rank},
        "members": [buyer, *uplines, *([name, "", "", *none] for name, _code in agents)],
        "agents": agents,
        "due": format_yuan(worst.due_fen),
        "exact": worst.exact,
    }


def _worst(plan: Plan, rules: Rules) -> dict[str, Any]:
    worst = worst_case(plan, rules.split)
    return {
        "ratio": str(worst.ratio),
        "percent": percent(worst.ratio),
        "parts": {kind: percent(part) for kind, part in worst.parts.items()},
        "budget": percent(worst.budget),
        "margin": percent(worst.margin),
        "within_budget": worst.within_budget,
        "within_margin": worst.ratio <= worst.margin,
        "paid_at_most": percent(worst.paid_ratio),
        "reached": _reached(worst),
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "trigger": finding.trigger[0],
        "rule": finding.rule[0],
        "remedy": finding.remedy[0],
        "trigger_zh": finding.trigger[1],
        "rule_zh": finding.rule[1],
        "remedy_zh": finding.remedy[1],
    }


def _show(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    order = report["order"]
    console.print(
        f"[bold]One order of {order['paid']}[/bold] under {report['rules']!r}", markup=True
    )
    for name, value in list(order.items())[1:]:
        console.print(f"  {name.replace('_', ' ')}: {value}", markup=False)
    table = Table(
        "worth", "value", "payout", "× today's orders", "orders", "days", title="Break-even"
    )
    for row in report["break_even"]:
        cells = [f"{row['multiple']} ×", row["value"], row["payout"], row["times_todays_orders"]]
        cells += [row["orders_needed"], row["days"]]
        table.add_row(
            *("never" if i == 3 and c is None else str(c or "–") for i, c in enumerate(cells))
        )
    console.print(table)
    console.print(
        "  At constant orders, without sales: nobody promises that they come.", markup=False
    )
    if report["worst_case"]:
        _show_worst(console, report)
    console.print("[bold]Findings[/bold]")
    for finding in report["findings"]:
        head = f"{finding['severity'].upper()} {finding['code']}: {finding['trigger']}"
        console.print(head, markup=False)
        console.print(f"    touches: {finding['rule']}", markup=False)
        console.print(f"    remedy:  {finding['remedy']}", markup=False)
    console.print(report["note"], markup=False)


def _show_worst(console: Any, report: dict[str, Any]) -> None:
    worst = report["worst_case"]
    reached = worst["reached"]
    verdict = "within" if worst["within_budget"] else "ABOVE"
    upline = reached["upline"]
    rank = f" of rank {upline['rank']}" if upline["rank"] else ""
    parts = ", ".join(f"{kind} {share}" for kind, share in worst["parts"].items())
    for text in (
        f"Worst case of plan {report['plan']!r} ({report['profile']}): {worst['percent']} "
        f"({worst['ratio']}) of the paid amount, {verdict} the budget of {worst['budget']}; "
        f"margin {worst['margin']}; never paid more than {worst['paid_at_most']}",
        f"  {parts}",
        f"  reached by an order of {reached['order']['paid']}: {reached['due']} due, with "
        f"{upline['members']} upline members{rank} and {len(reached['agents'])} area agents",
    ):
        console.print(text, markup=False)


def _parsed(amount: str, resale: str) -> tuple[int, int]:
    try:
        paid_fen = parse_yuan(amount)
        resale_ppm = parse_rate(resale, "--resale")
    except (InvalidAmount, UnusableRules) as error:
        stop(error.message)
    if paid_fen > ORDER_FEN_MAX:
        stop("--order: at most 100000000.00")
    return paid_fen, resale_ppm


@click.command("check")
@click.argument("rules_path", metavar="RULES.toml", type=click.Path(path_type=Path))
@click.argument("plan_path", metavar="[PLAN.toml]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--order", "amount", default="1000.00", show_default=True, help="A usual order, yuan."
)
@click.option(
    "--orders", default=1000, show_default=True, type=click.IntRange(1), help="Orders up to today."
)
@click.option("--per-day", type=click.IntRange(1), help="Orders per day from now on.")
@click.option("--resale", default="50%", show_default=True, help="What the goods resell for.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the tables.")
def command(
    rules_path: Path,
    plan_path: Path | None,
    amount: str,
    orders: int,
    per_day: int | None,
    resale: str,
    as_json: bool,
) -> None:
    """Findings about RULES.toml and PLAN.toml, the break-even table, the plan's worst case.

    Exit status 0; 1 if a finding of severity "stop" is there: the worst case exceeds the budget or
    the margin, or buying from oneself pays; 2 for a file that cannot be used.
    """
    paid_fen, resale_ppm = _parsed(amount, resale)
    rules = read_rules(rules_path)
    plan = read_plan(plan_path) if plan_path else None
    found = findings(rules, plan, resale_ppm)
    report = {
        "rules": rules.name,
        "plan": plan.name if plan else None,
        "profile": profile_of(plan) if plan else None,
        "order": _order(rules, paid_fen),
        "break_even": _break_even(rules, paid_fen, orders, per_day),
        "worst_case": _worst(plan, rules) if plan else None,
        "findings": [_finding(finding) for finding in found],
        "note": NO_LEGAL_ADVICE[0],
    }
    if as_json:
        json_lines()(report)
    else:
        _show(report)
    if any(finding.severity == "stop" for finding in found):
        sys.exit(EXIT_REFUSED)
