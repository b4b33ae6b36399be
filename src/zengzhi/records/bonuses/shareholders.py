"""Who shares in the dividend and by which weight, as of a moment: shares, ranks, level weights and
suspensions are dated, so a later change leaves an earlier period unchanged.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zengzhi.core.distribution.dividend import dividend_weight
from zengzhi.records.bonuses.models import RankWeight, Shareholding
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import done_at, wanted_of
from zengzhi.records.control.models import Approval
from zengzhi.records.members.changes import member_of, member_words
from zengzhi.records.members.models import Rank
from zengzhi.records.members.standing import load_ranks, load_suspensions


class Holder(NamedTuple):
    """A holder at a moment; ``weight`` = shares × the weight of the level, 0 while suspended."""

    member: int
    shares: int
    level: int
    weight: int


HOLD_SHARES, SET_RANK = "hold_shares", "set_rank"
RANK_NAMES = ("code", "name_zh", "name_en", "rule")


def set_shares(member_pk: int, shares: int, at: datetime) -> Shareholding | None:
    """A member's shares weigh in the dividend from a moment on; 0 ends it."""
    with transaction.atomic():
        Shareholding.objects.filter(member_id=member_pk, until=None).update(until=at)
        if not shares:
            return None
        made: Shareholding = Shareholding.objects.create(
            member_id=member_pk, shares=shares, since=at
        )
        return made


def hold_shares(approval: Approval) -> str:
    """A member's shares from now on, as approved."""
    shares = wanted_of(approval, HOLD_SHARES)["shares"]
    row = set_shares(member_of(approval.subject).pk, shares, done_at(approval))
    return f"{row._meta.db_table}:{row.pk}" if row else ""


def set_rank_row(approval: Approval) -> str:
    """A rank's name, conditions and weight in the dividend from now on, as approved."""
    wanted = wanted_of(approval, SET_RANK)
    level = _level_of(approval.subject)
    row, _made = Rank.objects.update_or_create(
        level=level, defaults={name: wanted[name] for name in RANK_NAMES}
    )
    weigh_rank(level, wanted["weight"], done_at(approval))
    return f"{row._meta.db_table}:{row.pk}"


def weigh_rank(level: int, weight: int, at: datetime) -> bool:
    """A share of whoever has this rank weighs so much from a moment on. False when it did
    already."""
    with transaction.atomic():
        Rank.objects.select_for_update().get(level=level)
        if weight_now(level) == weight:
            return False
        RankWeight.objects.filter(level=level, until=None).update(until=at)
        RankWeight.objects.create(level=level, weight=weight, since=at)
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


def _shares_now(member_pk: int) -> int:
    held = Shareholding.objects.filter(member_id=member_pk, until=None)
    return held.values_list("shares", flat=True).first() or 0


def _compare_shares(subject: str, wanted: Values) -> tuple[Values, Values]:
    return {"shares": _shares_now(member_of(subject).pk)}, {"shares": wanted["shares"]}


def _shareholdings() -> Iterator[Result]:
    for row in Shareholding.objects.order_by("pk"):
        yield Result(row._meta.db_table, str(row.pk), row.since, {"shares": row.shares})


def _level_of(subject: str) -> int:
    return int(subject.removeprefix("rank:"))


def _rank_values(row: Rank | None) -> Values:
    if row is None:
        return {}
    return {
        **{name: getattr(row, name) for name in RANK_NAMES},
        "weight": weight_now(row.level),
    }


def _compare_rank(subject: str, wanted: Values) -> tuple[Values, Values]:
    level = _level_of(subject)
    row = Rank.objects.filter(level=level).first()
    before = _rank_values(row)
    names = {name: wanted[name] for name in RANK_NAMES}
    row = row or Rank(level=level)
    for name, value in names.items():
        setattr(row, name, value)
    row.full_clean()
    return before, {**names, "weight": wanted["weight"]}


def _ranks() -> Iterator[Result]:
    for row in Rank.objects.order_by("pk"):
        yield Result(row._meta.db_table, str(row.pk), None, _rank_values(row))


ACTS = (
    Approvable(
        name=HOLD_SHARES,
        title=_("shares in the dividend"),
        may_ask="bonuses.run_dividend",
        may_approve="control.approve_team",
        compare=_compare_shares,
        execute=hold_shares,
        results=_shareholdings,
        touches=lambda approval: (member_of(approval.subject).pk,),
        labels={"shares": _("shares")},
        words=member_words,
    ),
    Approvable(
        name=SET_RANK,
        title=_("a rank and its conditions"),
        may_ask="members.change_rank",
        may_approve="control.approve_team",
        compare=_compare_rank,
        execute=set_rank_row,
        results=_ranks,
        touches=None,
        labels={
            "code": _("code"),
            "name_zh": _("name (Chinese)"),
            "name_en": _("name (English)"),
            "rule": _("conditions (TOML)"),
            "weight": _("weight of a share in the dividend"),
        },
        words=lambda subject: f"V{_level_of(subject)}",
    ),
)
