"""A member asks for money: quoted to the fen, then reserved in one transaction, once per form.

Locks: the member's purse, then the person who is paid, then the taxable income.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum

from zengzhi.core.errors import IdReused, InvalidAmount
from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, parse_yuan
from zengzhi.core.withholding_tax import NONE, PER_PAYMENT, method_of
from zengzhi.records.control.cooling import is_cooling
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, Opening, open_holds
from zengzhi.records.ledger.journal import Entry, balance, post
from zengzhi.records.ledger.purses import lock_purses
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock
from zengzhi.records.wallet.after_reset import refuse_after_reset
from zengzhi.records.wallet.errors import (
    AboveMaximum,
    BadAmount,
    BelowMinimum,
    Cooling,
    DailyCount,
    DailyLimit,
    MoreThanAvailable,
    NoPayee,
    NothingLeft,
    OwesDebt,
    QuoteMoved,
)
from zengzhi.records.wallet.facts import frozen_values
from zengzhi.records.wallet.income import Part, split_payment, take_parts
from zengzhi.records.wallet.models import (
    CLOSED_UNPAID,
    PayeeAccount,
    State,
    Step,
    Withdrawal,
    WithdrawalTerms,
)
from zengzhi.records.wallet.payees import payee_of
from zengzhi.records.wallet.persons import lock_person
from zengzhi.records.wallet.terms_store import current_terms


@dataclass(frozen=True, slots=True)
class Quote:
    """What a withdrawal would do. amount = fee + tax + net, in fen."""

    amount_fen: int
    fee_fen: int
    commission_fen: int
    tax_fen: int
    net_fen: int
    left_fen: int
    parts: tuple[Part, ...]
    payee: PayeeAccount
    terms: WithdrawalTerms
    expected_at: datetime

    @property
    def per_payment(self) -> bool:
        """Whether a month's income is taxed by itself."""
        return PER_PAYMENT in self._methods

    @property
    def withholds(self) -> bool:
        """Whether anything can be withheld."""
        return self._methods != {NONE}

    @property
    def _methods(self) -> set[str]:
        table = self.terms.tax_table
        return {method_of(table, part.month.year, part.month.month) for part in self.parts}

    @property
    def four_eyes(self) -> bool:
        """Whether two people decide on it."""
        return self.amount_fen > self.terms.four_eyes_above_fen


def read_amount(text: str) -> int:
    """Fen from what a member typed. Errors: ``invalid_amount``."""
    try:
        return parse_yuan(text)
    except InvalidAmount as error:
        raise BadAmount from error


def today_used(member: Member, at: datetime) -> tuple[int, int]:
    """How often and how much (fen) was withdrawn today; what came back does not count."""
    start = clock.midnight(clock.day_of(at))
    rows = Withdrawal.objects.filter(
        member=member, requested_at__gte=start, requested_at__lt=start + timedelta(days=1)
    ).exclude(state__in=CLOSED_UNPAID)
    used = rows.aggregate(count=Count("pk"), fen=Sum("amount_fen"))
    return used["count"], used["fen"] or 0


def most_now(member: Member, at: datetime | None = None) -> int:
    """The largest amount that would pass now, in fen; 0: none."""
    terms = current_terms()
    count, used_fen = today_used(member, at or clock.now())
    if balance(Account(Kind.MEMBER_DEBT, member.pk)) or count >= terms.daily_count:
        return 0
    available_fen = balance(Account(Kind.MEMBER_AVAILABLE, member.pk))
    most_fen = min(available_fen, terms.maximum_fen, max(0, terms.daily_fen - used_fen))
    return most_fen if most_fen >= terms.minimum_fen else 0


def quote(
    member: Member, amount_fen: int, payee_id: int | None, at: datetime | None = None
) -> Quote:
    """What withdrawing ``amount_fen`` would do now.

    Errors: ``owes_debt``, ``insufficient_balance``, ``below_minimum``, ``above_maximum``,
    ``daily_count``, ``daily_limit``, ``no_payee``, ``cooling``, ``nothing_left``.
    """
    at = at or clock.now()
    terms = current_terms()
    available_fen = balance(Account(Kind.MEMBER_AVAILABLE, member.pk))
    _check_limits(member, amount_fen, available_fen, terms, at)
    if payee_id is None:
        raise NoPayee
    payee = payee_of(member, payee_id)
    if is_cooling(payee.usable_from, at):
        raise Cooling(payee.usable_from)
    fee_fen = terms.fee_fen + mul_div(amount_fen, terms.fee_ppm, PPM, Rounding.DOWN)
    parts = tuple(split_payment(member.pk, amount_fen, terms.tax_table, payee.person))
    tax_fen = sum(part.tax_fen for part in parts)
    net_fen = amount_fen - fee_fen - tax_fen
    if net_fen <= 0:
        raise NothingLeft
    return Quote(
        amount_fen,
        fee_fen,
        sum(part.amount_fen for part in parts),
        tax_fen,
        net_fen,
        available_fen - amount_fen,
        parts,
        payee,
        terms,
        at + timedelta(days=terms.arrival_days),
    )


