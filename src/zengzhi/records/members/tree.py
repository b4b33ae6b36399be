"""The referral tree (推荐关系): who invited whom. A forest, always: one sponsor, no cycle.

Whoever changes it holds the one row of ``TreeLock`` (on SQLite the write lock does the same), so
that two changes that are harmless alone cannot close a cycle together.
"""

from datetime import datetime

from django.db import connection, transaction

from zengzhi.records.control.audit import note, reason
from zengzhi.records.members.errors import (
    OwnSponsor,
    SponsorCycle,
    SponsorFixed,
    UnknownInvitation,
)
from zengzhi.records.members.models import Member, Sponsorship, TreeLock, User
from zengzhi.records.store import clock


def by_invite_code(text: str) -> Member:
    """The member who has this invitation code. Errors: ``unknown_invitation``."""
    code = text.strip().upper()
    member = Member.objects.filter(invite_code=code).first() if len(code) == 8 else None
    if member is None:
        raise UnknownInvitation
    return member


def _lock() -> None:
    TreeLock.objects.get_or_create(pk=1)
    TreeLock.objects.select_for_update().get(pk=1)


def _stands_below(member_pk: int, top_pk: int) -> bool:
    """Whether ``top`` is the member itself or among those above: a walk to the root."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up(id) AS (SELECT CAST(%s AS bigint) UNION SELECT m.sponsor_id FROM up "
            "JOIN members_member AS m ON m.id = up.id WHERE m.sponsor_id IS NOT NULL) "
            "SELECT 1 FROM up WHERE id = %s LIMIT 1",
            (member_pk, top_pk),
        )
        return cursor.fetchone() is not None


def _check_forest(member: Member, sponsor: Member) -> None:
    if member.pk == sponsor.pk:
        raise OwnSponsor
    invited_nobody = not Member.objects.filter(sponsor_id=member.pk).exists()
    if not invited_nobody and _stands_below(sponsor.pk, member.pk):
        raise SponsorCycle


def bind(member_pk: int, invite_code: str, at: datetime | None = None) -> Member:
    """Bind a member to the one whose invitation was taken; the same again changes nothing.

    Errors: ``unknown_invitation``; ``own_sponsor``; ``sponsor_cycle``; ``sponsor_fixed`` when
    there is another sponsor already or an order was paid.
    """
    sponsor = by_invite_code(invite_code)
    at = at or clock.now()
    with transaction.atomic():
        _lock()
        member = Member.objects.select_for_update(of=("self",)).get(pk=member_pk)
        if member.sponsor_id == sponsor.pk:
            return member
        if member.pk == sponsor.pk:
            raise OwnSponsor
        if member.sponsor_id is not None or member.first_paid_at is not None:
            raise SponsorFixed
        _check_forest(member, sponsor)
        Sponsorship.objects.create(
            member=member, sponsor=sponsor, since=at, how=Sponsorship.How.INVITATION
        )
        member.sponsor = sponsor
        member.save(update_fields=["sponsor"])
        return member


def change_sponsor(
    member_pk: int, sponsor: Member | None, by: User, why: str, at: datetime | None = None
) -> Member:
    """Staff change or remove a sponsor from now on, before the first order is paid; audited.

    Errors: ``sponsor_fixed`` after it; ``own_sponsor``; ``sponsor_cycle``; ``reason_needed``.
    """
    why = reason(why)
    at = at or clock.now()
    with transaction.atomic():
        _lock()
        member = Member.objects.select_for_update(of=("self",)).get(pk=member_pk)
        if member.first_paid_at is not None:
            raise SponsorFixed
        if member.sponsor_id == (sponsor.pk if sponsor else None):
            return member
        if sponsor is not None:
            _check_forest(member, sponsor)
        Sponsorship.objects.filter(member=member, until=None).update(until=at)
        if sponsor is not None:
            Sponsorship.objects.create(
                member=member, sponsor=sponsor, since=at, how=Sponsorship.How.STAFF
            )
        note(
            by,
            "change_sponsor",
            f"member:{member.pk}",
            f"{member.sponsor_id or '–'} → {sponsor.pk if sponsor else '–'}: {why}",
        )
        member.sponsor = sponsor
        member.save(update_fields=["sponsor"])
        return member


def fix_sponsors(member_pks: list[int], at: datetime) -> None:
    """The first order of these members is paid: their sponsor is for life."""
    Member.objects.filter(pk__in=member_pks, first_paid_at=None).update(first_paid_at=at)
