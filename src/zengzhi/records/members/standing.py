"""How members stood at a moment: upline, rank, suspension, region agents. Reads for many at once.

Every look-up goes by key, a few queries for any number of starts; what it costs depends on the
ancestors it returns, never on the size of the tree.
"""

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from zengzhi.core.regions import NOWHERE, read_region
from zengzhi.records.members.models import MemberRank, Rank, RegionAgent, Suspension

FEW = 64
"""So few starts are walked in one query, more level by level so that nobody is read twice."""

STEP_MIN, STEP_MAX = 16, 1024
"""Levels read at once, more and more of them, where somebody is looked for further up."""
NOBODY: frozenset[int] = frozenset()

Span = tuple[datetime, datetime | None]


def key_list(keys: Iterable[int | str]) -> tuple[str, Any]:
    """A sub-select of many keys as one parameter: ``IN <sql>`` and its value."""
    if connection.vendor == "postgresql":
        values = list(keys)
        if values and isinstance(values[0], str):
            return "(SELECT unnest(%s::text[]))", values
        return "(SELECT unnest(%s::bigint[]))", f"{{{','.join(map(str, values))}}}"
    return "(SELECT value FROM json_each(%s))", json.dumps(list(keys))


def holds(span: Span, at: datetime) -> bool:
    """Whether a period holds at a moment; its end is exclusive."""
    since, until = span
    return since <= at and (until is None or at < until)


def _moment(value: datetime) -> datetime:
    """A datetime column of a raw cursor: naive in UTC on SQLite, aware on PostgreSQL."""
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _span(since: Any, until: Any) -> Span:
    return _moment(since), None if until is None else _moment(until)


def _stored(at: datetime) -> Any:
    """A moment as a parameter of a raw query."""
    return connection.ops.adapt_datetimefield_value(at)


@dataclass(slots=True)
class Tree:
    """Sponsors as stored, of the members that were walked."""

    first: datetime
    last: datetime
    """The moments asked about lie between these."""
    plain: dict[int, int] = field(default_factory=dict)
    """Member → sponsor, where the same one held at all moments asked about."""
    dated: dict[int, list[tuple[Span, int]]] = field(default_factory=lambda: defaultdict(list))
    walked: set[int] = field(default_factory=set)
    """Whose sponsors are known, none included."""

    def sponsor(self, member: int, at: datetime) -> int | None:
        """The sponsor at a moment, or ``None``."""
        found = self.plain.get(member)
        if found is not None:
            return found
        for span, sponsor in self.dated.get(member, ()):
            if holds(span, at):
                return sponsor
        return None

    def upline(self, member: int, at: datetime, depth: int) -> list[int]:
        """The sponsor, the sponsor's sponsor and so on, at most ``depth`` of them."""
        above: list[int] = []
        here: int | None = self.sponsor(member, at)
        while here is not None and len(above) < depth:
            above.append(here)
            here = self.sponsor(here, at)
        return above

    def walk(self, starts: Iterable[int], depth: int) -> None:
        """Walk up ``depth`` levels from many members at once, each ancestor read once."""
        frontier = set(starts) - self.walked
        left = depth
        while frontier and left > 0:
            step = left if len(frontier) <= FEW else 1
            rows = self._read(frontier, step)
            changed = []
            for member, sponsor, throughout in rows:
                self.walked.add(member)
                if throughout:
                    self.plain[member] = sponsor
                elif sponsor is not None:
                    changed.append(member)
            if changed:
                self._read_dated(changed)
            self.walked |= frontier
            frontier = {row[1] for row in rows if row[1] is not None} - self.walked
            left -= step

    def _read(self, frontier: set[int], step: int) -> list[tuple[Any, ...]]:
        keys, value = key_list(sorted(frontier))
        throughout = "s.since <= %s AND (s.until IS NULL OR s.until > %s)"
        moments = (_stored(self.first), _stored(self.last))
        with connection.cursor() as cursor:
            if step == 1:
                cursor.execute(
                    f"SELECT s.member_id, s.sponsor_id, {throughout} "  # noqa: S608 (own names)
                    f"FROM members_sponsorship AS s WHERE s.member_id IN {keys}",
                    (*moments, value),
                )
            else:
                cursor.execute(
                    "WITH RECURSIVE up(member, depth) AS ("  # noqa: S608 (own names)
                    f"SELECT m.id, 0 FROM members_member AS m WHERE m.id IN {keys} "
                    "UNION SELECT s.sponsor_id, up.depth + 1 FROM up "
                    "JOIN members_sponsorship AS s ON s.member_id = up.member "
                    "WHERE up.depth + 1 < %s) "
                    f"SELECT walked.member, s.sponsor_id, {throughout} "
                    "FROM (SELECT DISTINCT member FROM up) AS walked "
                    "LEFT JOIN members_sponsorship AS s ON s.member_id = walked.member",
                    (value, step, *moments),
                )
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _read_dated(self, members: Sequence[int]) -> None:
        """The periods of those whose sponsor changed within the moments asked about."""
        keys, value = key_list(sorted(set(members)))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT member_id, sponsor_id, since, until FROM members_sponsorship "  # noqa: S608
                f"WHERE member_id IN {keys} ORDER BY id",
                (value,),
            )
            found = cursor.fetchall()
        for member in members:
            self.dated[member].clear()
        for member, sponsor, since, until in found:
            self.dated[member].append((_span(since, until), sponsor))