def _check_limits(
    member: Member, amount_fen: int, available_fen: int, terms: WithdrawalTerms, at: datetime
) -> None:
    debt_fen = -balance(Account(Kind.MEMBER_DEBT, member.pk))
    if debt_fen > 0:
        raise OwesDebt(debt_fen)
    if amount_fen > available_fen:
        raise MoreThanAvailable(amount_fen, available_fen)
    if amount_fen < terms.minimum_fen:
        raise BelowMinimum(terms.minimum_fen)
    if amount_fen > terms.maximum_fen:
        raise AboveMaximum(terms.maximum_fen)
    count, used_fen = today_used(member, at)
    if count >= terms.daily_count:
        raise DailyCount(terms.daily_count)
    if used_fen + amount_fen > terms.daily_fen:
        raise DailyLimit(max(0, terms.daily_fen - used_fen))


def request_withdrawal(
    member: Member,
    amount_fen: int,
    payee_id: int | None,
    token: uuid.UUID,
    minimum_net_fen: int = 0,
    at: datetime | None = None,
) -> Withdrawal:
    """Reserve ``amount_fen`` and ask for it, if at least ``minimum_net_fen`` arrives.

    The same token returns the withdrawal it made. Errors: those of :func:`quote`, ``quote_moved``,
    ``just_reset``, ``id_reused`` for the same token with another amount or account.
    """
    at = at or clock.now()
    try:
        with transaction.atomic():
            lock_purses([member.pk])
            made = Withdrawal.objects.filter(token=token).first()
            if made is not None:
                if made.member_id != member.pk:
                    raise NoPayee
                if (made.amount_fen, made.payee_id) != (amount_fen, payee_id):
                    raise IdReused(str(token))
                return made
            refuse_after_reset(member.user, at)
            if payee_id is not None:
                lock_person(payee_of(member, payee_id).person_id)
            shown = quote(member, amount_fen, payee_id, at)
            if shown.net_fen < minimum_net_fen:
                raise QuoteMoved(minimum_net_fen, shown.net_fen)
            return _reserve(member, shown, token, at)
    except IntegrityError as error:
        if not Withdrawal.objects.filter(token=token).exclude(member=member).exists():
            raise
        raise NoPayee from error  # Somebody else used the token at the same moment.


def _reserve(member: Member, shown: Quote, token: uuid.UUID, at: datetime) -> Withdrawal:
    held_for = _new_payee(shown.payee)
    row = Withdrawal(
        number=f"W{clock.local(at):%Y%m%d}{token.hex[:10].upper()}",
        member=member,
        owner_id=member.user_id,
        token=token,
        payee=shown.payee,
        terms=shown.terms,
        state=State.HELD if held_for else State.REQUESTED,
        amount_fen=shown.amount_fen,
        fee_fen=shown.fee_fen,
        commission_fen=shown.commission_fen,
        tax_fen=shown.tax_fen,
        net_fen=shown.net_fen,
        four_eyes=shown.four_eyes,
        held_for=held_for,
        requested_at=at,
        expected_at=shown.expected_at,
    )
    entry = Entry("withdrawal", row.number, at, version=f"terms:{shown.terms.pk}")
    entry.values = frozen_values(row)
    entry.money(Account(Kind.MEMBER_AVAILABLE, member.pk), -row.amount_fen)
    entry.money(Account(Kind.MEMBER_RESERVED, member.pk), row.amount_fen)
    row.reserved_entry = post([entry])[0]
    row.save(force_insert=True)
    opening = Opening(row.number, row.amount_fen, row.reserved_entry)
    open_holds(HoldKind.WITHDRAWAL, [opening], at)
    take_parts(row, shown.parts)
    Step.objects.create(withdrawal=row, verb="request", state=State.REQUESTED, at=at)
    if held_for:
        Step.objects.create(withdrawal=row, verb="hold", state=State.HELD, at=at)
    return row


def _new_payee(payee: PayeeAccount) -> str:
    """A changed account is checked until a first payment reached it."""
    if payee.replaces_id is None or payee.withdrawal_set.filter(state=State.PAID).exists():
        return ""
    return "new_payee"
