"""Channels: nothing is sent twice, no answer concludes nothing, a bank's file is all or none."""

import uuid

import pytest

from tests.approvals import approved as two_agreed
from tests.approvals import bank_batch, let_go, person, send
from tests.wallet.conftest import (
    CARD_REFUSED,
    JUNE,
    account,
    balances_of,
    bank_card,
    everything,
    give,
    terms,
)
from zengzhi.payments.demo_payout import DemoChannel
from zengzhi.payments.models import DemoPayout
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.wallet import bank_file, errors, review
from zengzhi.records.wallet.models import PayeeAccount, State, Withdrawal
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.payout import Answer, ChannelTimeout, Result, ask
from zengzhi.records.wallet.payout_act import PAY_OUT
from zengzhi.records.wallet.withdraw import request_withdrawal


class LossyChannel:
    """A channel whose answers the test decides; it pays each number it took once."""

    provider = 1

    def __init__(self, *answers):
        self.answers = list(answers)
        self.taken = {}
        self.requests = 0

    def pays(self, kind):
        return True

    def submit(self, order):
        self.requests += 1
        match self.answers.pop(0):
            case "lost":
                raise ChannelTimeout
            case "taken, answer lost":
                self.taken.setdefault(order.number, order.amount_fen)
                raise ChannelTimeout
            case "crash":
                raise RuntimeError("the process died")
            case "taken":
                self.taken.setdefault(order.number, order.amount_fen)

    def query(self, number):
        answer = self.answers.pop(0)
        if answer == "lost":
            raise ChannelTimeout
        return Result(answer, "")


@pytest.fixture
def approved(rich, staff):
    row = request_withdrawal(rich, 100_00, payees_of(rich)[0].pk, uuid.uuid4(), at=JUNE)
    return let_go(row.pk, staff[0])


def test_the_demo_channel_pays_when_asked(approved, rich, staff):
    assert send(approved.pk, DemoChannel(), staff[1]).state == State.PAID
    assert account(Kind.CLEARING, 1) == 100_00
    assert balances_of(rich) == (900_00, 0, 0)
    assert DemoPayout.objects.get().number == approved.number


def test_a_refusal_brings_the_money_back(rich, staff):
    PayeeAccount.objects.update(number=CARD_REFUSED)
    row = request_withdrawal(rich, 100_00, payees_of(rich)[0].pk, uuid.uuid4(), at=JUNE)
    let_go(row.pk, staff[0])
    assert send(row.pk, DemoChannel(), staff[1]).state == State.FAILED
    assert balances_of(rich) == (1_000_00, 0, 0)


@pytest.mark.parametrize("first", ["lost", "taken, answer lost", "crash"])
def test_without_an_answer_it_stays_paying_and_is_paid_once(approved, rich, staff, first):
    channel = LossyChannel(first)
    if first == "crash":
        with pytest.raises(RuntimeError):
            send(approved.pk, channel, staff[1])
    else:
        send(approved.pk, channel, staff[1])
    row = Withdrawal.objects.get()
    assert row.state == State.PAYING
    with pytest.raises(errors.IllegalStep):
        send(row.pk, channel, staff[1])
    with pytest.raises(errors.IllegalStep):
        review.reject(row.pk, staff[0], "too slow")
    channel.answers = ["lost"]
    with pytest.raises(errors.SamePerson):  # who approved does not send it again
        ask(row.pk, channel, staff[0])
    assert ask(row.pk, channel, staff[1]).state == State.PAYING
    channel.answers = [Answer.UNKNOWN]
    assert ask(row.pk, channel, staff[1]).state == State.PAYING
    assert balances_of(rich) == (900_00, 100_00, 0)
    channel.answers = [Answer.ABSENT, "taken", Answer.PAID]
    if first == "taken, answer lost":
        channel.answers = [Answer.PAID]
    assert ask(row.pk, channel, staff[1]).state == State.PAID
    assert channel.taken == {row.number: 100_00}
    before = everything()
    assert ask(row.pk, channel, staff[1]).state == State.PAID
    assert everything() == before


