"""A plan version as used, parsed once: which ancestors it asks, and its patterns."""

from functools import lru_cache

from zengzhi.core.distribution.plan import Plan as CorePlan
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.records.bonuses.patterns import Patterns

FIRST_LEVELS = 16
"""Levels read at once for a plan that looks up by rank; further ones only when needed."""


@lru_cache(maxsize=256)
def parsed(text: str) -> CorePlan:
    """The core's plan behind a text."""
    return plan_from_toml(text)


def uses_ranks(plan: CorePlan) -> bool:
    """Whether the plan asks for anybody's rank."""
    return plan.ranks is not None or (plan.indirect is not None and plan.indirect.compression)


def generations(plan: CorePlan) -> int:
    """How many ancestors a plan looks at in any case; by rank it may look further."""
    if plan.indirect is not None:
        return 1 + len(plan.indirect.rates_ppm)
    return 0 if plan.direct_ppm is None and plan.ranks is None else 1


class Version:
    """A plan version as used: its key, the core's plan, and how its lines are found."""

    def __init__(self, pk: int, plan: CorePlan) -> None:
        self.pk = pk
        self.plan = plan
        self.ranked = uses_ranks(plan)
        self.generations = generations(plan)
        self.levels = max(self.generations, FIRST_LEVELS) if self.ranked else self.generations
        """How far up is read at once."""
        self.by_pattern = plan.ranks is None or plan.peer is None or not plan.peer.target_fen
        self.patterns = Patterns(plan, self.generations)


@lru_cache(maxsize=256)
def version_of(pk: int, text: str) -> Version:
    """The version with this key and text, with the patterns it has learned."""
    return Version(pk, parsed(text))