def load_tree(starts: Iterable[int], depth: int, first: datetime, last: datetime) -> Tree:
    """The uplines of many members, for moments from ``first`` to ``last``."""
    tree = Tree(first, last)
    tree.walk(starts, depth)
    return tree


@dataclass(slots=True)
class Dated:
    """Values of keys by period: ranks of members, suspensions, agents of regions."""

    rows: dict[Any, list[tuple[Span, Any]]] = field(default_factory=lambda: defaultdict(list))

    def at(self, key: Any, moment: datetime, default: Any = None) -> Any:
        """The value of a key at a moment."""
        for span, value in self.rows.get(key, ()):
            if holds(span, moment):
                return value
        return default


def _dated(model: type[models.Model], key: str, value: str, keys: Sequence[Any]) -> Dated:
    found = Dated()
    if not keys:
        return found
    sql, parameter = key_list(keys)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {value}, since, until FROM {table} WHERE {key} IN {sql}",  # noqa: S608
            (parameter,),
        )
        for row_key, row_value, since, until in cursor.fetchall():
            found.rows[row_key].append((_span(since, until), row_value))
    return found


def load_ranks(members: Sequence[int]) -> Dated:
    """Rank levels of members by period; without a row: level 0."""
    return _dated(MemberRank, "member_id", "level", members)


def load_suspensions(members: Sequence[int]) -> Dated:
    """Reasons of suspensions by period."""
    return _dated(Suspension, "member_id", "reason", members)


def load_agents(regions: Sequence[str]) -> Dated:
    """Agents of regions by period."""
    return _dated(RegionAgent, "region", "member_id", regions)


@dataclass(frozen=True, slots=True)
class SuspendedAt(Container[object]):
    """Who was suspended at a moment."""

    found: Dated
    at: datetime

    def __contains__(self, member: object) -> bool:
        return self.found.at(member, self.at) is not None


Agents = tuple[int | None, int | None, int | None]
"""Of a district, its city and its province."""


class Standings:
    """How those stand who have to do with some orders: the ``levels`` above their buyers and the
    agents of their regions, read in a few queries, and further up only on demand."""

    def __init__(
        self,
        starts: Iterable[int],
        regions: Iterable[str],
        moments: tuple[datetime, datetime],
        levels: int,
        *,
        ranked: bool,
    ) -> None:
        self._ranked = ranked
        self._step = STEP_MIN
        self._tree = Tree(*moments)
        self._ranks, self._suspended = Dated(), Dated()
        self._known: set[int] = set()
        self._served: dict[tuple[str, datetime], Agents] = {}
        self._names = dict(Rank.objects.values_list("level", "code")) if ranked else {}
        self._tree.walk(starts, levels)
        self._places = {region: read_region(region).place for region in set(regions)}
        codes = {code for place in self._places.values() for code in place if code}
        self._agents = load_agents(sorted(codes))
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

    def agents(self, region: str, at: datetime) -> Agents:
        """The agents of an address; a level that does not exist there has none."""
        found = self._served.get((region, at))
        if found is None:
            rows, place = self._agents, self._places.get(region, NOWHERE)
            district, city, province = (rows.at(code, at) if code else None for code in place)
            found = self._served[region, at] = (district, city, province)
        return found

    def suspended(self, at: datetime) -> Container[object]:
        """Who is paid nothing."""
        return SuspendedAt(self._suspended, at) if self._suspended.rows else NOBODY