def test_the_demo_channel_pays_a_number_once(approved, staff):
    from zengzhi.records.wallet.payout import PayoutOrder

    channel = DemoChannel()
    for _i in range(3):
        channel.submit(PayoutOrder(approved.number, 100_00, "bank", "王磊", "1"))
    assert DemoPayout.objects.count() == 1


def test_a_withdrawal_of_a_bank_file_is_no_business_of_a_channel(approved, staff):
    bank_batch(staff[1], uuid.uuid4(), JUNE)
    with pytest.raises(errors.WrongChannel):
        ask(approved.pk, DemoChannel(), staff[0])
    with pytest.raises(errors.IllegalStep):
        send(approved.pk, DemoChannel(), staff[1])


@pytest.fixture
def batch(rich, staff):
    terms(daily_count=9)
    for fen in (100_00, 200_00, 300_00):
        row = request_withdrawal(rich, fen, payees_of(rich)[0].pk, uuid.uuid4(), at=JUNE)
        let_go(row.pk, staff[0], at=JUNE)
    return bank_batch(staff[1], uuid.uuid4(), JUNE)


def result_file(*lines: tuple[str, ...]) -> bytes:
    return "\n".join(["number,amount,result,reason", *(",".join(line) for line in lines)]).encode()


def numbers(batch):
    return list(batch.withdrawals.order_by("pk").values_list("number", flat=True))


def test_a_batch_is_made_once_and_never_holds_a_withdrawal_again(batch, staff):
    assert (batch.lines, batch.total_fen) == (3, 600_00)
    assert bank_batch(staff[1], batch.token, JUNE) == batch
    with pytest.raises(bank_file.EmptyBatch):
        bank_batch(staff[1], uuid.uuid4(), JUNE)
    text = bytes(batch.content).decode("utf-8-sig")
    assert text.splitlines()[1] == (
        f"{numbers(batch)[0]},王磊,招商银行,6214 8300 1236 6620,100.00,CNY,{batch.number}"
    )


def test_names_in_the_file_are_no_formulas(rich, staff):
    PayeeAccount.objects.update(holder="=HYPERLINK(1)", bank="@bank")
    row = request_withdrawal(rich, 100_00, payees_of(rich)[0].pk, uuid.uuid4(), at=JUNE)
    let_go(row.pk, staff[0])
    text = bytes(bank_batch(staff[1], uuid.uuid4()).content).decode("utf-8-sig")
    assert ",'=HYPERLINK(1),'@bank," in text


def test_ones_own_withdrawal_is_in_no_batch_of_ones_own(approved, rich):
    rich.user.is_staff = True
    rich.user.save()
    with pytest.raises(bank_file.EmptyBatch):
        bank_batch(rich.user, uuid.uuid4())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_results_are_booked(batch, rich, staff, encoding):
    first, second, third = numbers(batch)
    text = result_file(
        (first, "100.00", "成功", ""), (second, "200.00", "失败", "户名不符")
    ).decode()
    done = bank_file.import_results(batch, text.encode(encoding), staff[1])
    assert (done.paid, done.failed, done.before) == (1, 1, 0)
    states = dict(Withdrawal.objects.values_list("number", "state"))
    assert states == {first: "paid", second: "failed", third: "paying"}
    assert Withdrawal.objects.get(number=second).reason == "户名不符"
    assert account(Kind.CLEARING, 2) == 100_00
    assert balances_of(rich) == (600_00, 300_00, 0)
    before = everything()
    again = bank_file.import_results(batch, text.encode(encoding), staff[1])
    assert (again.paid, again.failed, again.before) == (0, 0, 2)
    assert everything() == before


BAD_LINES = [
    ("W0", "100.00", "paid", ""),
    ("{0}", "100.01", "paid", ""),
    ("{0}", "1e2", "paid", ""),
    ("{0}", "１００", "paid", ""),
    ("{0}", "-100.00", "paid", ""),
    ("{0}", "100.00", "maybe", ""),
    ("{0}", "100.00", "", ""),
    ("{1}", "200.00", "paid", ""),
    ("{0}", "100.00", "paid"),
    ("=1+1", "100.00", "paid", ""),
]


