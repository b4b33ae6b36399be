"""The lines of a plan, once per pattern instead of once per order.

Whom an order pays, of which kind and at which rate depends on how those stand who are asked, not
on who they are nor on the amount: the ranks from the sponsor upward as far as the plan looks, who
of them is suspended, which agents serve the address. The core calculates each pattern once, for
stand-ins; an order of the pattern takes its lines with the real people and its own base. That holds
while every line is paid in full and is not nothing: all other orders go to the core itself, and so
does a plan with a target, whose lines depend on what teams have sold.
"""

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from zengzhi.core.distribution.area_agent import AreaAgents
from zengzhi.core.distribution.lines import Line, PaidOrder, Trace, base_of, paid_order
from zengzhi.core.distribution.order_bonuses import due_lines
from zengzhi.core.distribution.plan import AREA_LEVELS, Plan
from zengzhi.core.distribution.upline import Snapshot
from zengzhi.core.economy.rules import Split
from zengzhi.core.units import PPM, Fen, Ppm
from zengzhi.records.bonuses.models import BonusKind

KINDS = {name.lower(): BonusKind[name] for name in BonusKind.names}
"""The core's kind → its number."""
BUYER = 0
"""The stand-in of the buyer; −1 is the sponsor's, −2 the next one's above, 1 to 3 the agents'."""
ORDER = PaidOrder(BUYER, Fen(10**18), Fen(10**18), Fen(10**18))
"""Of its base every rate above 0, and every rate of such a part, gives something."""
PATTERNS_MAX = 20_000
"""So many ancestors and patterns are remembered of a plan; then it begins anew."""
DEEP = 64
"""Whoever has to be looked up further above is not remembered."""

Row = tuple[int, str]
"""A member and the rank, "" for none."""
Stand = str | tuple[str, bool] | None
"""How an ancestor stands: the rank; (rank, ``True``) while suspended; ``None``: there is none."""
Key = tuple[Split, tuple[str | None, ...], tuple[Stand, ...]]
"""The split, the agents' standing, that of the ancestors whom the plan asks in any case."""
SERVES, SUSPENDED, OWN_ORDER = "serves", "suspended", "own_order"
"""How an agent of the address stands; the last two are reasons of a line of nothing."""
NO_ONE_SERVES = (None, None, None)


@lru_cache(maxsize=4096)
def trace_text(trace: Trace) -> str:
    """A trace as stored; the usual ones are few."""
    return "" if trace == Trace() else json.dumps(trace, separators=(",", ":"), default=str)


def trace_of(text: str) -> Trace:
    """The inverse of :func:`trace_text`."""
    return Trace(*json.loads(text)) if text else Trace()


class Refused(NamedTuple):
    """Nothing for somebody who would have been paid, and why."""

    member: int
    kind: str
    rate_ppm: Ppm
    why: str


def refused(
    plan: Plan,
    buyer: int,
    upline: Sequence[Row],
    agents: AreaAgents,
    suspended: Container[object],
) -> Iterator[Refused]:
    """Whoever would have been paid were they not suspended, or were it not their own order."""
    further = plan.indirect.rates_ppm if plan.indirect else ()
    for generation, (member, rank) in enumerate(upline, 1):
        if member not in suspended:
            continue
        if generation == 1 and plan.direct_ppm is not None:
            yield Refused(member, "direct", plan.direct_ppm, SUSPENDED)
        elif 2 <= generation <= 1 + len(further):
            yield Refused(member, "indirect", further[generation - 2], SUSPENDED)
        if plan.ranks is not None and plan.level_of(rank):
            yield Refused(member, "rank_difference", Ppm(0), SUSPENDED)
    if plan.area is None:
        return
    for level, rate_ppm, agent in zip(AREA_LEVELS, plan.area.rates_ppm, agents, strict=True):
        if agent is None or rate_ppm is None:
            continue
        if agent == buyer:
            yield Refused(buyer, f"{level}_agent", rate_ppm, OWN_ORDER)
        elif agent in suspended:
            yield Refused(int(str(agent)), f"{level}_agent", rate_ppm, SUSPENDED)


class PatternLine(NamedTuple):
    """A line of a pattern: whose it is, its kind, rate and trace, and why it is nothing."""

    stand_in: int
    kind: BonusKind
    rate_ppm: Ppm
    of_ppm: Ppm
    """The rate of the difference bonus that a peer shares; 0: a share of the base itself."""
    trace: Trace
    text: str
    reason: str


