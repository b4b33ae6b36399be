"""What the plan gives on paid orders: read how everybody stood, let the core calculate."""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from zengzhi.core.distribution.area_agent import NO_AGENTS, AreaAgents
from zengzhi.core.distribution.lines import Line, Trace, paid_order, share
from zengzhi.core.distribution.order_bonuses import bonuses_of_upline
from zengzhi.core.distribution.plan import AREA_LEVELS, Plan
from zengzhi.core.economy.rules import Split
from zengzhi.core.units import Fen, Ppm
from zengzhi.records.bonuses.models import BonusKind
from zengzhi.records.bonuses.plan_at import Schedule, Version, schedule
from zengzhi.records.bonuses.standings import NOBODY, Standings
from zengzhi.records.store.bulk import many_objects

KINDS = {name.lower(): BonusKind[name] for name in BonusKind.names}
"""The core's kind → its number."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid order as the bonuses need it."""

    order: str
    pool_pk: int
    member: int
    paid_fen: int
    split: Split
    """The order's own split, or its pool's."""
    region: str
    """6-digit code of the delivery address; empty or unknown: unmapped."""
    paid_at: datetime


class QuotedLine(NamedTuple):
    """A line to be stored; ``reason`` says why it is nothing."""

    member: int
    kind: BonusKind
    rate_ppm: int
    base_fen: int
    due_fen: int
    amount_fen: int
    trace: str
    reason: str = ""


class Quote(NamedTuple):
    """An order's lines: Σ amounts + dividend ≤ budget."""

    paid: Paid
    plan_pk: int | None
    budget_fen: int
    lines: list[QuotedLine]
    dividend_fen: int = 0
    upline: str = ""

    @property
    def lines_fen(self) -> int:
        """Σ amounts."""
        return sum(line.amount_fen for line in self.lines)


class Snapshot(NamedTuple):
    """An upline as stored with an order: who stood above the buyer, and how."""

    rows: list[tuple[int, str]]
    """(member, rank) from the sponsor upward."""
    suspended: frozenset[int]
    missed: frozenset[int]
    """Whose team had not reached the target of a peer."""


def upline_text(
    rows: Iterable[tuple[Any, str]],
    suspended: Container[object] = NOBODY,
    missed: Container[object] = NOBODY,
) -> str:
    """An upline as stored: ``12:V1 7: 3:V2:s``, with ``s`` for suspended and ``t`` for a missed
    target."""
    marks = (f"{':s' if m in suspended else ''}{':t' if m in missed else ''}" for m, _r in rows)
    return " ".join([f"{m}:{r}{mark}" for (m, r), mark in zip(rows, marks, strict=True)])


def snapshot(text: str) -> Snapshot:
    """The inverse of :func:`upline_text`."""
    entries = [entry.split(":") for entry in text.split()]
    marked = {mark: {int(e[0]) for e in entries if mark in e[2:]} for mark in "st"}
    rows = [(int(entry[0]), entry[1]) for entry in entries]
    return Snapshot(rows, frozenset(marked["s"]), frozenset(marked["t"]))


@lru_cache(maxsize=4096)
def trace_text(trace: Trace) -> str:
    """A trace as stored; the usual ones are few."""
    return "" if trace == Trace() else json.dumps(trace, separators=(",", ":"), default=str)


def trace_of(text: str) -> Trace:
    """The inverse of :func:`trace_text`."""
    return Trace(*json.loads(text)) if text else Trace()


def _stored(line: Line, reason: str = "") -> QuotedLine:
    return QuotedLine(
        int(line.member),  # type: ignore[call-overload]
        KINDS[line.kind],
        line.rate_ppm,
        line.base_fen,
        line.due_fen,
        line.amount_fen,
        trace_text(line.trace),
        reason,
    )


def _nothing(member: int, kind: str, rate_ppm: Ppm, base_fen: Fen, why: str) -> QuotedLine:
    due_fen = share(rate_ppm, base_fen)
    return QuotedLine(member, KINDS[kind], rate_ppm, base_fen, due_fen, 0, "", why)


