"""The referral tree is a forest, for ever, also when fifty write at once."""

import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.records.threads import at_once
from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.control.models import Act
from zengzhi.records.members.errors import (
    OwnSponsor,
    SponsorCycle,
    SponsorFixed,
    UnknownInvitation,
)
from zengzhi.records.members.models import Member, Sponsorship, User
from zengzhi.records.members.standing import load_tree
from zengzhi.records.members.tree import bind, change_sponsor, fix_sponsors

NOW = timezone.now()


def people(count: int) -> list[Member]:
    return [Member.objects.create(nickname=f"m{number}") for number in range(count)]


def chain(count: int) -> list[Member]:
    """Each was invited by the one before."""
    members = people(count)
    for above, below in itertools.pairwise(members):
        bind(below.pk, above.invite_code)
    return members


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_user("staff", password="x", is_staff=True)


def sponsors() -> dict[int, int | None]:
    return dict(Member.objects.values_list("pk", "sponsor_id"))


def is_forest(parents: dict[int, int | None]) -> bool:
    for start in parents:
        seen = set()
        here: int | None = start
        while here is not None:
            if here in seen:
                return False
            seen.add(here)
            here = parents[here]
    return True


def test_a_member_has_at_most_one_sponsor_and_the_same_again_changes_nothing(db):
    one, two, three = people(3)
    bind(three.pk, one.invite_code)
    bind(three.pk, one.invite_code.lower())
    with pytest.raises(SponsorFixed):
        bind(three.pk, two.invite_code)
    assert sponsors()[three.pk] == one.pk
    assert Sponsorship.objects.count() == 1


@pytest.mark.parametrize(
    "code", ["", "AAAA", "０２３４５６７８", "ABCDEFGH", "' OR 1=1", "A" * 5000]
)
def test_an_unknown_invitation_is_refused(db, code):
    one = people(1)[0]
    with pytest.raises(UnknownInvitation):
        bind(one.pk, code)


def test_nobody_invites_themselves(db):
    one = people(1)[0]
    with pytest.raises(OwnSponsor):
        bind(one.pk, one.invite_code)
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=one.pk).update(sponsor=one)


def test_a_cycle_of_any_length_is_refused(db):
    for length in (2, 3, 40):
        members = chain(length)
        with pytest.raises(SponsorCycle):
            bind(members[0].pk, members[-1].invite_code)
    assert is_forest(sponsors())


def test_the_sponsor_is_for_life_once_an_order_is_paid(db, staff):
    one, two, three = people(3)
    bind(three.pk, one.invite_code)
    change_sponsor(three.pk, two, staff, "wrong code typed at the stand")
    fix_sponsors([three.pk], timezone.now())
    with pytest.raises(SponsorFixed):
        change_sponsor(three.pk, one, staff, "asked again")
    fix_sponsors([two.pk], timezone.now())
    with pytest.raises(SponsorFixed):
        bind(two.pk, one.invite_code)


def test_staff_changes_are_dated_audited_and_need_a_reason(db, staff):
    one, two, three = people(3)
    bind(three.pk, one.invite_code, NOW - timedelta(days=9))
    with pytest.raises(ReasonNeeded):
        change_sponsor(three.pk, two, staff, " ")
    change_sponsor(three.pk, two, staff, "wrong code typed", NOW)
    tree = load_tree([three.pk], 5, NOW - timedelta(days=20), NOW + timedelta(days=1))
    moments = {-20: None, -9: one.pk, -1: one.pk, 0: two.pk, 1: two.pk}
    for days, sponsor in moments.items():
        assert tree.sponsor(three.pk, NOW + timedelta(days=days)) == sponsor
    act = Act.objects.get()
    assert (act.what, act.by) == ("change_sponsor", staff)
    with pytest.raises(SponsorCycle):
        change_sponsor(two.pk, three, staff, "turn it round")
    change_sponsor(three.pk, None, staff, "no sponsor at all")
    assert sponsors()[three.pk] is None


def test_the_database_refuses_two_sponsors_at_one_moment(db):
    one, two, three = people(3)
    bind(three.pk, one.invite_code)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sponsorship.objects.create(
            member=three, sponsor=two, since=timezone.now() + timedelta(days=1), how="staff"
        )


def test_the_audit_log_cannot_be_changed(db, staff):
    one, two = people(2)
    change_sponsor(one.pk, two, staff, "by phone")
    for change in (lambda: Act.objects.update(why="x"), lambda: Act.objects.all().delete()):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            change()


def test_the_upline_is_as_deep_as_asked_and_in_order(db):
    members = chain(60)
    upline = [member.pk for member in reversed(members[:-1])]
    for depth in (1, 2, 15, 16, 17, 33, 59, 500):
        tree = load_tree([members[-1].pk], depth, timezone.now(), timezone.now())
        assert tree.upline(members[-1].pk, timezone.now(), depth) == upline[:depth]
    many = load_tree([member.pk for member in members], 3, timezone.now(), timezone.now())
    for place, member in enumerate(members):
        expected = [above.pk for above in members[:place][::-1][:3]]
        assert many.upline(member.pk, timezone.now(), 3) == expected


def in_parallel(acts) -> list[str]:
    """Run all at one moment, each on a connection of its own; codes of what was refused."""
    return [
        getattr(result, "code", repr(result)) if isinstance(result, Exception) else "ok"
        for result in at_once(*acts)
    ]


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_at_once_never_close_a_cycle():
    members = people(50)
    ring = [
        (lambda below=members[n], above=members[(n + 1) % 50]: bind(below.pk, above.invite_code))
        for n in range(50)
    ]
    outcomes = in_parallel(ring)
    assert sorted(outcomes) == ["ok"] * 49 + ["sponsor_cycle"]
    assert is_forest(sponsors())


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_bind_one_member_once():
    inviters = people(50)
    guest = people(1)[0]
    outcomes = in_parallel([lambda one=one: bind(guest.pk, one.invite_code) for one in inviters])
    assert sorted(outcomes) == ["ok"] + ["sponsor_fixed"] * 49
    assert Sponsorship.objects.filter(member=guest).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_each_other_at_once():
    for _round in range(10):
        one, two = people(2)
        outcomes = in_parallel(
            [
                lambda one=one, two=two: bind(one.pk, two.invite_code),
                lambda one=one, two=two: bind(two.pk, one.invite_code),
            ]
        )
        assert sorted(outcomes) == ["ok", "sponsor_cycle"]
