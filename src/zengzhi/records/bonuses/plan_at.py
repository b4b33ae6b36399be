"""Which plan version held at a moment, parsed once."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from zengzhi.core.distribution.plan import Plan as CorePlan
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.records.bonuses.models import Plan, PlanState
from zengzhi.records.bonuses.patterns import Patterns


@lru_cache(maxsize=256)
def parsed(text: str) -> CorePlan:
    """The core's plan behind a text."""
    return plan_from_toml(text)


def uses_ranks(plan: CorePlan) -> bool:
    """Whether the plan asks for anybody's rank."""
    return plan.ranks is not None or (plan.indirect is not None and plan.indirect.compression)


def generations(plan: CorePlan) -> int:
    """How many ancestors a plan without ranks looks at."""
    if plan.indirect is not None:
        return 1 + len(plan.indirect.rates_ppm)
    return 0 if plan.direct_ppm is None else 1


class Version:
    """A plan version as used: its key, the core's plan, and how its lines are found."""

    def __init__(self, pk: int, plan: CorePlan) -> None:
        self.pk = pk
        self.plan = plan
        self.by_pattern = not uses_ranks(plan)
        self.generations = generations(plan)
        self.patterns = Patterns(plan)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All versions that ever were or will be active, by their moment."""

    moments: list[datetime]
    versions: list[Version]

    def at(self, moment: datetime) -> Version | None:
        """The version that held at a moment: the last one activated by then."""
        place = bisect_right(self.moments, moment)
        return self.versions[place - 1] if place else None


def schedule() -> Schedule:
    """Every approved version with its moment, as stored."""
    rows = list(
        Plan.objects.filter(state=PlanState.APPROVED, active_from__isnull=False)
        .order_by("active_from", "pk")
        .values_list("active_from", "pk", "text")
    )
    return Schedule(
        [row[0] for row in rows if row[0] is not None],
        [Version(row[1], parsed(row[2])) for row in rows],
    )
