"""Demo data of the wallet: accounts to be paid to, and withdrawals in every state, of what the
members really received in the demo: bonuses and payouts of sales."""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from zengzhi.core.units import format_yuan
from zengzhi.records.members.models import Member, User
from zengzhi.records.wallet import bank_file, review
from zengzhi.records.wallet.models import PayoutBatch, State, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, luhn, payees_of, save_payee
from zengzhi.records.wallet.payout_act import PAY_OUT
from zengzhi.records.wallet.withdraw import request_withdrawal
from zengzhi.site.demo_two import asked, speaking

BANKS = ("招商银行", "工商银行", "建设银行", "农业银行")
WITHDRAWING = (21, 20, 3, 4, 2, 1)
"""Places in the demo's list of names: two region agents, then people of the first level."""
_NAMESPACE = uuid.UUID("6f1a4c9e-3b52-4c5b-9f0e-7a2d1c8e5b40")


def create_finance(password: str) -> User:
    """The second member of staff, so that two people can decide."""
    finance = User.objects.create_user(
        "finance", password=password, first_name="曾一", is_staff=True
    )
    finance.groups.add(*Group.objects.filter(name="finance"))
    return finance


def _token(name: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, name)


def card_number(stem: int) -> str:
    """An invented card number with a right check digit."""
    body = f"621483{stem:09d}"
    return next(body + end for end in "0123456789" if luhn(body + end))


def _account(member: Member, at: datetime, kind: str = "bank") -> None:
    bank = BANKS[member.pk % len(BANKS)] if kind == "bank" else ""
    number = card_number(member.pk * 7_919) if kind == "bank" else f"139{member.pk:08d}"
    form = PayeeForm(kind, member.nickname, number, bank)
    save_payee(member, form, _token(f"payee {member.pk} {kind}"), at=at)


def _ask(member: Member, fen: int, at: datetime) -> Withdrawal:
    payee = payees_of(member)[0]
    name = f"withdrawal {member.pk} {fen} {at:%Y%m%d}"
    return request_withdrawal(member, fen, payee.pk, _token(name), at=at)


def _approve(row: Withdrawal, by: User, at: datetime) -> None:
    with speaking(by, at):
        review.approve(row.pk, by)


def _file(by: User, name: str, at: datetime) -> PayoutBatch:
    with speaking(by, at):
        return bank_file.make_batch(by, _token(name))


def _answer(batch: PayoutBatch, answers: dict[str, str], by: User, at: datetime) -> None:
    """The bank's result file for a batch: number → reason; an empty one is a success."""
    lines = [",".join(bank_file.RESULT_HEADER)]
    for row in batch.withdrawals.filter(number__in=answers).order_by("pk"):
        reason = answers[row.number]
        result = "failed" if reason else "paid"
        lines.append(f"{row.number},{format_yuan(row.net_fen)},{result},{reason}")
    bank_file.import_results(batch, "\n".join(lines).encode(), by, at)


def build(members: list[Member], operator: User, finance: User, now: datetime) -> None:
    """Withdrawals in every state; ``members[0]`` signs in and has a history."""

    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    lin, people = members[0], [members[place] for place in WITHDRAWING]
    _account(lin, ago(60))
    for position, member in enumerate(people):
        _account(member, ago(30), "alipay" if position == 3 else "bank")

    first = _ask(lin, 1_500_00, ago(40))
    early = _ask(people[5], 480_00, ago(19))
    for row, at in ((first, ago(39)), (early, ago(19))):
        _approve(row, operator, at)
    batch = _file(finance, "batch 1", ago(18.9))
    answers = {first.number: "", early.number: "收款账户状态异常"}
    _answer(batch, answers, finance, ago(18))

    refused = _ask(lin, 300_00, ago(11))
    review.reject(refused.pk, operator, "户名与实名信息不一致，请核对收款账户", ago(10.8))

    held = _ask(people[0], 2_200_00, ago(0.9))
    review.hold(held.pk, operator, "等待电话核实", ago(0.8))
    large = _ask(people[1], 2_100_00, ago(1.2))
    asked(PAY_OUT, f"withdrawal:{large.pk}", {}, finance, "已电话核实", now)
    on_its_way = _ask(people[2], 600_00, ago(2))
    _approve(on_its_way, operator, ago(1.8))
    _file(finance, "batch 2", ago(1.7))
    for member, fen in ((people[3], 450_00), (people[4], 360_00)):
        _approve(_ask(member, fen, ago(0.5)), operator, ago(0.3))
    _ask(lin, 800_00, ago(0.2))
    assert {row.state for row in Withdrawal.objects.all()} == set(State)  # noqa: S101
