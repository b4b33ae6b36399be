"""The plan (分销方案): which bonuses are on, at which rates, and who is cut last (spec 4.6)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zengzhi.core.economy.rules import refuse_unknown
from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.units import NO_FEN, Fen, Ppm, parse_rate, parse_yuan_or_zero

KINDS = ("direct", "indirect", "area", "rank_difference", "peer", "dividend")
"""The tables of a plan, in the priority that holds when the plan names none."""
BASES = ("paid", "budget", "profit")
REMAINDERS = ("platform", "pool")
AREA_MODES = ("difference", "independent")
DIVIDEND_SOURCES = ("orders", "profit")
AREA_LEVELS = ("district", "city", "province")


@dataclass(frozen=True, slots=True)
class Indirect:
    """Rates of the second generation, the third, …; 紧缩 compression skips whoever has no rank."""

    rates_ppm: tuple[Ppm, ...]
    compression: bool = False


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks as written, lowest first. Level 0 is no rank at 0 %; level i is ``names[i]``."""

    names: tuple[str, ...]
    rates_ppm: tuple[Ppm, ...]
    levels: Mapping[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        levels = {name: level for level, name in enumerate(self.names) if level}
        object.__setattr__(self, "levels", levels)

    @property
    def top_ppm(self) -> Ppm:
        """The top rate: no order pays more in differences."""
        return self.rates_ppm[-1]


PER_RANK_MAX = 10**6


@dataclass(frozen=True, slots=True)
class Peer:
    """A share of the difference bonus for the next ones of the same rank."""

    rate_ppm: Ppm
    per_rank: int = 1
    jump: bool = True
    target_fen: Fen = NO_FEN
    """业绩目标: team sales of the month a peer must have reached, this order not counted."""


@dataclass(frozen=True, slots=True)
class Area:
    """Rates of the agents of the delivery address; ``None``: the plan pays no such agent."""

    mode: str
    district_ppm: Ppm | None
    city_ppm: Ppm | None
    province_ppm: Ppm | None

    @property
    def rates_ppm(self) -> tuple[Ppm | None, Ppm | None, Ppm | None]:
        """District, city, province."""
        return self.district_ppm, self.city_ppm, self.province_ppm


@dataclass(frozen=True, slots=True)
class Plan:
    """Every parameter of a plan. A kind that is ``None`` is off."""

    name: str = "plan"
    base: str = "paid"
    priority: tuple[str, ...] = KINDS
    remainder: str = "platform"
    direct_ppm: Ppm | None = None
    indirect: Indirect | None = None
    ranks: Ranks | None = None
    peer: Peer | None = None
    area: Area | None = None
    dividend_ppm: Ppm | None = None
    """Rate of the dividend pool: of each order's base, or of the period's platform profit."""
    dividend_source: str = DIVIDEND_SOURCES[0]
    active: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The kinds that are on, in the plan's priority order."""

    @property
    def order_dividend_ppm(self) -> Ppm:
        """What flows into the dividend pool from each order: nothing where it comes from profit."""
        return (self.dividend_ppm or Ppm(0)) if self.dividend_source == "orders" else Ppm(0)

    def __post_init__(self) -> None:
        on = {
            "direct": self.direct_ppm,
            "indirect": self.indirect,
            "area": self.area,
            "rank_difference": self.ranks,
            "peer": self.peer,
            "dividend": self.dividend_ppm,
        }
        active = tuple(kind for kind in self.priority if on[kind] is not None)
        object.__setattr__(self, "active", active)

    def knows(self, rank: str) -> bool:
        """Whether a rank of the members has a meaning here: none, one of the table, or any rank
        where there is no table."""
        return not rank or self.ranks is None or rank in self.ranks.levels

    def level_of(self, rank: str) -> int:
        """The level of a rank: 0 for none. A rank that the table does not know counts as none;
        without a table any rank is level 1 (it only matters for compression)."""
        if self.ranks is None:
            return 1 if rank else 0
        return self.ranks.levels.get(rank, 0)


def _table(plan: Mapping[str, Any], name: str, known: tuple[str, ...]) -> Mapping[str, Any] | None:
    if name not in plan:
        return None
    table = plan[name]
    if not isinstance(table, Mapping):
        raise UnusableRules(name, table, "a table")
    refuse_unknown(table, known or tuple(table), f"{name}.")
    return table


def _rate(table: Mapping[str, Any], key: str, prefix: str) -> Ppm:
    name = f"{prefix}.{key}"
    if key not in table:
        raise UnusableRules(name, None, 'a rate such as "5%"')
    return parse_rate(table[key], name)


def _choice(table: Mapping[str, Any], key: str, known: tuple[str, ...], name: str) -> str:
    value = table.get(key, known[0])
    if not isinstance(value, str) or value not in known:
        raise UnusableRules(name, value, f"one of {', '.join(known)}")
    return value


def _flag(table: Mapping[str, Any], key: str, default: bool, name: str) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise UnusableRules(name, value, "true or false")
    return value


def _indirect(plan: Mapping[str, Any]) -> Indirect | None:
    table = _table(plan, "indirect", ("rates", "compression"))
    if table is None:
        return None
    rates = table.get("rates")
    if not isinstance(rates, list):
        raise UnusableRules("indirect.rates", rates, 'a list of rates such as ["5%"]')
    return Indirect(
        tuple(parse_rate(rate, f"indirect.rates[{i}]") for i, rate in enumerate(rates)),
        _flag(table, "compression", False, "indirect.compression"),
    )


def _ranks(plan: Mapping[str, Any]) -> Ranks | None:
    table = _table(plan, "rank_difference", ())
    if table is None:
        return None
    names, rates_ppm = [""], [Ppm(0)]
    for name in table:
        rate_ppm = _rate(table, name, "rank_difference")
        if not name:
            raise UnusableRules("rank_difference", name, "ranks with a name")
        if len(names) > 1 and rate_ppm <= rates_ppm[-1]:
            wanted = f"more than the {table[names[-1]]} of {names[-1]}: rates must rise"
            raise UnusableRules(f"rank_difference.{name}", table[name], wanted)
        names.append(name)
        rates_ppm.append(rate_ppm)
    if len(names) == 1:
        raise UnusableRules("rank_difference", {}, 'at least one rank such as V1 = "5%"')
    return Ranks(tuple(names), tuple(rates_ppm))


def _peer(plan: Mapping[str, Any]) -> Peer | None:
    table = _table(plan, "peer", ("rate", "per_rank", "jump", "target"))
    if table is None:
        return None
    per_rank = table.get("per_rank", 1)
    whole = isinstance(per_rank, int) and not isinstance(per_rank, bool)
    if not whole or not 1 <= per_rank <= PER_RANK_MAX:
        raise UnusableRules("peer.per_rank", per_rank, "a whole number from 1 to 1000000")
    target = table.get("target", "0.00")
    try:
        target_fen = parse_yuan_or_zero(target)
    except InvalidAmount as error:
        raise UnusableRules("peer.target", target, 'an amount in yuan such as "1000.00"') from error
    jump = _flag(table, "jump", True, "peer.jump")
    return Peer(_rate(table, "rate", "peer"), per_rank, jump, target_fen)


def _area(plan: Mapping[str, Any]) -> Area | None:
    table = _table(plan, "area", ("mode", *AREA_LEVELS))
    if table is None:
        return None
    rates = [_rate(table, level, "area") if level in table else None for level in AREA_LEVELS]
    return Area(_choice(table, "mode", AREA_MODES, "area.mode"), *rates)


def _priority(plan: Mapping[str, Any]) -> tuple[str, ...]:
    if "priority" not in plan:
        return KINDS
    priority = plan["priority"]
    if not isinstance(priority, list):
        raise UnusableRules("priority", priority, f"a list of {', '.join(KINDS)}")
    for kind in priority:
        if not isinstance(kind, str) or kind not in KINDS:
            raise UnusableRules("priority", kind, f"one of {', '.join(KINDS)}")
        if priority.count(kind) > 1:
            raise UnusableRules("priority", kind, "each kind once")
    for kind in KINDS:
        if kind in plan and kind not in priority:
            raise UnusableRules("priority", priority, f"{kind} in the list, its table is there")
    return tuple(priority)


def plan_from_mapping(mapping: Mapping[str, Any]) -> Plan:
    """A plan from the parsed TOML of spec 4.6. A table that is absent is off.

    >>> plan_from_mapping({"direct": {"rate": "10%"}}).active
    ('direct',)
    """
    refuse_unknown(mapping, ("name", "base", "priority", "remainder", *KINDS), "")
    name = mapping.get("name", "plan")
    if not isinstance(name, str) or not name:
        raise UnusableRules("name", name, "a text")
    direct = _table(mapping, "direct", ("rate",))
    dividend = _table(mapping, "dividend", ("rate", "source"))
    return Plan(
        name=name,
        base=_choice(mapping, "base", BASES, "base"),
        priority=_priority(mapping),
        remainder=_choice(mapping, "remainder", REMAINDERS, "remainder"),
        direct_ppm=None if direct is None else _rate(direct, "rate", "direct"),
        indirect=_indirect(mapping),
        ranks=_ranks(mapping),
        peer=_peer(mapping),
        area=_area(mapping),
        dividend_ppm=None if dividend is None else _rate(dividend, "rate", "dividend"),
        dividend_source=_choice(dividend or {}, "source", DIVIDEND_SOURCES, "dividend.source"),
    )


def plan_from_toml(text: str) -> Plan:
    """A plan from the text of a TOML file. Errors: ``unusable_rules`` naming the key."""
    try:
        return plan_from_mapping(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise UnusableRules("TOML", str(error), "a TOML document") from error
