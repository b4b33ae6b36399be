"""Change how a member stands: rank, suspension, region agent. Each is dated, never overwritten."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from zengzhi.core import regions
from zengzhi.core.errors import UnusableRules
from zengzhi.records.control.audit import note, reason
from zengzhi.records.members.errors import (
    NotNow,
    RegionTaken,
    SecondPersonNeeded,
    UnknownRegion,
)
from zengzhi.records.members.models import Member, MemberRank, RegionAgent, Suspension, User
from zengzhi.records.store import clock
from zengzhi.records.store.exclusive import is_overlap


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


def give_rank(member: Member, level: int, by: User, why: str) -> bool:
    """Staff give a rank, or take it (0), from now on; audited. Errors: ``reason_needed``."""
    why = reason(why)
    with transaction.atomic():
        changed = set_rank(member, level, why)
        note(by, "give_rank", f"member:{member.pk}", f"{level}: {why}")
    return changed


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


def propose_agent(
    region: str, member: Member, by: User, since: datetime, until: datetime | None = None
) -> RegionAgent:
    """Propose an agent, who counts once a second person approved. Errors: ``unknown_region``."""
    try:
        region = regions.agent_region(region)
    except UnusableRules as error:
        raise UnknownRegion from error
    with transaction.atomic():
        row = RegionAgent.objects.create(
            region=region, member=member, proposed_by=by, since=since, until=until
        )
        note(by, "propose_agent", f"{region} member:{member.pk}")
    return row


def approve_agent(agent_pk: int, by: User, why: str) -> RegionAgent:
    """A second person approves. Errors: ``second_person_needed``; ``region_taken``; ``not_now``."""
    why = reason(why)
    try:
        with transaction.atomic():
            row = RegionAgent.objects.select_for_update(of=("self",)).get(pk=agent_pk)
            if row.approved_by_id is not None:
                raise NotNow
            if row.proposed_by_id == by.pk:
                raise SecondPersonNeeded
            # Never backwards: orders already paid keep the agents they were paid under.
            row.since = max(row.since, clock.now())
            row.approved_by = by
            row.save(update_fields=["approved_by", "since"])
            note(by, "approve_agent", f"{row.region} member:{row.member_id}", why)
    except IntegrityError as error:
        if not is_overlap(error, "members_regionagent"):
            raise
        raise RegionTaken from error
    return row


def end_agent(agent_pk: int, by: User, why: str, at: datetime | None = None) -> RegionAgent:
    """The agency ends now, or a proposal is withdrawn. Errors: ``not_now``; ``reason_needed``."""
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
