"""Uplines, ranks, suspensions and agents for many orders, each as of its own moment."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.regions import NOWHERE, read_region
from zengzhi.records.bonuses.plan_at import uses_ranks
from zengzhi.records.bonuses.team_sales import MonthSales
from zengzhi.records.members.models import Rank
from zengzhi.records.members.standing import (
    Dated,
    Tree,
    load_agents,
    load_ranks,
    load_suspensions,
)

if TYPE_CHECKING:
    from zengzhi.records.bonuses.quote import Paid

FIRST_LEVELS = 16
"""Levels read at once for a plan that looks up by rank; further ones only when needed."""
STEP_MAX = 1024
NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SuspendedAt(Container[object]):
    """Who was suspended at a moment."""

    found: Dated
    at: datetime

    def __contains__(self, member: object) -> bool:
        return self.found.at(member, self.at) is not None


def levels_needed(plan: Plan) -> int:
    """How far up the plan looks at least; by rank it may look further."""
    generations = 1 + (len(plan.indirect.rates_ppm) if plan.indirect else 0)
    return max(generations, FIRST_LEVELS) if uses_ranks(plan) else generations


class Standings:
    """What a batch of orders needs to know, read in a few queries and further only on demand."""

    def __init__(
        self,
        starts: Sequence[int],
        regions: Sequence[str],
        moments: tuple[datetime, datetime],
        plans: Sequence[Plan],
        orders: Sequence["Paid"],
    ) -> None:
        self._orders = orders
        self._ranked = any(map(uses_ranks, plans))
        self._step = FIRST_LEVELS
        self._tree = Tree(*moments)
        self._ranks, self._suspended = Dated(), Dated()
        self._known: set[int] = set()
        self._served: dict[tuple[str, datetime], AreaAgents] = {}
        self._names = dict(Rank.objects.values_list("level", "code")) if self._ranked else {}
        self._tree.walk(starts, max(map(levels_needed, plans), default=0))
        self._places = {region: read_region(region).place for region in set(regions)}
        codes = {code for place in self._places.values() for code in place.codes}
        self._agents = load_agents(sorted(codes)) if any(plan.area for plan in plans) else Dated()
        agents = {member for rows in self._agents.rows.values() for _span, member in rows}
        self._learn(self._above() | agents)

    def _above(self) -> set[int]:
        above = set(self._tree.plain.values())
        above.update(sponsor for rows in self._tree.dated.values() for _span, sponsor in rows)
        return above

    def _learn(self, members: set[int]) -> None:
        """Ranks and suspensions of members not asked about before."""
        new = sorted(members - self._known)
        self._known.update(new)
        self._suspended.rows.update(load_suspensions(new).rows)
        if self._ranked:
            self._ranks.rows.update(load_ranks(new).rows)

    def upline(self, member: int, at: datetime) -> Iterator[tuple[int, str]]:
        """(member, rank) from the sponsor upward, as far as it is asked for."""
        tree, names, ranks = self._tree, self._names, self._ranks
        here = member
        while True:
            above = tree.plain.get(here)
            if above is None:
                if here not in tree.walked:
                    tree.walk([here], self._step)
                    self._step = min(STEP_MAX, self._step * 4)
                    self._learn(self._above())
                above = tree.sponsor(here, at)
                if above is None:
                    return
            yield above, (names.get(ranks.at(above, at, 0), "") if self._ranked else "")
            here = above

    def agents(self, region: str, at: datetime) -> AreaAgents:
        """The approved agents of an address; a level that does not exist there has none."""
        found = self._served.get((region, at))
        if found is None:
            rows = self._agents
            levels = self._places.get(region, NOWHERE)
            found = AreaAgents(*(rows.at(level, at) if level else None for level in levels))
            self._served[region, at] = found
        return found

    def team_sales(self, order: "Paid", plan: Plan) -> MonthSales:
        """What teams have paid in the month before an order."""
        return MonthSales(order, plan, self._orders, self.upline)

    def suspended(self, at: datetime) -> Container[object]:
        """Who is paid nothing."""
        return SuspendedAt(self._suspended, at) if self._suspended.rows else NOBODY
