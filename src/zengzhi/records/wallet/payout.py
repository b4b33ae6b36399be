"""Payout channels behind one small interface, and sending a withdrawal through one, once.

A withdrawal's number is its out-trade number: a channel that sees it again does not pay again.
What times out stays ``paying`` until the channel's query says otherwise.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from django.db import transaction

from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.channels import require
from zengzhi.records.wallet.errors import IllegalStep, WrongChannel
from zengzhi.records.wallet.models import State, Step, Withdrawal
from zengzhi.records.wallet.review import (
    book_failed,
    book_paid,
    check_booking,
    goes_out,
    locked,
    move,
)


class Answer(Enum):
    """What a channel knows of an out-trade number."""

    PAID = "paid"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """In progress, or no answer: nothing may be concluded."""
    ABSENT = "absent"
    """The channel never received it."""


@dataclass(frozen=True, slots=True)
class Result:
    """A channel's answer, and its reason in words."""

    answer: Answer
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """What a channel is asked to pay. ``number`` is unique for good; money in fen."""

    number: str
    amount_fen: int
    kind: str
    holder: str
    account: str


class ChannelTimeout(Exception):
    """No answer in time: the money may or may not have left."""


class PayoutChannel(Protocol):
    """A way to pay members."""

    provider: int
    """Its number in ``ledger.chart.PROVIDERS``."""

    def pays(self, kind: str) -> bool:
        """Whether it pays to this kind of account."""

    def submit(self, order: PayoutOrder) -> None:
        """Ask for the payment; asked again with the same number, nothing more happens.

        Errors: :class:`ChannelTimeout`.
        """

    def query(self, number: str) -> Result:
        """What became of it. Errors: :class:`ChannelTimeout`."""


def submit(pk: int, channel: PayoutChannel, by: User, at: datetime | None = None) -> Withdrawal:
    """Approved → paying, committed before the channel hears of it; then its answer is asked for.

    A crash or timeout in between leaves ``paying``; :func:`ask` finds out later.
    Errors: those of :func:`.review.goes_out`, ``wrong_channel``, ``channel_not_configured``.
    """
    require(channel.provider)
    moment = at or clock.now()
    with transaction.atomic(durable=True):
        row = locked(pk)
        goes_out(row, by)
        if not channel.pays(row.payee.kind):
            raise WrongChannel
        move(row, "submit", State.PAYING, by, "", moment, provider=channel.provider, sent_by=by)
    try:
        channel.submit(_order(row))
    except ChannelTimeout:
        return _unanswered(row, by, moment)
    return ask(pk, channel, by, at)


def ask(pk: int, channel: PayoutChannel, by: User | None, at: datetime | None = None) -> Withdrawal:
    """Ask the channel what became of a paying withdrawal and book its answer.

    What the channel never received is sent again under the same number; ``by`` is somebody who
    could pay it (``None``: the mall by itself).
    Errors: ``illegal_step``, ``wrong_channel``, ``channel_not_configured``; with ``by`` those of
    :func:`.review.check_booking`.
    """
    require(channel.provider)
    moment = at or clock.now()
    row = Withdrawal.objects.select_related("payee").get(pk=pk)
    if row.state in (State.PAID, State.FAILED):
        return row
    if row.state != State.PAYING:
        raise IllegalStep(str(State(row.state).label))
    if row.provider != channel.provider or row.batch_id is not None:
        raise WrongChannel
    check_booking(row, "paid", by)
    try:
        result = channel.query(row.number)
        if result.answer is Answer.ABSENT:
            channel.submit(_order(row))
            result = channel.query(row.number)
    except ChannelTimeout:
        return _unanswered(row, by, moment)
    if result.answer is Answer.PAID:
        return book_paid(pk, None, result.reason, moment)
    if result.answer is Answer.FAILED:
        return book_failed(pk, None, result.reason, moment)
    return _unanswered(row, by, moment)


def _order(row: Withdrawal) -> PayoutOrder:
    payee = row.payee
    return PayoutOrder(row.number, row.net_fen, payee.kind, payee.holder, payee.number)


def _unanswered(row: Withdrawal, by: User | None, at: datetime) -> Withdrawal:
    Step.objects.create(withdrawal=row, verb="unknown", state=State.PAYING, by=by, at=at)
    return row
