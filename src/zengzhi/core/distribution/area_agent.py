"""区代/市代/省代 area agents: the agents of the delivery address's district, city, province."""

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from zengzhi.core.distribution.lines import NOT_SUSPENDED, Line, Trace, share
from zengzhi.core.distribution.plan import AREA_LEVELS, Area
from zengzhi.core.distribution.upline import Member
from zengzhi.core.errors import UnusableRules

CODE_DIGITS = (6, 4, 2)
"""A district's code has 6 digits; its first 4 name the city, its first 2 the province."""


class AreaAgents(NamedTuple):
    """The agents of one address, ``None`` where there is none."""

    district: Member | None = None
    city: Member | None = None
    province: Member | None = None


NO_AGENTS = AreaAgents()


def agents_by_code(rows: Iterable[tuple[str, str]], first_row: int = 1) -> dict[str, str]:
    """Region code → agent, from (member, region) rows. An agent need not be in the referral tree.

    Errors: ``unusable_rules`` naming the row, for two agents of one region and a code that is not
    6, 4 or 2 digits.
    """
    agents: dict[str, str] = {}
    for row, (member, code) in enumerate(rows, first_row):
        if not member:
            raise UnusableRules(f"row {row}: member", member, "a name")
        if not (code.isascii() and code.isdigit() and len(code) in CODE_DIGITS):
            raise UnusableRules(f"row {row}: region", code, "a code of 6, 4 or 2 digits")
        if code in agents:
            raise UnusableRules(f"row {row}: region", code, "one agent for one region")
        agents[code] = member
    return agents


def agents_of(region: str, agents: Mapping[str, str]) -> AreaAgents:
    """The agents of an address. A missing or too short region names no level that it cannot name;
    more than 6 digits (a street) name the district they begin with.

    >>> agents_of("440305", {"440305": "d", "44": "p"})
    AreaAgents(district='d', city=None, province='p')
    >>> agents_of("4403", {"440305": "d", "44": "p"})
    AreaAgents(district=None, city=None, province='p')
    """
    if not (region.isascii() and region.isdigit()):
        return NO_AGENTS
    named = [region[:n] if len(region) >= n else "" for n in CODE_DIGITS]
    return AreaAgents(*(agents.get(code) for code in named))


def area_lines(
    area: Area,
    base_fen: int,
    buyer: Member,
    agents: AreaAgents,
    suspended: Container[Member] = NOT_SUSPENDED,
) -> list[Line]:
    """``independent``: ⌊rate × B⌋ each. ``difference``: each gets what its rate is above the one
    below, ⌊(r − taken)·B⌋. A level that is absent from the plan, without an agent, or whose agent
    is the buyer (or suspended) is passed over and takes nothing.

    >>> area = Area("difference", 30_000, 50_000, 60_000)
    >>> everyone, no_district = AreaAgents("d", "c", "p"), AreaAgents(None, "c", "p")
    >>> [line.due_fen for line in area_lines(area, 100_000, "m", everyone)]
    [3000, 2000, 1000]
    >>> [line.due_fen for line in area_lines(area, 100_000, "m", no_district)]
    [5000, 1000]
    >>> area = Area("independent", 30_000, 50_000, 60_000)
    >>> [line.due_fen for line in area_lines(area, 100_000, "m", everyone)]
    [3000, 5000, 6000]
    """
    lines: list[Line] = []
    taken_name, taken_ppm = "", 0
    for name, own_ppm, agent in zip(AREA_LEVELS, area.rates_ppm, agents, strict=True):
        if own_ppm is None or agent is None or agent == buyer or agent in suspended:
            continue
        if own_ppm <= taken_ppm:
            continue
        rate_ppm = own_ppm - taken_ppm
        due_fen = share(rate_ppm, base_fen)
        trace = Trace(0, False, name, own_ppm, taken_name, taken_ppm)
        lines.append(Line(agent, f"{name}_agent", rate_ppm, base_fen, due_fen, due_fen, trace))
        if area.mode == "difference":
            taken_name, taken_ppm = name, own_ppm
    return lines
