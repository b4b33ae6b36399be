"""The rules of one pool, read from TOML (spec 4.1). Unknown keys and floats are refused."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.units import (
    PPM,
    UNITS_PER_POINT,
    PointUnits,
    Ppm,
    format_half_up,
    format_points,
    format_rate,
    format_yuan,
    parse_points,
    parse_price,
    parse_rate,
    parse_ratio,
)

EXIT_BASES = ("lot", "member")
PROFILES = ("strict", "two-level", "custom")
TOP_KEYS = ("name", "opening_price", "split", "reward", "sale", "brakes", "conduct", "exit")
SPLIT_KEYS = ("cost", "distribution", "platform", "legacy")


class Split(NamedTuple):
    """How the paid amount of an order is divided, by the parts that are rounded down in their
    order; the pool contribution is the remainder."""

    cost_ppm: Ppm = Ppm(300_000)
    distribution_ppm: Ppm = Ppm(300_000)
    platform_ppm: Ppm = Ppm(100_000)
    legacy_ppm: Ppm = Ppm(0)

    @property
    def rates_ppm(self) -> tuple[Ppm, Ppm, Ppm, Ppm]:
        """The parts that are rounded down, in their order."""
        return self.cost_ppm, self.distribution_ppm, self.platform_ppm, self.legacy_ppm

    @property
    def contribution_ppm(self) -> Ppm:
        """What is left for the pool: c/V. All members together get back no more."""
        return Ppm(PPM - sum(self.rates_ppm))


@dataclass(frozen=True, slots=True)
class Brakes:
    """Limits of the mall and the lab (spec 1.5.1); a replay knows no clock and is not bound."""

    daily_sale_limit_ppm: Ppm = Ppm(100_000)
    """Of the outstanding points, per member and day."""
    exempt_below_units: PointUnits = PointUnits(10_000 * UNITS_PER_POINT)
    """A pool with fewer points outstanding knows no daily limit."""
    daily_payout_ppm: Ppm | None = None
    """What sales take out of the pool in a day, of the day's inflow; ``None`` is off. Forced exits
    run on and count."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Every parameter of a pool. Rates in ppm; ``exit_multiple`` ``None`` means off (study only).

    A live pool refuses ``off``: a holder who keeps one unit could swallow later orders.
    """

    name: str = "seed"
    opening_price_fen: int | Fraction = 100
    """Fen per point; a fraction where the price has more than 2 decimals."""
    split: Split = field(default_factory=Split)
    reward_ppm: Ppm = Ppm(700_000)
    retention_ppm: Ppm = Ppm(200_000)
    exit_multiple: Fraction | None = Fraction(3)
    exit_basis: str = "lot"
    exit_retention_ppm: Ppm = Ppm(200_000)
    brakes: Brakes = field(default_factory=Brakes)
    profile: str = "two-level"
    """What the pool's conduct is held to (spec 6.3)."""


def refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    """Errors: ``unusable_rules`` naming the key, for a float and for a key nobody knows."""
    for key, value in table.items():
        if isinstance(value, float):
            raise UnusableRules(f"{prefix}{key}", value, 'a string such as "30%", not a float')
        if key not in known:
            raise UnusableRules(f"{prefix}{key}", value, f"one of the keys {', '.join(known)}")


