"""晋升 promotion: which rank a member's own facts give, and when a rank is lost (spec 2.4).

The rules come from TOML, one table per rank, lowest first as in the plan::

    [V2]
    match = "all"                     # all | any
    own_spend = "1000.00"
    direct_members = 5
    team_size = 30
    team_sales = "50000.00"
    legs = { count = 2, rank = "V1" }
    product = "gift-box"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zengzhi.core.economy.rules import refuse_unknown
from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.units import NO_FEN, Fen, format_yuan, parse_yuan

MATCHES = ("all", "any")
CONDITIONS = ("own_spend", "direct_members", "team_size", "team_sales", "legs", "product")


@dataclass(frozen=True, slots=True)
class RankRule:
    """What a rank asks for. ``None`` and "" ask for nothing; at least one condition is set."""

    rank: str
    match: str = "all"
    own_spend_fen: Fen | None = None
    direct_members: int | None = None
    team_size: int | None = None
    team_sales_fen: Fen | None = None
    legs: int | None = None
    legs_rank: str = ""
    """``legs`` different direct members must have somebody of at least this rank in their leg,
    themselves included."""
    product: str = ""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What a member has done up to the day of the evaluation; the team is everybody below."""

    own_spend_fen: Fen = NO_FEN
    direct_members: int = 0
    team_size: int = 0
    team_sales_fen: Fen = NO_FEN
    leg_ranks: tuple[str, ...] = ()
    """The highest rank in each leg, "" for none."""
    products: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, what it asks, what is there: the member sees why."""

    condition: str
    wanted: str
    found: str
    met: bool


def _level(rules: tuple[RankRule, ...], rank: str) -> int:
    return next((level for level, rule in enumerate(rules, 1) if rule.rank == rank), 0)


def checks(rule: RankRule, facts: MemberFacts, rules: tuple[RankRule, ...]) -> list[Check]:
    """Every condition of a rank against the facts, in words."""
    numbers = (
        ("direct_members", rule.direct_members, facts.direct_members, str),
        ("team_size", rule.team_size, facts.team_size, str),
        ("own_spend", rule.own_spend_fen, facts.own_spend_fen, format_yuan),
        ("team_sales", rule.team_sales_fen, facts.team_sales_fen, format_yuan),
    )
    found = [
        Check(name, show(wanted), show(there), there >= wanted)
        for name, wanted, there, show in numbers
        if wanted is not None
    ]
    if rule.legs is not None:
        least = _level(rules, rule.legs_rank)
        legs = sum(1 for rank in facts.leg_ranks if _level(rules, rank) >= least)
        wanted = f"{rule.legs} × {rule.legs_rank}"
        found.append(Check("legs", wanted, str(legs), legs >= rule.legs))
    if rule.product:
        bought = rule.product in facts.products
        found.append(Check("product", rule.product, rule.product if bought else "", bought))
    return found


def is_met(rule: RankRule, facts: MemberFacts, rules: tuple[RankRule, ...]) -> bool:
    """Whether all (or any) of the conditions of a rank are met."""
    results = [check.met for check in checks(rule, facts, rules)]
    return any(results) if rule.match == "any" else all(results)


def earned_rank(facts: MemberFacts, rules: tuple[RankRule, ...]) -> str:
    """The highest rank whose own conditions are met, "" for none; lower ones may be jumped over.

    >>> rules = (RankRule("V1", own_spend_fen=100), RankRule("V2", direct_members=3))
    >>> earned_rank(MemberFacts(direct_members=3), rules)
    'V2'
    """
    return next((rule.rank for rule in reversed(rules) if is_met(rule, facts, rules)), "")


def decide(
    held: int, earned: int, unmet_days: int = 0, demote_after_days: int | None = None
) -> int:
    """The level from now on: promotion to the highest rank met, at once; demotion to it only where
    the operator has set ``demote_after_days`` and the rank held has been unmet for as many days.

    >>> decide(0, 2), decide(2, 1, unmet_days=90), decide(2, 1, 90, demote_after_days=90)
    (2, 2, 1)
    """
    if earned > held:
        return earned
    due = demote_after_days is not None and unmet_days >= demote_after_days
    return earned if due else held


def _count(table: Mapping[str, Any], key: str, name: str) -> int | None:
    if key not in table:
        return None
    value = table[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UnusableRules(name, value, "a whole number of at least 1")
    return value


def _money(table: Mapping[str, Any], key: str, name: str) -> Fen | None:
    if key not in table:
        return None
    value = table[key]
    try:
        return parse_yuan(value if isinstance(value, str) else "")
    except InvalidAmount as error:
        raise UnusableRules(name, value, 'an amount in yuan such as "1000.00"') from error


def _rank_rule(rank: str, table: object, below: list[str]) -> RankRule:
    if not isinstance(table, Mapping) or not set(table) & set(CONDITIONS):
        raise UnusableRules(rank, table, f"a table with at least one of {', '.join(CONDITIONS)}")
    refuse_unknown(table, ("match", *CONDITIONS), f"{rank}.")
    match, legs = table.get("match", "all"), table.get("legs", {})
    if not isinstance(match, str) or match not in MATCHES:
        raise UnusableRules(f"{rank}.match", match, '"all" or "any"')
    if not isinstance(legs, Mapping) or ("legs" in table and set(legs) != {"count", "rank"}):
        raise UnusableRules(f"{rank}.legs", legs, '{ count = 2, rank = "V1" }')
    legs_rank = legs.get("rank", "")
    if legs and legs_rank not in [*below, rank]:
        raise UnusableRules(f"{rank}.legs.rank", legs_rank, "this rank or one written before it")
    product = table.get("product", "")
    if not isinstance(product, str) or ("product" in table and not product):
        raise UnusableRules(f"{rank}.product", product, "the name of a product")
    return RankRule(
        rank=rank,
        match=match,
        own_spend_fen=_money(table, "own_spend", f"{rank}.own_spend"),
        direct_members=_count(table, "direct_members", f"{rank}.direct_members"),
        team_size=_count(table, "team_size", f"{rank}.team_size"),
        team_sales_fen=_money(table, "team_sales", f"{rank}.team_sales"),
        legs=_count(legs, "count", f"{rank}.legs.count"),
        legs_rank=legs_rank,
        product=product,
    )


def promotion_from_mapping(mapping: Mapping[str, Any]) -> tuple[RankRule, ...]:
    """The ranks' rules, lowest first as written. Errors: ``unusable_rules`` naming the key."""
    rules: list[RankRule] = []
    for rank, table in mapping.items():
        if not rank:
            raise UnusableRules("rank", rank, "ranks with a name")
        rules.append(_rank_rule(rank, table, [rule.rank for rule in rules]))
    return tuple(rules)


def promotion_from_toml(text: str) -> tuple[RankRule, ...]:
    """The ranks' rules from the text of a TOML file.

    >>> promotion_from_toml('[V1]\\nown_spend = "100.00"')[0].own_spend_fen
    10000
    """
    try:
        return promotion_from_mapping(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnusableRules("TOML", str(error), "a TOML document") from error
