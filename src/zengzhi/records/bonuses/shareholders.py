"""Who shares in the dividend and by which weight, as of a moment: shares, ranks, level weights and
suspensions are dated, so a later change leaves an earlier period unchanged.
"""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from zengzhi.core.distribution.dividend import dividend_weight
from zengzhi.records.bonuses.models import RankWeight, Shareholding
from zengzhi.records.control.audit import note, reason
from zengzhi.records.members.models import Rank, User
from zengzhi.records.members.standing import load_ranks, load_suspensions
from zengzhi.records.store import clock


class Holder(NamedTuple):
    """A holder at a moment; ``weight`` = shares × the weight of the level, 0 while suspended."""

    member: int
    shares: int
    level: int
    weight: int


def hold_shares(
    member_pk: int, shares: int, by: User, why: str, at: datetime | None = None
) -> None:
    """A member's shares weigh in the dividend from now on; 0 ends it. Audited."""
    why, at = reason(why), at or clock.now()
    with transaction.atomic():
        Shareholding.objects.filter(member_id=member_pk, until=None).update(until=at)
        if shares:
            Shareholding.objects.create(member_id=member_pk, shares=shares, since=at)
        note(by, "hold_shares", f"member:{member_pk}", f"{shares}: {why}")


def weigh_rank(rank: Rank, weight: int, by: User, at: datetime | None = None) -> bool:
    """A share of whoever has this rank weighs so much from now on. Audited. False when it did
    already."""
    at = at or clock.now()
    with transaction.atomic():
        Rank.objects.select_for_update().get(pk=rank.pk)
        if weight_now(rank.level) == weight:
            return False
        RankWeight.objects.filter(level=rank.level, until=None).update(until=at)
        RankWeight.objects.create(level=rank.level, weight=weight, since=at)
        note(by, "weigh_rank", rank.code, str(weight))
        return True


def weight_now(level: int) -> int:
    """The weight of a level now; one that nobody ever weighed: 1."""
    found = RankWeight.objects.filter(level=level, until=None).values_list("weight", flat=True)
    return found[0] if found else 1


def holders_at(at: datetime) -> list[Holder]:
    """All holders at a moment, by member."""
    holding = Q(since__lte=at) & (Q(until=None) | Q(until__gt=at))
    found = Shareholding.objects.filter(holding).order_by("member_id")
    held = list(found.values_list("member_id", "shares"))
    members = [member for member, _shares in held]
    ranks, suspended = load_ranks(members), load_suspensions(members)
    weight_of = dict(RankWeight.objects.filter(holding).values_list("level", "weight"))
    rows = []
    for member, shares in held:
        level = ranks.at(member, at, 0)
        level_weight = 0 if suspended.at(member, at) else weight_of.get(level, 1)
        rows.append(Holder(member, shares, level, dividend_weight(shares, level_weight)))
    return rows
