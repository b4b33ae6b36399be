"""Acts of two people: who asks, who approves, and that nobody does both by any way."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from tests.approvals import approve, approved, asked, person, signed_in
from zengzhi.core.errors import ZengzhiError
from zengzhi.records.control import guards
from zengzhi.records.control.approvals import service
from zengzhi.records.control.approvals.cooling import begin
from zengzhi.records.control.approvals.mode import SWITCH, WAIT, is_one_person
from zengzhi.records.control.models import Act, Approval, ApprovalState, Mode, ModeName
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import WithdrawalTerms
from zengzhi.records.wallet.terms_store import SET_TERMS, ask_for_terms, current_terms, set_terms
from zengzhi.verify import approvals as check

pytestmark = pytest.mark.django_db
WANTED = {"four_eyes_above_fen": 99_999_999_00, "cooling_hours": 0}


def staff(name: str, role: str) -> User:
    user = User.objects.create_user(name, password="correct horse 9", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def owner():
    return staff("mei", "owner")


@pytest.fixture
def reviewer():
    return staff("rui", "reviewer")


def code(call, *arguments) -> str:
    with pytest.raises(ZengzhiError) as refusal, transaction.atomic():
        call(*arguments)
    return refusal.value.code


def problems() -> list[str]:
    return [
        f"{p.table} {p.id} {p.field}" for find in (check.approvals, check.results) for p in find()
    ]


def test_two_people_set_new_terms(owner, reviewer):
    before = current_terms()
    row = asked(SET_TERMS, "terms", WANTED, owner)
    assert current_terms() == before
    done = approve(row, reviewer)
    newest = current_terms()
    assert newest.four_eyes_above_fen == WANTED["four_eyes_above_fen"]
    assert newest.minimum_fen == before.minimum_fen
    assert (newest.created_by, newest.created_at) == (owner, done.decided_at)
    assert (done.state, done.result) == ("executed", f"wallet_withdrawalterms:{newest.pk}")
    assert list(Act.objects.order_by("pk").values_list("what", flat=True)) == [
        "approval_asked",
        "approval_given",
    ]
    assert problems() == []


def test_nobody_approves_what_they_asked_for(owner, reviewer):
    row = asked(SET_TERMS, "terms", WANTED, owner)
    with signed_in(owner):
        assert code(service.approve, row.pk, row.digest, owner) == "second_person_needed"
        assert code(service.refuse, row.pk, owner, "no, never") == "second_person_needed"
    # not in somebody else's name either, nor in the same session as another
    with signed_in(owner):
        assert code(service.approve, row.pk, row.digest, reviewer) == "not_present"
    assert code(service.approve, row.pk, row.digest, reviewer) == "not_present"
    from zengzhi.records.control.approvals.presence import present

    with present(reviewer.pk, f"session of {owner.pk}"):
        assert code(service.approve, row.pk, row.digest, reviewer) == "second_person_needed"
    assert WithdrawalTerms.objects.filter(cooling_hours=0).count() == 0


def test_outside_the_office_one_only_asks_and_the_named_person_signs(owner, reviewer):
    row = ask_for_terms(WANTED, owner, "from a shell")  # nobody is signed in
    assert row.state == "unsigned"
    with signed_in(reviewer):
        assert code(service.approve, row.pk, row.digest, reviewer) == "approval_over"
        assert code(service.sign, row.pk, reviewer) == "not_yours"
    assert code(service.sign, row.pk, owner) == "not_present"
    with signed_in(owner):
        service.sign(row.pk, owner)
    assert approve(row, reviewer).state == "executed"
    assert problems() == []


def test_a_service_does_nothing_without_an_approved_approval(owner, reviewer):
    row = asked(SET_TERMS, "terms", WANTED, owner)
    assert code(set_terms, row) == "approval_over"
    done = approve(row, reviewer)
    assert code(set_terms, done) == "approval_over"
    assert WithdrawalTerms.objects.filter(cooling_hours=0).count() == 1


def test_both_need_their_right_and_an_active_account(owner, reviewer):
    support = staff("su", "support")
    finance = staff("fin", "finance")
    with signed_in(support):
        assert code(service.ask, SET_TERMS, "terms", WANTED, support, "because") == "right_missing"
    row = asked(SET_TERMS, "terms", WANTED, owner)
    for other in (support, finance):
        with signed_in(other):
            assert code(service.approve, row.pk, row.digest, other) == "right_missing"
            assert code(service.refuse, row.pk, other, "no, never") == "right_missing"
    User.objects.filter(pk=owner.pk).update(is_active=False)
    with signed_in(reviewer):
        assert code(service.approve, row.pk, row.digest, reviewer) == "right_missing"
    User.objects.filter(pk=owner.pk).update(is_active=True)
    assert approve(row, reviewer).state == "executed"


def test_neither_may_cool_down(owner, reviewer):
    row = asked(SET_TERMS, "terms", WANTED, owner)
    begin(reviewer, "rights")
    with signed_in(reviewer):
        assert code(service.approve, row.pk, row.digest, reviewer) == "cooling_down"
    reviewer.set_password("another good one 7")
    reviewer.save()
    with clock.at(clock.now() + timedelta(hours=25)):
        owner.set_password("one more good one 8")
        owner.save()
        with signed_in(reviewer):
            assert code(service.approve, row.pk, row.digest, reviewer) == "cooling_down"
        with signed_in(owner):
            assert code(service.ask, SET_TERMS, "terms", WANTED, owner, "more") == "cooling_down"
    with clock.at(clock.now() + timedelta(hours=50)):
        assert approve(row, reviewer).state == "executed"


def test_what_changed_meanwhile_is_stale(owner, reviewer):
    row = asked(SET_TERMS, "terms", WANTED, owner)
    approved(SET_TERMS, "terms", {"daily_count": 9}, owner, reviewer)
    assert service.is_stale(row)
    with signed_in(reviewer):
        assert code(service.approve, row.pk, row.digest, reviewer) == "approval_stale"
    again = asked(SET_TERMS, "terms", WANTED, owner)
    with signed_in(reviewer):
        assert code(service.approve, again.pk, row.digest, reviewer) == "approval_stale"


def test_the_edges(owner, reviewer):
    one = asked(SET_TERMS, "terms", WANTED, owner)
    with signed_in(reviewer):
        assert code(service.refuse, one.pk, reviewer, "") == "reason_needed"
        assert service.refuse(one.pk, reviewer, "not now").state == "refused"
        assert code(service.approve, one.pk, one.digest, reviewer) == "approval_over"
    two = asked(SET_TERMS, "terms", WANTED, owner)
    with signed_in(reviewer):
        assert code(service.withdraw, two.pk, reviewer) == "not_yours"
    with signed_in(owner):
        assert service.withdraw(two.pk, owner).state == "withdrawn"
        assert code(service.withdraw, two.pk, owner) == "approval_over"
    three = asked(SET_TERMS, "terms", WANTED, owner)
    with clock.at(three.expires_at), signed_in(reviewer):
        assert code(service.approve, three.pk, three.digest, reviewer) == "approval_over"
    same = {"daily_count": current_terms().daily_count}
    with signed_in(owner):
        assert code(service.ask, SET_TERMS, "terms", same, owner, "nothing") == "nothing_changes"
        assert code(service.ask, SET_TERMS, "terms", WANTED, owner, " x ") == "reason_needed"
    assert problems() == []


def test_the_databases_edges_are_those_of_the_service():
    assert {f"{before}>{after}" for before, after in service.EDGES} == set(guards.EDGES)


@pytest.mark.parametrize(
    "changes",
    [
        "state = 'executed', decided_by_id = asked_by_id, decided_in = 'x', decided_at = asked_at, "
        "result = 'a:1'",
        "state = 'approved', decided_by_id = asked_by_id, decided_in = 'x', decided_at = asked_at",
        "state = 'approved', decided_at = asked_at",
        "state = 'refused', decided_by_id = asked_by_id, decided_at = asked_at",
        "after = 'x'",
        "asked_at = expires_at",
        "asked_in = 'x'",
        "state = 'unsigned'",
    ],
)
def test_the_database_refuses_one_person_and_other_steps(owner, changes):
    row = asked(SET_TERMS, "terms", WANTED, owner)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE control_approval SET {changes} WHERE id = {row.pk}")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM control_approval")
    assert Approval.objects.get().state == ApprovalState.WAITING


def test_terms_that_nobody_approved_are_named(owner, reviewer):
    approved(SET_TERMS, "terms", {"daily_count": 9}, owner, reviewer)
    assert problems() == []
    row = WithdrawalTerms.objects.create(four_eyes_above_fen=99_999_999_00, created_by=owner)
    assert f"wallet_withdrawalterms {row.pk} " in problems()


def test_results_that_say_another_time_or_content_are_named(owner, reviewer):
    approved(SET_TERMS, "terms", {"daily_count": 9}, owner, reviewer)
    row = current_terms()
    WithdrawalTerms.objects.filter(pk=row.pk).update(cooling_hours=0)
    assert problems() == [f"wallet_withdrawalterms {row.pk} "]
    WithdrawalTerms.objects.filter(pk=row.pk).update(
        cooling_hours=row.cooling_hours, created_at=row.created_at - timedelta(days=9)
    )
    assert problems() == [f"wallet_withdrawalterms {row.pk} "]


def test_an_approval_that_says_an_earlier_time_is_named(owner, reviewer):
    approved(SET_TERMS, "terms", {"daily_count": 9}, owner, reviewer)
    with clock.at(clock.now() - timedelta(days=3)):
        late = approved(SET_TERMS, "terms", {"daily_count": 8}, owner, reviewer)
    assert f"control_approval {late.pk} asked_at" in problems()


def test_helpers_people_are_two(db):
    assert person("asker").pk != person("approver").pk


@pytest.mark.parametrize("act", [SET_TERMS, SWITCH])
def test_what_a_shell_says_that_time_decided_is_named(owner, act):
    """One person writes an approval by time alone, and a switch to the mode in which time decides:
    nothing counts as one person's, and both are named."""
    long_ago = clock.now() - WAIT
    row = Approval.objects.create(
        act=act,
        subject="terms",
        wanted="{}",
        before="{}",
        after="{}",
        digest=service.digest_of(act, "terms", "{}", "{}", "{}"),
        reason="alone",
        asked_by=owner,
        asked_at=long_ago,
        expires_at=clock.now() + WAIT,
        ripe_at=long_ago,
        state=ApprovalState.WAITING,
    )
    for state in (ApprovalState.APPROVED, ApprovalState.EXECUTED):
        row.state, row.decided_at = state, row.decided_at or clock.now()
        row.save()
    Mode.objects.create(mode=ModeName.ONE, since=long_ago - WAIT, approval=row)
    named = problems()
    if act == SWITCH:
        assert f"control_approval {row.pk} act" in named
    else:
        assert not is_one_person()
        assert f"control_approval {row.pk} decided_by" in named
