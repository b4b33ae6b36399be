"""The states of a withdrawal: every legal edge, every illegal one, and two people above the
threshold, by the service and by the database."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.approvals import approve, asked, bank_batch, let_go, person, send, signed_in
from tests.wallet.conftest import JUNE, balances_of, bank_card, everything, give, take_back
from zengzhi.payments.demo_payout import DemoChannel
from zengzhi.records.control.approvals.cooling import PASSWORD, RIGHTS, begin
from zengzhi.records.control.approvals.service import is_stale
from zengzhi.records.control.errors import CoolingDown, NotPresent, SecondPersonNeeded
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet import bank_file, errors, review
from zengzhi.records.wallet.models import PayeeAccount, State, Step, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payees_of, remove_payee, save_payee
from zengzhi.records.wallet.payout import submit
from zengzhi.records.wallet.payout_act import PAY_OUT, ask_for_payout
from zengzhi.records.wallet.withdraw import request_withdrawal


def ask(member, fen=100_00):
    return request_withdrawal(member, fen, payees_of(member)[0].pk, uuid.uuid4(), at=JUNE)


def to_paying(pk, by):
    with transaction.atomic():
        row = review.locked(pk)
        review.allow(row, "submit", by)
        review.move(row, "submit", State.PAYING, by, "", JUNE, provider=1, sent_by=by)


VERBS = {
    "hold": (lambda pk, s: review.hold(pk, s[0], "look"), {State.REQUESTED: State.HELD}),
    "release": (lambda pk, s: review.release(pk, s[0]), {State.HELD: State.REQUESTED}),
    "approve": (lambda pk, s: let_go(pk, s[1]), {State.REQUESTED: State.APPROVED}),
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
    assert (row.state, row.held_for, row.four_eyes) == (State.REQUESTED, "", True)
    return row


def test_the_threshold_itself_needs_one_person(rich, staff):
    give(rich, 9_000_00)
    row = ask(rich, 2_000_00)
    assert (row.state, row.four_eyes) == (State.REQUESTED, False)
    let_go(row.pk, staff[0])


def test_above_the_threshold_two_people_decide_and_the_approver_books_nothing(large, staff):
    anna, bo, chen = staff
    before = everything()
    with pytest.raises(errors.TwoDecide):
        let_go(large.pk, anna)
    assert everything() == before
    for user in (anna, bo):
        user.is_superuser = True
        user.save()
    row = asked(PAY_OUT, f"withdrawal:{large.pk}", {}, anna)
    with pytest.raises(SecondPersonNeeded):
        approve(row, anna)
    assert everything() == before
    approve(row, bo)
    large.refresh_from_db()
    assert (large.state, large.approved_by, large.waited) == (State.APPROVED, bo, False)
    with pytest.raises(errors.SamePerson):
        send(large.pk, DemoChannel(), bo)
    to_paying(large.pk, chen)
    with pytest.raises(errors.SamePerson):
        review.book_paid(large.pk, bo)
    with pytest.raises(errors.SamePerson):
        review.book_failed(large.pk, bo, "no")
    assert review.book_paid(large.pk, chen).state == State.PAID


def test_who_approves_a_small_one_does_not_pay_it_either(rich, staff):
    row = ask(rich)
    let_go(row.pk, staff[0])
    with pytest.raises(errors.SamePerson):
        send(row.pk, DemoChannel(), staff[0])
    with pytest.raises(bank_file.EmptyBatch):
        bank_batch(staff[0], uuid.uuid4())
    assert send(row.pk, DemoChannel(), staff[1]).sent_by == staff[1]


def test_a_name_that_is_passed_is_nobody(rich, staff):
    """A shell that names a colleague neither approves nor pays."""
    row = ask(rich)
    with pytest.raises(NotPresent):
        review.approve(row.pk, staff[0])
    let_go(row.pk, staff[0])
    for act in (
        lambda: submit(row.pk, DemoChannel(), staff[1]),
        lambda: bank_file.make_batch(staff[1], uuid.uuid4()),
    ):
        with pytest.raises(NotPresent):
            act()
    row.refresh_from_db()
    assert row.state == State.APPROVED


def test_what_was_held_since_is_stale_in_the_approvals(large, staff):
    row = asked(PAY_OUT, f"withdrawal:{large.pk}", {})
    review.hold(large.pk, staff[0], "again")
    assert is_stale(row)
    with pytest.raises(errors.IllegalStep):
        approve(row)


@pytest.mark.parametrize("hours", [0, 71])
def test_the_first_payout_to_an_account_waits(rich, staff, hours):
    payee = payees_of(rich)[0]
    row = ask(rich)
    let_go(row.pk, staff[0])
    PayeeAccount.objects.filter(pk=payee.pk).update(created_at=clock.now() - timedelta(hours=hours))
    before = everything()
    with pytest.raises(errors.Cooling):
        send(row.pk, DemoChannel(), staff[1])
    with pytest.raises(bank_file.EmptyBatch):
        bank_batch(staff[1], uuid.uuid4())
    assert everything() == before
    with clock.at(clock.now() + timedelta(hours=72 - hours)):
        send(row.pk, DemoChannel(), staff[1])
    PayeeAccount.objects.filter(pk=payee.pk).update(created_at=clock.now())
    second = ask(rich)
    let_go(second.pk, staff[0])
    assert send(second.pk, DemoChannel(), staff[1]).state == State.PAID


@pytest.mark.parametrize("why", [PASSWORD, RIGHTS])
def test_nobody_pays_or_approves_after_a_new_password_or_new_rights(rich, staff, why):
    row, later = ask(rich), ask(rich)
    let_go(row.pk, staff[0])
    for user in staff[:2]:
        begin(user, why)
    with pytest.raises(CoolingDown):
        let_go(later.pk, staff[0])
    with pytest.raises(CoolingDown):
        send(row.pk, DemoChannel(), staff[1])
    with pytest.raises(CoolingDown):
        bank_batch(staff[1], uuid.uuid4())
    assert bank_batch(staff[2], uuid.uuid4()).lines == 1


def test_the_database_refuses_one_person_too(large, staff):
    anna = staff[0]
    rows = Withdrawal.objects.filter(pk=large.pk)
    for change in (
        {"approved_by": large.member.user},
        {"sent_by": large.member.user},
        {"booked_by": large.member.user},
        {"state": State.APPROVED},
        {"state": State.PAID},
        {"approved_by": anna, "booked_by": anna},
        {"approved_by": anna, "sent_by": anna},
        {"state": State.APPROVED, "approved_by": anna, "waited": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_nobody_decides_on_their_own_money(rich, staff):
    row = ask(rich)
    rich.user.is_staff = True
    rich.user.save()
    before = everything()
    for verb in (let_go, review.release):
        with pytest.raises(errors.OwnMoney if verb is let_go else errors.IllegalStep):
            verb(row.pk, rich.user)
    with pytest.raises(errors.OwnMoney):
        review.reject(row.pk, rich.user, "mine")
    with pytest.raises(errors.OwnMoney):
        review.hold(row.pk, rich.user, "mine")
    let_go(row.pk, staff[0])
    with pytest.raises(errors.OwnMoney):
        send(row.pk, DemoChannel(), rich.user)
    assert everything()["purses"] == before["purses"]


def test_nobody_decides_on_what_is_paid_to_their_own_account(rich, other, staff):
    """The member is somebody else, the card is that of who decides."""
    row, large = ask(rich), None
    give(rich, 9_000_00)
    large = ask(rich, 2_000_01)
    bank_card(other)
    boss = User.objects.get(pk=other.user_id)
    boss.is_staff = boss.is_superuser = True
    boss.save()
    with pytest.raises(errors.OwnMoney):
        let_go(row.pk, boss)
    with pytest.raises(errors.OwnMoney), signed_in(boss):
        ask_for_payout(large.pk, boss, "as agreed")
    for people in ((boss, person("other")), (person("other"), boss)):
        with pytest.raises(errors.OwnMoney):
            approve(asked(PAY_OUT, f"withdrawal:{large.pk}", {}, people[0]), people[1])
    let_go(row.pk, staff[0])
    with pytest.raises(bank_file.EmptyBatch):
        bank_batch(boss, uuid.uuid4())


def test_only_active_staff_decide(rich, staff, other):
    row = ask(rich)
    staff[0].is_active = False
    for user in (other.user, staff[0]):
        with pytest.raises(errors.NotStaff):
            let_go(row.pk, user)


def test_a_changed_account_stops_approval_and_payment(rich, staff):
    row, late = ask(rich), ask(rich)
    let_go(late.pk, staff[0])
    remove_payee(rich, row.payee_id)
    with pytest.raises(errors.PayeeRetired):
        let_go(row.pk, staff[0])
    with pytest.raises(errors.PayeeRetired):
        send(late.pk, DemoChannel(), staff[1])
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
