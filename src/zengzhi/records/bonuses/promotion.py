"""Ranks and promotion (spec 2.4): everybody's facts in one pass over the whole tree, leaves first.

One read of the tree and one of the spends; then every level is folded into the one above, so that
team sizes, team sales and the highest rank of each leg are there when a member is looked at.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum

from zengzhi.core.distribution.promotion import (
    MemberFacts,
    RankRule,
    decide,
    earned_rank,
    promotion_from_toml,
)
from zengzhi.core.units import Fen
from zengzhi.records.members.changes import set_rank
from zengzhi.records.members.models import Member, MemberRank, Rank
from zengzhi.records.settlement.models import Lot
from zengzhi.records.store import clock

Ints = npt.NDArray[np.int64]
NOTHING: frozenset[str] = frozenset()


def rank_rules() -> tuple[RankRule, ...]:
    """The rules of all ranks that have conditions. Errors: ``unusable_rules`` naming the key."""
    rows = Rank.objects.exclude(rule="").order_by("level")
    return promotion_from_toml("\n".join(f'["{row.code}"]\n{row.rule}' for row in rows))


@dataclass(slots=True)
class Network:
    """The whole tree as arrays: place → key, parent's place (−1: none), facts of the team."""

    keys: Ints
    parents: Ints
    levels: list[Ints]
    """Places by depth, the roots first."""
    spend_fen: Ints
    direct: Ints
    team_size: Ints
    team_sales_fen: Ints


def _edges() -> tuple[Ints, Ints]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, sponsor_id FROM members_member ORDER BY id")
        keys: list[int] = []
        sponsors: list[int] = []
        while rows := cursor.fetchmany(50_000):
            keys += [row[0] for row in rows]
            sponsors += [row[1] or -1 for row in rows]
    return np.array(keys, np.int64), np.array(sponsors, np.int64)


def _by_depth(parents: Ints) -> list[Ints]:
    """Places level by level, the roots first."""
    order = np.argsort(parents, kind="stable")
    ordered = parents[order]
    levels: list[Ints] = []
    level = np.flatnonzero(parents < 0).astype(np.int64)
    while level.size:
        levels.append(level)
        first = np.searchsorted(ordered, level, "left")
        counts = np.searchsorted(ordered, level, "right") - first
        starts = np.repeat(first - np.cumsum(counts) + counts, counts)
        level = order[starts + np.arange(counts.sum())].astype(np.int64)
    return levels


def read_network() -> Network:
    """Read the tree and what everybody spent on settled orders, refunds taken off."""
    keys, sponsors = _edges()
    parents = np.searchsorted(keys, sponsors).astype(np.int64)
    parents[sponsors < 0] = -1
    spend_fen = np.zeros(keys.size, np.int64)
    spent = (
        Lot.objects.filter(is_grant=False)
        .values_list("member_id")
        .annotate(fen=Sum(F("spend_fen") - F("refunded_fen")))
    )
    for member, fen in spent.iterator(chunk_size=10_000):
        place = int(np.searchsorted(keys, member))
        if place < keys.size and keys[place] == member:
            spend_fen[place] = fen
    direct, size, sales = (np.zeros(keys.size, np.int64) for _i in range(3))
    levels = _by_depth(parents)
    for level in reversed(levels[1:]):
        above = parents[level]
        np.add.at(direct, above, 1)
        np.add.at(size, above, size[level] + 1)
        np.add.at(sales, above, sales[level] + spend_fen[level])
    return Network(keys, parents, levels, spend_fen, direct, size, sales)


@dataclass(frozen=True, slots=True)
class Changed:
    """What an evaluation did to one member."""

    member: int
    before: int
    after: int


@dataclass(slots=True)
class _Ranks:
    """Rank levels during an evaluation, and the best one of every leg."""

    rules: tuple[RankRule, ...]
    level_of: Mapping[str, int]
    code_of: Mapping[int, str]
    now: dict[int, int]
    legs: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


def _facts(
    network: Network, place: int, legs: list[str], products: Mapping[int, frozenset[str]]
) -> MemberFacts:
    return MemberFacts(
        Fen(int(network.spend_fen[place])),
        int(network.direct[place]),
        int(network.team_size[place]),
        Fen(int(network.team_sales_fen[place])),
        tuple(legs),
        products.get(int(network.keys[place]), NOTHING),
    )


def _earned(
    network: Network, ranks: _Ranks, products: Mapping[int, frozenset[str]]
) -> Iterator[tuple[int, int]]:
    """(member, level whose conditions are met) for whoever has a rank or did anything, from the
    leaves up; the member's rank from now on goes into the legs above."""
    for level in reversed(network.levels):
        for place in level.tolist():
            key = int(network.keys[place])
            legs = ranks.legs.pop(place, [])
            held = ranks.now.get(key, 0)
            idle = not (held or network.spend_fen[place] or network.direct[place])
            if not idle:
                facts = _facts(network, place, legs, products)
                earned = ranks.level_of.get(earned_rank(facts, ranks.rules), 0)
                yield key, earned
                held = max(held, earned)
            best = max((ranks.level_of.get(leg, 0) for leg in legs), default=0)
            parent = int(network.parents[place])
            if parent >= 0:
                ranks.legs[parent].append(ranks.code_of.get(max(held, best), ""))


def evaluate(
    products: Mapping[int, frozenset[str]] | None = None, at: datetime | None = None
) -> list[Changed]:
    """Promote everybody to the highest rank met; demote only where ``RANK_DEMOTE_AFTER_DAYS`` is
    set and the conditions have been unmet for so long. ``products``: names of goods by member."""
    at = at or clock.now()
    rules = rank_rules()
    names = dict(Rank.objects.values_list("code", "level"))
    current = {row.member_id: row for row in MemberRank.objects.filter(until=None)}
    ranks = _Ranks(
        rules,
        names,
        {level: code for code, level in names.items()},
        {member: row.level for member, row in current.items()},
    )
    by_rule = {names[rule.rank] for rule in rules}
    changed: list[Changed] = []
    if not rules:
        return changed
    for key, earned in _earned(read_network(), ranks, products or {}):
        row = current.get(key)
        held = row.level if row else 0
        after = _decide(row, held, earned, held in by_rule, at)
        if after != held:
            changed.append(Changed(key, held, after))
    for change in changed:
        why = "conditions met" if change.after > change.before else "conditions unmet"
        set_rank(Member(pk=change.member), change.after, why, at)
    return changed


def _decide(row: MemberRank | None, held: int, earned: int, has_rule: bool, at: datetime) -> int:
    """The level from now on; notes since when the conditions of the held one are unmet."""
    if earned > held or row is None:
        return decide(held, earned)
    unmet = has_rule and earned < held
    if unmet != (row.unmet_since is not None):
        row.unmet_since = at if unmet else None
        row.save(update_fields=["unmet_since"])
    if row.unmet_since is None:
        return held
    unmet_days = (at - row.unmet_since).days
    return decide(held, earned, unmet_days, settings.RANK_DEMOTE_AFTER_DAYS)


def evaluate_once(products: Mapping[int, frozenset[str]] | None = None) -> list[Changed]:
    """The daily evaluation, as one transaction."""
    with transaction.atomic():
        return evaluate(products)
