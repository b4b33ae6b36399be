"""股东加权分红 weighted dividend: one run a period, its list frozen first, then paid by a second
person. A run that crashed goes on where it stopped; nobody is paid twice.
"""

import re
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from zengzhi.core.distribution.dividend import dividend_weight, pay_dividend
from zengzhi.records.bonuses import income
from zengzhi.records.bonuses.errors import BadPeriod, NoDividend
from zengzhi.records.bonuses.models import DividendPart, DividendRun, Shareholding
from zengzhi.records.bonuses.plans import active_plan
from zengzhi.records.control.audit import note, reason
from zengzhi.records.ledger import debt
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.models import Leg
from zengzhi.records.members.errors import NotNow, SecondPersonNeeded
from zengzhi.records.members.models import Rank, User
from zengzhi.records.members.standing import load_ranks, load_suspensions
from zengzhi.records.store import clock

PARTS_AT_ONCE = 1_000
_PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


def end_of(period: str) -> datetime:
    """The last moment of a month, in local time. Errors: ``bad_period``."""
    if not _PERIOD.fullmatch(period):
        raise BadPeriod
    year, month = int(period[:4]), int(period[5:])
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    following = clock.midnight(date(year, month, 1))
    return following - timedelta(microseconds=1)


def in_pool_fen() -> int:
    """What waits in the dividend pool, less what frozen lists will take from it."""
    legs = Leg.objects.filter(kind=Kind.DIVIDEND_POOL, unit=Unit.CNY)
    held = legs.aggregate(total=Sum("amount"))["total"] or 0
    open_parts = DividendPart.objects.filter(paid=False, run__stage=DividendRun.Stage.LISTED)
    return held - (open_parts.aggregate(total=Sum("amount_fen"))["total"] or 0)


def hold_shares(
    member_pk: int, shares: int, by: User, why: str, at: datetime | None = None
) -> None:
    """A member's shares weigh in the dividend from now on; 0 ends it. Audited."""
    why, at = reason(why), at or clock.now()
    with transaction.atomic():
        Shareholding.objects.filter(member_id=member_pk, until=None).update(until=at)
        if shares:
            Shareholding.objects.create(member_id=member_pk, shares=shares, since=at)
        note(by, "hold_shares", f"member:{member_pk}", f"{shares}: {why}")


def freeze(period: str, by: User) -> DividendRun:
    """Freeze the list of a month that is over: holders and ranks at its end, parts that sum exactly
    to the pool. Errors: ``bad_period``; ``no_dividend``."""
    record_at = end_of(period)
    plan = active_plan(record_at) or active_plan()
    if record_at > clock.now():
        raise BadPeriod
    try:
        with transaction.atomic():
            pool_fen = in_pool_fen()
            rows = _weights(record_at)
            if plan is None or pool_fen <= 0 or not any(row[3] for row in rows):
                raise NoDividend
            run = DividendRun.objects.create(
                period=period, plan=plan, record_at=record_at, pool_fen=pool_fen, listed_by=by
            )
            parts = pay_dividend(pool_fen, [row[3] for row in rows])
            DividendPart.objects.bulk_create(
                DividendPart(
                    run=run,
                    member_id=member,
                    shares=shares,
                    level=level,
                    weight=weight,
                    amount_fen=fen,
                    paid=not fen,
                )
                for (member, shares, level, weight), fen in zip(rows, parts, strict=True)
            )
            note(by, "freeze_dividend", period, f"{pool_fen} fen, {len(rows)} holders")
    except IntegrityError as error:
        raise BadPeriod from error
    return run


def _weights(at: datetime) -> list[tuple[int, int, int, int]]:
    """(member, shares, rank level, weight) of all holders at a moment; suspended ones weigh 0."""
    holders = list(
        Shareholding.objects.filter(since__lte=at)
        .filter(Q(until=None) | Q(until__gt=at))
        .order_by("member_id")
        .values_list("member_id", "shares")
    )
    members = [member for member, _shares in holders]
    ranks, suspended = load_ranks(members), load_suspensions(members)
    weight_of = dict(Rank.objects.values_list("level", "dividend_weight"))
    rows = []
    for member, shares in holders:
        level = ranks.at(member, at, 0)
        level_weight = 0 if suspended.at(member, at) else weight_of.get(level, 1)
        rows.append((member, shares, level, dividend_weight(shares, level_weight)))
    return rows


def pay(run_pk: int, by: User) -> DividendRun:
    """A second person pays the list, some parts per transaction; called again it goes on.

    Errors: ``second_person_needed``; ``not_now`` when it is paid.
    """
    run = DividendRun.objects.get(pk=run_pk)
    if run.listed_by_id == by.pk:
        raise SecondPersonNeeded
    if run.stage == DividendRun.Stage.PAID:
        raise NotNow
    while _pay_some(run_pk):
        pass
    with transaction.atomic():
        run = DividendRun.objects.select_for_update(of=("self",)).get(pk=run_pk)
        if run.stage != DividendRun.Stage.PAID:
            run.stage, run.paid_by, run.paid_at = DividendRun.Stage.PAID, by, clock.now()
            run.save(update_fields=["stage", "paid_by", "paid_at"])
            note(by, "pay_dividend", run.period)
    return run


def _pay_some(run_pk: int) -> int:
    with transaction.atomic():
        run = DividendRun.objects.select_for_update(of=("self",)).get(pk=run_pk)
        parts = list(run.parts.filter(paid=False).order_by("member_id")[:PARTS_AT_ONCE])
        at = clock.now()
        purses = debt.lock(part.member_id for part in parts)
        entries = []
        for part in parts:
            entry = Entry("dividend", f"dividend-{run.period}", at, version=f"plan:{run.plan_id}")
            entry.money(Account(Kind.DIVIDEND_POOL), -part.amount_fen)
            purses.give(entry, part.member_id, part.amount_fen)
            entries.append(entry)
        post(entries)
        income.note_income((part.member_id, part.amount_fen, at) for part in parts)
        run.parts.filter(pk__in=[part.pk for part in parts]).update(paid=True)
    return len(parts)
