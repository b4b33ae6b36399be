"""What the plan gives on paid orders: the version of that moment, how everybody stood, the lines of
the pattern; the core where the pattern does not do.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import Any, NamedTuple

from zengzhi.core.distribution.area_agent import NO_AGENTS, AreaAgents
from zengzhi.core.distribution.lines import Line, paid_order, share
from zengzhi.core.distribution.order_bonuses import bonuses_of_upline
from zengzhi.core.economy.rules import Split
from zengzhi.core.rounding import shares
from zengzhi.core.units import Fen, Ppm
from zengzhi.records.bonuses.models import BonusKind, Plan, PlanState
from zengzhi.records.bonuses.patterns import (
    BUYER,
    KINDS,
    NO_ONE_SERVES,
    OWN_ORDER,
    SERVES,
    SUSPENDED,
    Pattern,
    Stand,
    Step,
    refused,
    stand_of,
    trace_text,
)
from zengzhi.records.bonuses.plan_at import Version, version_of
from zengzhi.records.bonuses.team_sales import MonthSales
from zengzhi.records.members.standing import NOBODY, Standings
from zengzhi.records.store.bulk import many_objects


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
    moments = [at for at, _pk, _text in rows if at is not None]
    return Schedule(moments, [version_of(pk, text) for _at, pk, text in rows])


def quote_orders(orders: Sequence[Paid]) -> list[Quote]:
    """The bonuses of paid orders, as everybody stood when each was paid, under the plan of that
    moment. Reads only, a few queries for any number of orders."""
    if len(orders) <= 1:
        return _quote_orders(orders) if orders else []
    with many_objects(len(orders)):
        return _quote_orders(orders)


def _quote_orders(orders: Sequence[Paid]) -> list[Quote]:
    plans = schedule()
    versions = [plans.at(order.paid_at) for order in orders]
    used = {version.pk: version for version in versions if version is not None}.values()
    moments = [order.paid_at for order in orders]
    standings = Standings(
        [order.member for order in orders],
        [order.region for order in orders] if any(version.plan.area for version in used) else [],
        (min(moments), max(moments)),
        max([version.levels for version in used], default=0),
        ranked=any(version.ranked for version in used),
    )
    return [
        _quote(order, version, standings, orders)
        for order, version in zip(orders, versions, strict=True)
    ]


def _quote(
    paid: Paid, version: Version | None, standings: Standings, together: Sequence[Paid]
) -> Quote:
    if version is None:
        order = paid_order(paid.member, Fen(paid.paid_fen), paid.split)
        return Quote(paid, None, order.budget_fen, [])
    quote = _by_pattern(paid, version, standings) if version.by_pattern else None
    return quote or _calculated(paid, version, standings, together)


def _by_pattern(paid: Paid, version: Version, standings: Standings) -> Quote | None:
    """The quote of an order with the lines of its pattern; ``None``: the core has to look."""
    at, patterns = paid.paid_at, version.patterns
    agents = AreaAgents(*standings.agents(paid.region, at)) if version.plan.area else NO_AGENTS
    suspended = standings.suspended(at)
    upline = standings.upline(paid.member, at)
    rows = list(islice(upline, version.generations))
    stands: tuple[Stand, ...] = tuple([rank for _member, rank in rows])
    if suspended is not NOBODY:
        stands = tuple([stand_of(row, suspended) for row in rows])
    key = (paid.split, _serving(agents, paid.member, suspended), stands)
    found = patterns.known.get(key)
    while isinstance(found, Step):
        row = next(upline, None)
        if row is not None:
            rows.append(row)
        found = found.get(stand_of(row, suspended))
    pattern = found or patterns.learn(key, rows, upline, suspended)
    return _quoted(paid, version, pattern, agents, rows, suspended)


def _serving(
    agents: AreaAgents, buyer: int, suspended: Container[object]
) -> tuple[str | None, ...]:
    """How the agents of an address stand."""
    if agents == NO_AGENTS:
        return NO_ONE_SERVES
    return tuple(
        [
            None
            if agent is None
            else OWN_ORDER
            if agent == buyer
            else SUSPENDED
            if agent in suspended
            else SERVES
            for agent in agents
        ]
    )


def _quoted(
    paid: Paid,
    version: Version,
    pattern: Pattern,
    agents: AreaAgents,
    rows: Sequence[tuple[int, str]],
    suspended: Container[object],
) -> Quote | None:
    """The lines of a pattern for real people; ``None`` where one of them is cut or nothing."""
    budget_fen, base_fen = shares((pattern.budget_ppm, pattern.base_ppm), paid.paid_fen)
    *parts_fen, dividend_fen = shares(pattern.rates_ppm, base_fen)
    left_fen = budget_fen - dividend_fen
    people: dict[object, Any] = {BUYER: paid.member}
    people.update(enumerate(agents, 1))
    people.update(zip(count(-1, -1), (member for member, _rank in rows), strict=False))
    lines = []
    for (place, kind, rate_ppm, of_ppm, trace, text, reason), fen in zip(
        pattern.lines, parts_fen, strict=True
    ):
        of_fen = base_fen
        if of_ppm:
            of_fen, fen = fen, shares((rate_ppm,), fen)[0]
            text = trace_text(trace._replace(below=people[trace.below]))
        if not reason:
            if fen == 0:
                return None
            left_fen -= fen
        amount_fen = 0 if reason else fen
        line = QuotedLine(people[place], kind, rate_ppm, of_fen, fen, amount_fen, text, reason)
        lines.append(line)
    if left_fen < 0:
        return None
    text = upline_text(rows, suspended)
    return Quote(paid, version.pk, budget_fen, lines, dividend_fen, text)


def _calculated(
    paid: Paid, version: Version, standings: Standings, together: Sequence[Paid]
) -> Quote:
    """The quote of an order by the core."""
    order = paid_order(paid.member, Fen(paid.paid_fen), paid.split)
    at, plan = paid.paid_at, version.plan
    agents = AreaAgents(*standings.agents(paid.region, at)) if plan.area else NO_AGENTS
    suspended = standings.suspended(at)
    sales = MonthSales(paid, plan, together, standings.upline)
    bonuses, seen = bonuses_of_upline(
        order, standings.upline(paid.member, at), agents, plan, suspended, sales
    )
    missed = sales.missed
    upline: list[tuple[int, str]] = list(seen)  # type: ignore[arg-type]
    lines = [_stored(line) for line in bonuses.lines]
    lines += [_stored(line, "budget") for line in bonuses.left_out]
    lines += [
        _nothing(nobody.member, nobody.kind, nobody.rate_ppm, bonuses.base_fen, nobody.why)
        for nobody in refused(plan, paid.member, upline, agents, suspended)
    ]
    lines += [
        _nothing(member, "peer", Ppm(0), bonuses.base_fen, "target_missed")
        for member in sorted(missed)
    ]
    text = upline_text(upline, suspended, missed)
    return Quote(paid, version.pk, order.budget_fen, lines, bonuses.dividend_pool_fen, text)


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