def _table(rules: Mapping[str, Any], name: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    table = rules.get(name, {})
    if not isinstance(table, Mapping):
        raise UnusableRules(name, table, "a table")
    refuse_unknown(table, known, f"{name}.")
    return table


def split_from_mapping(table: Mapping[str, Any], prefix: str = "split.") -> Split:
    """The rates of an order split; missing ones are the seed's; together at most 100 %."""
    refuse_unknown(table, SPLIT_KEYS, prefix)
    split = Split(
        parse_rate(table.get("cost", "30%"), f"{prefix}cost"),
        parse_rate(table.get("distribution", "30%"), f"{prefix}distribution"),
        parse_rate(table.get("platform", "10%"), f"{prefix}platform"),
        parse_rate(table.get("legacy", "0%"), f"{prefix}legacy"),
    )
    total_ppm = sum(split.rates_ppm)
    if total_ppm > PPM:
        raise UnusableRules(prefix.rstrip("."), format_rate(total_ppm), "at most 100% in all")
    return split


def _exempt_below(text: object) -> PointUnits:
    """A number of points; none at all means that no pool is exempt."""
    if text == "0":
        return PointUnits(0)
    try:
        return parse_points(text if isinstance(text, str) else "")
    except InvalidAmount:
        wanted = 'a number of points, such as "10000"'
        raise UnusableRules("brakes.exempt_below", text, wanted) from None


def _brakes(table: Mapping[str, Any]) -> Brakes:
    payout = table.get("daily_payout", "off")
    return Brakes(
        parse_rate(table.get("daily_sale_limit", "10%"), "brakes.daily_sale_limit"),
        _exempt_below(table.get("exempt_below", "10000")),
        None if payout == "off" else parse_rate(payout, "brakes.daily_payout"),
    )


def _choice(table: Mapping[str, Any], name: str, known: tuple[str, ...], default: str) -> str:
    """One of the words that a key may have."""
    value = table.get(name.rpartition(".")[2], default)
    if value not in known:
        raise UnusableRules(name, value, f"one of {', '.join(known)}")
    return str(value)


def _exit_multiple(text: object) -> Fraction | None:
    if text == "off":
        return None
    multiple = parse_ratio(text, "exit.multiple")  # type: ignore[arg-type]
    if multiple < 1:
        raise UnusableRules("exit.multiple", text, 'a number of at least 1, or "off"')
    return multiple


def rules_from_mapping(mapping: Mapping[str, Any]) -> Rules:
    """Rules from the parsed TOML of spec 4.1; whatever is missing is the seed's value.

    >>> rules_from_mapping({"exit": {"multiple": "5/2"}}).exit_multiple
    Fraction(5, 2)
    """
    refuse_unknown(mapping, TOP_KEYS, "")
    name = mapping.get("name", "seed")
    if not isinstance(name, str) or not name:
        raise UnusableRules("name", name, "a text")
    opening = mapping.get("opening_price", "1.00")
    split = split_from_mapping(_table(mapping, "split", SPLIT_KEYS))
    reward = _table(mapping, "reward", ("rate",))
    sale = _table(mapping, "sale", ("retention",))
    exits = _table(mapping, "exit", ("multiple", "basis", "retention"))
    retention = sale.get("retention", "20%")
    brakes = _table(mapping, "brakes", ("daily_sale_limit", "exempt_below", "daily_payout"))
    conduct = _table(mapping, "conduct", ("profile",))
    return Rules(
        name=name,
        opening_price_fen=parse_price(opening, "opening_price"),
        split=split,
        reward_ppm=parse_rate(reward.get("rate", "70%"), "reward.rate"),
        retention_ppm=parse_rate(retention, "sale.retention"),
        exit_multiple=_exit_multiple(exits.get("multiple", "3")),
        exit_basis=_choice(exits, "exit.basis", EXIT_BASES, "lot"),
        exit_retention_ppm=parse_rate(exits.get("retention", retention), "exit.retention"),
        brakes=_brakes(brakes),
        profile=_choice(conduct, "conduct.profile", PROFILES, "two-level"),
    )


@lru_cache(maxsize=64)
def rules_from_toml(text: str) -> Rules:
    """Rules from the text of a TOML file. Errors: ``unusable_rules`` naming the key."""
    try:
        return rules_from_mapping(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise UnusableRules("TOML", str(error), "a TOML document") from error


def _price_text(fen: int | Fraction) -> str:
    """A price as in a rules file: at least 2 decimals, all there are."""
    if isinstance(fen, int):
        return format_yuan(fen)
    places = next(n for n in range(3, 43) if (fen * 10 ** (n - 2)).denominator == 1)
    return format_half_up(fen, 100, places)


def describe(rules: Rules) -> dict[str, str]:
    """The rules as text, key by key, for a person or a diff."""
    multiple, brakes = rules.exit_multiple, rules.brakes
    payout_ppm = brakes.daily_payout_ppm
    return {
        "opening_price": _price_text(rules.opening_price_fen),
        "split.cost": format_rate(rules.split.cost_ppm),
        "split.distribution": format_rate(rules.split.distribution_ppm),
        "split.platform": format_rate(rules.split.platform_ppm),
        "split.legacy": format_rate(rules.split.legacy_ppm),
        "reward.rate": format_rate(rules.reward_ppm),
        "sale.retention": format_rate(rules.retention_ppm),
        "exit.multiple": "off" if multiple is None else str(multiple),
        "exit.basis": rules.exit_basis,
        "exit.retention": format_rate(rules.exit_retention_ppm),
        "brakes.daily_sale_limit": format_rate(brakes.daily_sale_limit_ppm),
        "brakes.exempt_below": format_points(brakes.exempt_below_units).rstrip("0").rstrip("."),
        "brakes.daily_payout": "off" if payout_ppm is None else format_rate(payout_ppm),
        "conduct.profile": rules.profile,
    }
