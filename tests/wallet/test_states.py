"""The states of a withdrawal: every legal edge, every illegal one, and two people above the
threshold, by the service and by the database."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from tests.wallet.conftest import JUNE, balances_of, everything, give, take_back
from zengzhi.payments.demo_payout import DemoChannel
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.wallet import errors, review
from zengzhi.records.wallet.models import PayeeAccount, State, Step, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payees_of, remove_payee, save_payee
from zengzhi.records.wallet.payout import submit
from zengzhi.records.wallet.withdraw import request_withdrawal


def ask(member, fen=100_00):
    return request_withdrawal(member, fen, payees_of(member)[0].pk, uuid.uuid4(), at=JUNE)


def to_paying(pk, by):
    with transaction.atomic():
        row = review.locked(pk)
        review.allow(row, "submit", by)
        review.move(row, "submit", State.PAYING, by, "", JUNE, provider=1)


VERBS = {
    "hold": (lambda pk, s: review.hold(pk, s[0], "look"), {State.REQUESTED: State.HELD}),
    "release": (lambda pk, s: review.release(pk, s[0]), {State.HELD: State.REQUESTED}),
    "approve": (lambda pk, s: review.approve(pk, s[1]), {State.REQUESTED: State.APPROVED}),
    "reject": (
        lambda pk, s: review.reject(pk, s[0], "name differs"),
        dict.fromkeys((State.REQUESTED, State.HELD, State.APPROVED), State.REJECTED),
    ),
    "submit": (lambda pk, s: to_paying(pk, s[0]), {State.APPROVED: State.PAYING}),
    "paid": (
        lambda pk, s: review.book_paid(pk, None),
        {State.PAYING: State.PAID, State.PAID: State.PAID},
    ),
    "failed": (
        lambda pk, s: review.book_failed(pk, None, "closed"),
        {State.PAYING: State.FAILED, State.FAILED: State.FAILED},
    ),
}
ROADS = {
    State.REQUESTED: [],
    State.HELD: ["hold"],
    State.APPROVED: ["approve"],
    State.REJECTED: ["reject"],
    State.PAYING: ["approve", "submit"],
    State.PAID: ["approve", "submit", "paid"],
    State.FAILED: ["approve", "submit", "failed"],
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", State)
def test_every_edge_is_taken_or_refused(rich, staff, state, verb):
    row = ask(rich)
    for step in ROADS[state]:
        VERBS[step][0](row.pk, staff)
    row.refresh_from_db()
    assert row.state == state
    act, edges = VERBS[verb]
    before = everything()
    if state not in edges:
        with pytest.raises(errors.IllegalStep):
            act(row.pk, staff)
        assert everything() == before
        return
    act(row.pk, staff)
    row.refresh_from_db()
    assert row.state == edges[state]
    if edges[state] == state:
        assert everything() == before


@pytest.mark.parametrize(
    ("road", "held"),
    [
        ("requested", (900_00, 100_00)),
        ("paid", (900_00, 0)),
        ("failed", (1_000_00, 0)),
        ("rejected", (1_000_00, 0)),
    ],
)
def test_where_the_money_is(rich, staff, road, held):
    row = ask(rich)
    for step in ROADS[State(road)]:
        VERBS[step][0](row.pk, staff)
    assert balances_of(rich)[:2] == held
    row.refresh_from_db()
    if road in {"failed", "rejected"}:
        assert Transaction.objects.get(pk=row.closing_entry).corrects == row.reserved_entry


def test_the_trail_says_who_when_and_why(rich, staff):
    row = ask(rich)
    review.hold(row.pk, staff[0], "looks odd", JUNE)
    review.release(row.pk, staff[0], "called the member", JUNE)
    review.reject(row.pk, staff[1], "name differs", JUNE)
    trail = list(Step.objects.values_list("verb", "state", "by__username", "note"))
    assert trail == [
        ("request", "requested", None, ""),
        ("hold", "held", "anna", "looks odd"),
        ("release", "requested", "anna", "called the member"),
        ("reject", "rejected", "bo", "name differs"),
    ]
    row.refresh_from_db()
    assert row.reason == "name differs"


def test_a_reason_is_needed_to_hold_and_to_reject(rich, staff):
    row = ask(rich)
    before = everything()
    for act in (review.hold, review.reject):
        with pytest.raises(errors.ReasonNeeded):
            act(row.pk, staff[0], "  ")
    assert everything() == before


@pytest.fixture
def large(rich):
    give(rich, 9_000_00)
    row = ask(rich, 2_000_01)
    assert (row.state, row.held_for, row.four_eyes) == (State.HELD, "large", True)
    return row


def test_the_threshold_itself_needs_one_person(rich, staff):
    give(rich, 9_000_00)
    row = ask(rich, 2_000_00)
    assert (row.state, row.four_eyes) == (State.REQUESTED, False)
    review.approve(row.pk, staff[0])


def test_above_the_threshold_two_people_decide_and_the_approver_books_nothing(large, staff):
    anna, bo, chen = staff
    review.release(large.pk, anna)
    before = everything()
    with pytest.raises(errors.SamePerson):
        review.approve(large.pk, anna)
    assert everything() == before
    review.approve(large.pk, bo)
    to_paying(large.pk, bo)
    with pytest.raises(errors.SamePerson):
        review.book_paid(large.pk, bo)
    with pytest.raises(errors.SamePerson):
        review.book_failed(large.pk, bo, "no")
    assert review.book_paid(large.pk, chen).state == State.PAID


def test_holding_again_needs_a_new_release(large, staff):
    anna, bo, _chen = staff
    review.release(large.pk, anna)
    review.hold(large.pk, bo, "again")
    Withdrawal.objects.filter(pk=large.pk).update(state=State.REQUESTED)
    with pytest.raises(errors.NotReleased):
        review.approve(large.pk, bo)


def test_the_database_refuses_one_person_too(large, staff):
    anna = staff[0]
    review.release(large.pk, anna)
    rows = Withdrawal.objects.filter(pk=large.pk)
    for change in (
        {"approved_by": anna},
        {"approved_by": large.member.user},
        {"released_by": large.member.user},
        {"state": State.APPROVED},
        {"state": State.PAID},
        {"booked_by": large.member.user},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(approved_by=staff[1], booked_by=staff[1])


def test_nobody_decides_on_their_own_money(rich, staff):
    row = ask(rich)
    rich.user.is_staff = True
    rich.user.save()
    before = everything()
    for verb in (review.approve, review.release):
        with pytest.raises(errors.OwnMoney if verb is review.approve else errors.IllegalStep):
            verb(row.pk, rich.user)
    with pytest.raises(errors.OwnMoney):
        review.reject(row.pk, rich.user, "mine")
    with pytest.raises(errors.OwnMoney):
        review.hold(row.pk, rich.user, "mine")
    review.approve(row.pk, staff[0])
    with pytest.raises(errors.OwnMoney):
        submit(row.pk, DemoChannel(), rich.user)
    assert everything()["purses"] == before["purses"]


def test_only_active_staff_decide(rich, staff, other):
    row = ask(rich)
    staff[0].is_active = False
    for user in (other.user, staff[0]):
        with pytest.raises(errors.NotStaff):
            review.approve(row.pk, user)


def test_a_changed_account_stops_approval_and_payment(rich, staff):
    row, late = ask(rich), ask(rich)
    review.approve(late.pk, staff[0])
    remove_payee(rich, row.payee_id)
    with pytest.raises(errors.PayeeRetired):
        review.approve(row.pk, staff[0])
    with pytest.raises(errors.PayeeRetired):
        submit(late.pk, DemoChannel(), staff[0])
    review.reject(row.pk, staff[0], "account changed")
    review.reject(late.pk, staff[0], "account changed")
    assert balances_of(rich) == (1_000_00, 0, 0)


def test_a_change_of_account_cools_down_and_is_checked_once(rich, staff):
    old = payees_of(rich)[0]
    form = PayeeForm("alipay", "王磊", "13800138000")
    new = save_payee(rich, form, uuid.uuid4(), replaces=old, at=JUNE)
    assert (new.usable_from - JUNE).total_seconds() == 72 * 3600
    with pytest.raises(errors.Cooling):
        ask(rich)
    with pytest.raises(errors.NoPayee):
        request_withdrawal(rich, 100_00, old.pk, uuid.uuid4(), at=JUNE)
    at = new.usable_from
    row = request_withdrawal(rich, 100_00, new.pk, uuid.uuid4(), at=at)
    assert (row.state, row.held_for) == (State.HELD, "new_payee")
    for step in ("release", "approve", "submit", "paid"):
        VERBS[step][0](row.pk, staff)
    assert request_withdrawal(rich, 100_00, new.pk, uuid.uuid4(), at=at).state == State.REQUESTED


def test_a_further_account_cools_down_the_first_does_not(member):
    first = save_payee(member, PayeeForm("wechat", "王磊", "wanglei_88"), uuid.uuid4(), at=JUNE)
    assert first.usable_from == JUNE
    form = PayeeForm("alipay", "王磊", "13800138000")
    token = uuid.uuid4()
    second = save_payee(member, form, token, at=JUNE)
    assert second.usable_from > JUNE
    assert save_payee(member, form, token, at=JUNE) == second
    remove_payee(member, first.pk)
    remove_payee(member, second.pk)
    again = save_payee(member, PayeeForm("wechat", "王磊", "wanglei_88"), uuid.uuid4(), at=JUNE)
    assert again.usable_from > JUNE


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (PayeeForm("paypal", "王磊", "1"), "kind"),
        (PayeeForm("bank", "王", "6214830012366620", "招商银行"), "holder"),
        (PayeeForm("bank", "=cmd()", "6214830012366620", "招商银行"), "holder"),
        (PayeeForm("bank", "王磊", "6214830012366620", ""), "bank"),
        (PayeeForm("bank", "王磊", "6214830012366621", "招商银行"), "number"),
        (PayeeForm("bank", "王磊", "６２１４８３００１２３６６６２０", "招商银行"), "number"),
        (PayeeForm("bank", "王磊", "1" * 400, "招商银行"), "number"),
        (PayeeForm("alipay", "王磊", "12"), "number"),
        (PayeeForm("alipay", "王磊", "a@b"), "number"),
        (PayeeForm("wechat", "王磊", "1x"), "number"),
        (PayeeForm("wechat", "王\n磊", "wanglei_88"), "holder"),
    ],
)
def test_an_account_that_cannot_be_right(member, form, field):
    with pytest.raises(errors.BadPayee) as refused:
        save_payee(member, form, uuid.uuid4())
    assert refused.value.field == field
    assert not PayeeAccount.objects.exists()


def test_somebody_elses_account_cannot_be_changed_or_removed(rich, other):
    mine = payees_of(rich)[0]
    with pytest.raises(errors.NoPayee):
        remove_payee(other, mine.pk)
    with pytest.raises(errors.NoPayee):
        save_payee(other, PayeeForm("wechat", "李娜", "lina_88"), uuid.uuid4(), replaces=mine)
    assert payees_of(rich) == [mine]


def test_money_that_comes_back_is_set_off_against_a_debt(rich, staff):
    row = ask(rich, 400_00)
    take_back(rich, 700_00)
    assert balances_of(rich) == (0, 400_00, 100_00)
    review.reject(row.pk, staff[0], "name differs")
    assert balances_of(rich) == (300_00, 0, 0)


def test_cards_are_masked_in_text(rich):
    assert "6214" not in str(payees_of(rich)[0])
