"""Change how a member stands: rank, suspension, region agent. Each is dated, never overwritten."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zengzhi.core import regions
from zengzhi.core.errors import UnusableRules
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import asked_values, done_at, wanted_of
from zengzhi.records.control.audit import note, reason
from zengzhi.records.control.models import Approval
from zengzhi.records.members.errors import (
    NotNow,
    RegionTaken,
    UnknownRegion,
)
from zengzhi.records.members.models import Member, MemberRank, Rank, RegionAgent, Suspension, User
from zengzhi.records.store import clock
from zengzhi.records.store.exclusive import is_overlap

GIVE_RANK, APPOINT_AGENT = "give_rank", "appoint_agent"
BY_HAND = "by hand: "
"""How the reason of a rank begins that staff gave; others come from the conditions."""


def member_of(subject: str) -> Member:
    """``member:5`` → the member."""
    return Member.objects.get(pk=int(subject.removeprefix("member:")))


def member_words(subject: str) -> str:
    """The member of a subject, as desks name them."""
    member = member_of(subject)
    return f"{member} · {member.invite_code}"


def rank_of(member: Member, at: datetime | None = None) -> int:
    """The rank level of a member at a moment, 0 without one."""
    at = at or clock.now()
    row = (
        MemberRank.objects.filter(member=member, since__lte=at)
        .filter(Q(until=None) | Q(until__gt=at))
        .first()
    )
    return row.level if row else 0


def set_rank(member: Member, level: int, why: str, at: datetime | None = None) -> bool:
    """A member holds a rank from now on; the history stays. False when nothing changed."""
    at = at or clock.now()
    with transaction.atomic():
        Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        if rank_of(member, at) == level:
            return False
        MemberRank.objects.filter(member=member, until=None).update(until=at)
        if level:
            MemberRank.objects.create(member=member, level=level, since=at, why=why[:200])
        return True


def give_rank(approval: Approval) -> str:
    """Staff give a rank, or take it (0), from now on, as approved."""
    level, member = wanted_of(approval, GIVE_RANK)["level"], member_of(approval.subject)
    set_rank(member, level, f"{BY_HAND}{approval.reason}", done_at(approval))
    row = MemberRank.objects.filter(member=member, until=None).first()
    return f"{MemberRank._meta.db_table}:{row.pk}" if row else ""


def suspend(member: Member, by: User, why: str, at: datetime | None = None) -> Suspension:
    """From now on the member receives no bonus. Errors: ``not_now``; ``reason_needed``."""
    why = reason(why)
    at = at or clock.now()
    try:
        with transaction.atomic():
            row = Suspension.objects.create(member=member, since=at, reason=why[:200])
            note(by, "suspend", f"member:{member.pk}", why)
    except IntegrityError as error:
        if not is_overlap(error, "members_suspension"):
            raise
        raise NotNow from error
    return row


def resume(member: Member, by: User, why: str, at: datetime | None = None) -> None:
    """From now on the member receives bonuses again; nothing is paid for the time between."""
    why = reason(why)
    with transaction.atomic():
        open_rows = Suspension.objects.filter(member=member, until=None)
        if not open_rows.update(until=at or clock.now()):
            raise NotNow
        note(by, "resume", f"member:{member.pk}", why)


def appoint_agent(approval: Approval) -> str:
    """A member is the agent of a region from the day that was asked for, never from earlier than
    now: orders already paid keep the agents they were paid under. Errors: ``region_taken``."""
    wanted = wanted_of(approval, APPOINT_AGENT)
    try:
        with transaction.atomic():
            row = RegionAgent.objects.create(
                region=_region_of(approval.subject),
                member_id=wanted["member"],
                since=max(datetime.fromisoformat(wanted["since"]), done_at(approval)),
                until=datetime.fromisoformat(wanted["until"]) if wanted["until"] else None,
            )
    except IntegrityError as error:
        if not is_overlap(error, "members_regionagent"):
            raise
        raise RegionTaken from error
    return f"{RegionAgent._meta.db_table}:{row.pk}"


def agent_wanted(
    member: Member, since: datetime, until: datetime | None = None
) -> dict[str, str | int | None]:
    """What an appointment asks for."""
    return {
        "member": member.pk,
        "since": since.isoformat(),
        "until": None if until is None else until.isoformat(),
    }


def end_agent(agent_pk: int, by: User, why: str, at: datetime | None = None) -> RegionAgent:
    """The agency ends now. Errors: ``not_now``; ``reason_needed``."""
    why = reason(why)
    at = at or clock.now()
    with transaction.atomic():
        row = RegionAgent.objects.select_for_update(of=("self",)).get(pk=agent_pk)
        if row.until is not None and row.until <= at:
            raise NotNow
        row.until = max(at, row.since)
        row.save(update_fields=["until"])
        note(by, "end_agent", f"{row.region} member:{row.member_id}", why)
    return row


def _touched(approval: Approval) -> Iterable[int]:
    return (member_of(approval.subject).pk,)


def _rank_name(level: int) -> str | None:
    row = Rank.objects.filter(level=level).first()
    return str(row) if row else None


def _compare_rank(subject: str, wanted: Values) -> tuple[Values, Values]:
    held, level = rank_of(member_of(subject)), wanted["level"]
    if level and not Rank.objects.filter(level=level).exists():
        raise NotNow
    return (
        {"level": held, "rank": _rank_name(held)},
        {"level": level, "rank": _rank_name(level)},
    )


def _ranks_by_hand() -> Iterator[Result]:
    for row in MemberRank.objects.filter(why__startswith=BY_HAND).order_by("pk"):
        yield Result(row._meta.db_table, str(row.pk), row.since)


def _region_of(subject: str) -> str:
    return subject.removeprefix("region:")


def _region_words(subject: str) -> str:
    return regions.full_name(_region_of(subject))


def _agent_at(region: str, at: datetime) -> Member | None:
    holding = RegionAgent.objects.filter(region=region, since__lte=at)
    row = holding.filter(Q(until=None) | Q(until__gt=at)).select_related("member").first()
    return row.member if row else None


def _compare_agent(subject: str, wanted: Values) -> tuple[Values, Values]:
    try:
        region = regions.agent_region(_region_of(subject))
    except UnusableRules as error:
        raise UnknownRegion from error
    if region != _region_of(subject):
        raise UnknownRegion
    now = _agent_at(region, clock.now())
    member = Member.objects.get(pk=wanted["member"])
    before = {"member": str(now) if now else None, "since": None, "until": None}
    after = {
        "member": f"{member} · {member.invite_code}",
        "since": wanted["since"],
        "until": wanted["until"],
    }
    return before, after


def _agents_made() -> Iterator[Result]:
    for row in RegionAgent.objects.order_by("pk"):
        yield Result(row._meta.db_table, str(row.pk), None)


ACTS = (
    Approvable(
        name=GIVE_RANK,
        title=_("rank of a member"),
        may_ask="members.rank_member",
        may_approve="control.approve_team",
        compare=_compare_rank,
        execute=give_rank,
        results=_ranks_by_hand,
        touches=_touched,
        labels={"level": _("level"), "rank": _("rank")},
        words=member_words,
    ),
    Approvable(
        name=APPOINT_AGENT,
        title=_("region agent"),
        may_ask="members.appoint_agent",
        may_approve="control.approve_team",
        compare=_compare_agent,
        execute=appoint_agent,
        results=_agents_made,
        touches=lambda approval: (asked_values(approval)["member"],),
        labels={"member": _("member"), "since": _("from"), "until": _("until")},
        words=_region_words,
    ),
)
