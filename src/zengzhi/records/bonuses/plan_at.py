"""Which plan version held at a moment, parsed once."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from zengzhi.core.distribution.plan import Plan as CorePlan
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.records.bonuses.models import Plan, PlanState


@lru_cache(maxsize=256)
def parsed(text: str) -> CorePlan:
    """The core's plan behind a text."""
    return plan_from_toml(text)


@dataclass(frozen=True, slots=True)
class Version:
    """A plan version as used: its key and the core's plan."""

    pk: int
    plan: CorePlan


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