@pytest.mark.parametrize("bad", BAD_LINES)
def test_one_bad_line_and_nothing_is_booked(batch, staff, bad):
    known = numbers(batch)
    good = (known[1], "200.00", "paid", "")
    wrong = tuple(cell.format(*known) for cell in bad)
    before = everything()
    with pytest.raises(bank_file.BadFile) as refused:
        bank_file.import_results(batch, result_file(good, wrong), staff[1])
    assert [error.line for error in refused.value.errors] == [3]
    assert all(error.text for error in refused.value.errors)
    assert everything() == before


def test_every_bad_line_is_named(batch, staff):
    lines = [
        ("X", "1.00", "paid", ""),
        (numbers(batch)[0], "100.00", "paid", ""),
        ("Y", "", "", ""),
    ]
    with pytest.raises(bank_file.BadFile) as refused:
        bank_file.import_results(batch, result_file(*lines), staff[1])
    assert [error.line for error in refused.value.errors] == [2, 4]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe", b"a,b\n1,2", b"number,amount,result,reason\n", b"x" * 2_000_001, b'"'],
)
def test_what_is_no_result_file(batch, staff, content):
    before = everything()
    with pytest.raises(bank_file.BadFile):
        bank_file.import_results(batch, content, staff[1])
    assert everything() == before


def test_the_other_result_for_a_booked_line_is_an_error(batch, staff):
    first = numbers(batch)[0]
    bank_file.import_results(batch, result_file((first, "100.00", "paid", "")), staff[1])
    before = everything()
    with pytest.raises(bank_file.BadFile):
        bank_file.import_results(batch, result_file((first, "100.00", "failed", "")), staff[1])
    assert everything() == before


def test_above_the_threshold_the_approver_cannot_book_the_banks_result(rich, staff):
    give(rich, 9_000_00)
    row = request_withdrawal(rich, 3_000_00, payees_of(rich)[0].pk, uuid.uuid4(), at=JUNE)
    two_agreed(PAY_OUT, f"withdrawal:{row.pk}", {}, person("one"), person("other"))
    with pytest.raises(bank_file.EmptyBatch):
        bank_batch(person("other"), uuid.uuid4())
    made = bank_batch(staff[1], uuid.uuid4(), JUNE)
    content = result_file((row.number, "3000.00", "paid", ""))
    with pytest.raises(bank_file.BadFile) as refused:
        bank_file.import_results(made, content, person("other"))
    assert refused.value.errors[0].text == errors.SamePerson().message
    assert bank_file.import_results(made, content, staff[2]).paid == 1


def test_another_batchs_withdrawals_are_unknown_here(batch, rich, staff):
    row = request_withdrawal(
        rich, 50_00, bank_card(rich, "6214830012840004").pk, uuid.uuid4(), at=JUNE
    )
    let_go(row.pk, staff[0])
    later = bank_batch(staff[1], uuid.uuid4(), JUNE)
    with pytest.raises(bank_file.BadFile):
        bank_file.import_results(
            later, result_file((numbers(batch)[0], "100.00", "paid", "")), staff[1]
        )


@pytest.mark.parametrize("digits", [12, 16, 17, 18, 19])
def test_a_card_number_in_the_file_is_no_number_to_a_spreadsheet(rich, staff, digits):
    """Grouped in fours: nothing to round, every digit is there."""
    card = ("6222021234567890123" * 2)[:digits]
    PayeeAccount.objects.update(number=card)
    row = request_withdrawal(rich, 100_00, payees_of(rich)[0].pk, uuid.uuid4(), at=JUNE)
    let_go(row.pk, staff[0])
    text = bytes(bank_batch(staff[1], uuid.uuid4()).content).decode("utf-8-sig")
    cell = text.splitlines()[1].split(",")[3]
    assert not cell.isdigit()
    assert cell.replace(" ", "") == card
    assert max(map(len, cell.split(" "))) == 4
