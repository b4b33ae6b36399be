"""The lines of a plan that asks for nobody's rank, once per pattern instead of once per order.

Without ranks the lines depend on how many ancestors there are and which levels have an agent, not
on who they are. The core calculates each pattern once, for stand-ins; an order of the pattern takes
its lines with the real people and its own base. That holds while every line is paid in full and is
not nothing, nobody is suspended and the buyer is no agent: all other orders go to the core itself.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.lines import PaidOrder, Trace, base_of, share
from zengzhi.core.distribution.order_bonuses import bonuses_of_upline
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.units import Fen, Ppm

BUYER = 0
ANCESTOR = -1
"""The stand-in of the sponsor; further ancestors are −2, −3, …"""
AGENTS = (-1001, -1002, -1003)
"""The stand-ins of the agents of district, city and province."""
LARGE_FEN = Fen(10**9)
"""A base on which every rate above 0 gives something."""


class PatternLine(NamedTuple):
    """A line of a pattern: whose it is, its kind, rate and trace."""

    stand_in: int
    kind: str
    rate_ppm: Ppm
    trace: Trace


class Due(NamedTuple):
    """A line of an order: the real member and the amount, all of which is paid."""

    member: int
    line: PatternLine
    fen: int


@dataclass(slots=True)
class Patterns:
    """The patterns of one plan."""

    plan: Plan
    known: dict[tuple[int, bool, bool, bool], tuple[PatternLine, ...]] = field(default_factory=dict)

    def due(
        self, order: PaidOrder, upline: list[tuple[int, str]], agents: AreaAgents
    ) -> tuple[int, list[Due], int] | None:
        """(base, lines, dividend part) of an order, or ``None`` when the core has to look."""
        district, city, province = agents
        key = (len(upline), district is not None, city is not None, province is not None)
        pattern = self.known.get(key)
        if pattern is None:
            pattern = self.known[key] = self._calculated(*key)
        base_fen = base_of(order, self.plan.base)
        left_fen: int = order.budget_fen
        dues = []
        for line in pattern:
            fen = share(line.rate_ppm, base_fen)
            if fen == 0:
                return None
            left_fen -= fen
            place = line.stand_in
            member = upline[-1 - place][0] if place > AGENTS[0] else agents[AGENTS[0] - place]
            dues.append(Due(member, line, fen))  # type: ignore[arg-type]
        dividend_fen = share(self.plan.order_dividend_ppm, base_fen)
        return None if left_fen < dividend_fen else (base_fen, dues, dividend_fen)

    def _calculated(
        self, ancestors: int, district: bool, city: bool, province: bool
    ) -> tuple[PatternLine, ...]:
        order = PaidOrder(BUYER, LARGE_FEN, LARGE_FEN, LARGE_FEN)
        upline = [(ANCESTOR - place, "") for place in range(ancestors)]
        there = (district, city, province)
        agents = AreaAgents(*(a if on else None for a, on in zip(AGENTS, there, strict=True)))
        bonuses, _seen = bonuses_of_upline(order, iter(upline), agents, self.plan)
        if bonuses.left_out or any(line.amount_fen != line.due_fen for line in bonuses.lines):
            # Rates above 100 % together: no order of this plan is paid in full.
            return (PatternLine(ANCESTOR, "direct", Ppm(0), Trace()),)
        return tuple(
            PatternLine(int(line.member), line.kind, line.rate_ppm, line.trace)  # type: ignore[call-overload]
            for line in bonuses.lines
        )