class Pattern(NamedTuple):
    """What a plan gives on orders of one split whose people stand alike."""

    budget_ppm: Ppm
    base_ppm: Ppm
    """Of the paid amount."""
    lines: tuple[PatternLine, ...]
    rates_ppm: tuple[Ppm, ...]
    """The parts of the base to be calculated: one for each line, then the dividend's."""


class Step(dict["Stand", "Step | Pattern"]):
    """Patterns that differ in the next ancestor."""


@dataclass(slots=True)
class Patterns:
    """The patterns of one plan."""

    plan: Plan
    levels: int
    """So many ancestors are asked in any case."""
    known: dict[Key, Step | Pattern] = field(default_factory=dict)
    _count: int = 0

    def learn(
        self, key: Key, rows: list[Row], further: Iterator[Row], suspended: Container[object]
    ) -> Pattern:
        """Calculate a pattern by the core and remember it. ``rows`` are the ancestors read so far;
        those that the plan asks beyond them are taken from ``further`` and added to them."""
        split, standing, _stands = key
        upline = _Upline(rows, further, suspended)
        upline.suspended.update(
            place for place, stands in enumerate(standing, 1) if stands == SUSPENDED
        )
        agents = AreaAgents(
            *(
                stands and (BUYER if stands == OWN_ORDER else place)
                for place, stands in enumerate(standing, 1)
            )
        )
        pattern = self._calculated(split, upline, agents)
        self._remember(key, upline, pattern)
        return pattern

    def _calculated(self, split: Split, upline: "_Upline", agents: AreaAgents) -> Pattern:
        plan, out = self.plan, upline.suspended
        due = due_lines(ORDER, Snapshot(upline, plan), 0, agents, plan, out)
        differences = {line.member: line.rate_ppm for line in due.get("rank_difference", ())}
        lines = [
            _paid(line, differences.get(line.trace.below, Ppm(0)))
            for kind in plan.active
            for line in due.get(kind, ())
            if line.due_fen
        ]
        lines += [
            PatternLine(member, KINDS[kind], rate_ppm, Ppm(0), Trace(), "", why)
            for member, kind, rate_ppm, why in refused(plan, BUYER, upline.seen, agents, out)
        ]
        unit = paid_order(BUYER, Fen(PPM), split)
        return Pattern(
            Ppm(unit.budget_fen),
            Ppm(base_of(unit, plan.base)),
            tuple(lines),
            (*(line.of_ppm or line.rate_ppm for line in lines), plan.order_dividend_ppm),
        )

    def _remember(self, key: Key, upline: "_Upline", pattern: Pattern) -> None:
        further = upline.stands[self.levels :]
        if upline.ended and len(upline.stands) >= self.levels:
            further.append(None)
        if len(further) > DEEP:
            return
        self._count += 1 + len(further)
        if self._count > PATTERNS_MAX:
            self.known, self._count = {}, 1 + len(further)
        if not further:
            self.known[key] = pattern
            return
        step = self.known.setdefault(key, Step())
        for stand in further[:-1]:
            assert isinstance(step, Step)  # noqa: S101 (as far as the plan asks, so far it asks)
            step = step.setdefault(stand, Step())
        assert isinstance(step, Step)  # noqa: S101
        step[further[-1]] = pattern


def _paid(line: Line, of_ppm: Ppm) -> PatternLine:
    text = "" if of_ppm else trace_text(line.trace)
    stand_in = int(str(line.member))
    return PatternLine(stand_in, KINDS[line.kind], line.rate_ppm, of_ppm, line.trace, text, "")


def stand_of(row: Row | None, suspended: Container[object]) -> Stand:
    """How an ancestor stands, or that there is none."""
    if row is None:
        return None
    return (row[1], True) if row[0] in suspended else row[1]


class _Upline:
    """Stand-ins for ancestors, who are read on as far as they are asked for."""

    def __init__(
        self, rows: list[Row], further: Iterator[Row], suspended: Container[object]
    ) -> None:
        self._rows, self._further, self._suspended = rows, further, suspended
        self.suspended: set[object] = set()
        """The stand-ins who are."""
        self.seen: list[Row] = []
        self.stands: list[Stand] = []
        self.ended = False

    def __iter__(self) -> Iterator[Row]:
        while True:
            place = len(self.seen)
            if place == len(self._rows):
                row = next(self._further, None)
                if row is None:
                    self.ended = True
                    return
                self._rows.append(row)
            row = self._rows[place]
            stand = stand_of(row, self._suspended)
            if stand != row[1]:
                self.suspended.add(-1 - place)
            self.seen.append((-1 - place, row[1]))
            self.stands.append(stand)
            yield self.seen[-1]