def _refused(
    plan: Plan,
    base_fen: Fen,
    buyer: int,
    upline: Sequence[tuple[int, str]],
    agents: AreaAgents,
    suspended: Container[object],
) -> Iterable[QuotedLine]:
    """Lines of nothing for those who would have been paid: suspended, or the buyer's own order."""
    further = plan.indirect.rates_ppm if plan.indirect else ()
    for generation, (member, rank) in enumerate(upline, 1):
        if member not in suspended:
            continue
        if generation == 1 and plan.direct_ppm is not None:
            yield _nothing(member, "direct", plan.direct_ppm, base_fen, "suspended")
        elif 2 <= generation <= 1 + len(further):
            yield _nothing(member, "indirect", further[generation - 2], base_fen, "suspended")
        if plan.ranks is not None and plan.level_of(rank):
            yield _nothing(member, "rank_difference", Ppm(0), base_fen, "suspended")
    if plan.area is None:
        return
    for level, rate_ppm, agent in zip(AREA_LEVELS, plan.area.rates_ppm, agents, strict=True):
        if agent is None or rate_ppm is None:
            continue
        kind = f"{level}_agent"
        if agent == buyer:
            yield _nothing(buyer, kind, rate_ppm, base_fen, "own_order")
        elif agent in suspended:
            yield _nothing(int(agent), kind, rate_ppm, base_fen, "suspended")  # type: ignore[call-overload]


def _by_pattern(paid: Paid, version: Version, standings: Standings) -> Quote | None:
    """The quote of an order with the lines of its pattern; ``None``: the core has to look."""
    at = paid.paid_at
    agents = standings.agents(paid.region, at) if version.plan.area else NO_AGENTS
    if paid.member in agents or standings.suspended(at) is not NOBODY:
        return None
    order = paid_order(paid.member, Fen(paid.paid_fen), paid.split)
    upline = list(islice(standings.upline(paid.member, at), version.generations))
    found = version.patterns.due(order, upline, agents)
    if found is None:
        return None
    base_fen, dues, dividend_fen = found
    lines = [
        QuotedLine(
            member, KINDS[line.kind], line.rate_ppm, base_fen, fen, fen, trace_text(line.trace)
        )
        for member, line, fen in dues
    ]
    text = upline_text(upline)
    return Quote(paid, version.pk, order.budget_fen, lines, dividend_fen, text)


def _quote(paid: Paid, version: Version, standings: Standings) -> Quote:
    if version.by_pattern:
        quote = _by_pattern(paid, version, standings)
        if quote is not None:
            return quote
    return _calculated(paid, version, standings)


def _calculated(paid: Paid, version: Version, standings: Standings) -> Quote:
    order = paid_order(paid.member, Fen(paid.paid_fen), paid.split)
    at, plan = paid.paid_at, version.plan
    agents = standings.agents(paid.region, at) if plan.area else AreaAgents()
    suspended = standings.suspended(at)
    sales = standings.team_sales(paid, plan)
    bonuses, seen = bonuses_of_upline(
        order, standings.upline(paid.member, at), agents, plan, suspended, sales
    )
    missed = sales.missed
    lines = [_stored(line) for line in bonuses.lines]
    lines += [_stored(line, "budget") for line in bonuses.left_out]
    upline: list[tuple[int, str]] = list(seen)  # type: ignore[arg-type]
    if suspended is not NOBODY or paid.member in agents:
        lines += _refused(plan, bonuses.base_fen, paid.member, upline, agents, suspended)
    lines += [
        _nothing(member, "peer", Ppm(0), bonuses.base_fen, "target_missed")
        for member in sorted(missed)
    ]
    text = upline_text(upline, suspended, missed)
    return Quote(paid, version.pk, order.budget_fen, lines, bonuses.dividend_pool_fen, text)


def quote_orders(orders: Sequence[Paid], plans: Schedule | None = None) -> list[Quote]:
    """The bonuses of paid orders, as everybody stood when each was paid, under the plan of that
    moment. Reads only, a few queries for any number of orders."""
    with many_objects(len(orders)):
        return _quote_orders(orders, plans or schedule()) if orders else []


def _quote_orders(orders: Sequence[Paid], plans: Schedule) -> list[Quote]:
    versions = [plans.at(order.paid_at) for order in orders]
    used = {version.pk: version.plan for version in versions if version is not None}
    moments = [order.paid_at for order in orders]
    standings = Standings(
        [order.member for order in orders],
        [order.region for order in orders],
        (min(moments), max(moments)),
        list(used.values()),
        orders,
    )
    return [
        Quote(order, None, paid_order("", Fen(order.paid_fen), order.split).budget_fen, [])
        if version is None
        else _quote(order, version, standings)
        for order, version in zip(orders, versions, strict=True)
    ]
