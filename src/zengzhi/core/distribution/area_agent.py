"""区代/市代/省代 area agents: the agents of the delivery address's district, city, province."""

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from zengzhi.core.distribution.lines import NOT_SUSPENDED, Line, Trace, share
from zengzhi.core.distribution.plan import AREA_LEVELS, Area
from zengzhi.core.distribution.upline import Member
from zengzhi.core.errors import UnusableRules
from zengzhi.core.regions import Place, agent_region
from zengzhi.core.units import Fen, Ppm


class AreaAgents(NamedTuple):
    """The agents of one address, ``None`` where there is none."""

    district: Member | None = None
    city: Member | None = None
    province: Member | None = None


NO_AGENTS = AreaAgents()


def agents_by_code(rows: Iterable[tuple[str, str]], first_row: int = 1) -> dict[str, str]:
    """Region → agent, from (member, region) rows. An agent need not be in the referral tree.

    Errors: ``unusable_rules`` naming the row, for a region that does not exist and for two rows
    that name one region, be it by its abolished code.

    >>> agents_by_code([("p", "440000"), ("d", "440305001")])
    {'44': 'p', '440305': 'd'}
    """
    agents: dict[str, str] = {}
    for row, (member, text) in enumerate(rows, first_row):
        if not member:
            raise UnusableRules(f"row {row}: member", member, "a name")
        code = agent_region(text, f"row {row}: region")
        if code in agents:
            raise UnusableRules(f"row {row}: region", text, "one agent for one region")
        agents[code] = member
    return agents


def agents_at(place: Place, agents: Mapping[str, str]) -> AreaAgents:
    """The agents of a place; a level that it does not name has none.

    >>> from zengzhi.core.regions import read_region
    >>> agents_at(read_region("440305").place, {"440305": "d", "44": "p"})
    AreaAgents(district='d', city=None, province='p')
    >>> agents_at(read_region("4403").place, {"440305": "d", "44": "p"})
    AreaAgents(district=None, city=None, province='p')
    """
    return AreaAgents(*(agents.get(code) if code else None for code in place))


def area_lines(
    area: Area,
    base_fen: Fen,
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
    taken_name, taken_ppm = "", Ppm(0)
    for name, own_ppm, agent in zip(AREA_LEVELS, area.rates_ppm, agents, strict=True):
        if own_ppm is None or agent is None or agent == buyer or agent in suspended:
            continue
        if own_ppm <= taken_ppm:
            continue
        rate_ppm = Ppm(own_ppm - taken_ppm)
        due_fen = share(rate_ppm, base_fen)
        trace = Trace(0, False, name, own_ppm, taken_name, taken_ppm)
        lines.append(Line(agent, f"{name}_agent", rate_ppm, base_fen, due_fen, due_fen, trace))
        if area.mode == "difference":
            taken_name, taken_ppm = name, own_ppm
    return lines
