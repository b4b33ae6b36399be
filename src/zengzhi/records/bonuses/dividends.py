"""Dividend runs (分红): one a period, its list frozen first, then paid as two people want it, in
one transaction. Everything that decides a period is read as of its end.
"""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zengzhi.core.distribution.dividend import pay_dividend, reduce_dividend
from zengzhi.core.distribution.lines import share
from zengzhi.core.rounding import split_largest_remainder
from zengzhi.core.units import Fen
from zengzhi.records.bonuses import dividend_pool, profit
from zengzhi.records.bonuses.errors import BadPeriod, NoDividend
from zengzhi.records.bonuses.models import DividendPart, DividendRun, Plan
from zengzhi.records.bonuses.period import bounds, end_of
from zengzhi.records.bonuses.plan_at import parsed
from zengzhi.records.bonuses.plans import active_plan
from zengzhi.records.bonuses.shareholders import Holder, holders_at
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import done_at, wanted_of
from zengzhi.records.control.audit import note
from zengzhi.records.control.models import Approval
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.ledger.purses import Purses
from zengzhi.records.members.errors import NotNow
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.income import record_incomes

AT_ONCE = 5_000
PAY_DIVIDEND = "pay_dividend"


def freeze(period: str, by: User) -> DividendRun:
    """Freeze the list of a month that is over: the money that entered the pool in it, the plan,
    holders, ranks and weights at its end, parts that sum exactly to the money.

    Errors: ``bad_period``; ``no_dividend``.
    """
    within, record_at = bounds(period), end_of(period)
    if within.end > clock.now():
        raise BadPeriod
    with transaction.atomic():
        dividend_pool.lock_pool()
        if DividendRun.objects.filter(period=period).exists():
            raise BadPeriod
        plan = active_plan(record_at)
        if plan is not None:
            _from_profit(period, plan)
        pool_fen = dividend_pool.to_distribute_fen(within)
        holders = holders_at(record_at)
        if plan is None or pool_fen <= 0 or not any(holder.weight for holder in holders):
            raise NoDividend
        run = DividendRun.objects.create(
            period=period, plan=plan, record_at=record_at, pool_fen=pool_fen, listed_by=by
        )
        _list(run, holders)
        note(by, "freeze_dividend", period, f"{pool_fen} fen, {len(holders)} holders")
    return run


def _from_profit(period: str, plan: Plan) -> None:
    """Where the plan says so, its part of the period's profit flows into the pool, once."""
    core = parsed(plan.text)
    if core.dividend_source != "profit" or not core.dividend_ppm:
        return
    earned_fen = profit.statement(bounds(period), core).fen
    fen = share(core.dividend_ppm, Fen(max(0, earned_fen)))
    entry = Entry(profit.DIVIDEND, period, end_of(period), version=f"plan:{plan.pk}")
    post([entry.money(profit.PLATFORM, -fen).money(dividend_pool.POOL, fen)])


def _list(run: DividendRun, holders: list[Holder]) -> None:
    parts = pay_dividend(Fen(run.pool_fen), [holder.weight for holder in holders])
    DividendPart.objects.bulk_create(
        (
            DividendPart(
                run=run,
                member_id=holder.member,
                shares=holder.shares,
                level=holder.level,
                weight=holder.weight,
                amount_fen=fen,
            )
            for holder, fen in zip(holders, parts, strict=True)
        ),
        batch_size=AT_ONCE,
    )


def payable_fen(run: DividendRun) -> int:
    """What the pool can pay of a frozen list. Where refunds left less than all frozen lists
    together, each of them bears its part of what is missing, whichever is paid first."""
    held_fen = dividend_pool.held_fen()
    listed = DividendRun.objects.filter(stage=DividendRun.Stage.LISTED).order_by("period")
    due = dict(listed.values_list("pk", "pool_fen"))
    if sum(due.values()) <= held_fen:
        return run.pool_fen
    return dict(zip(due, split_largest_remainder(held_fen, [*due.values()]), strict=True))[run.pk]


def pay(approval: Approval) -> str:
    """Pay a list as approved: all of it or, after refunds, what is there, pro rata.

    Errors: ``not_now`` when it is paid.
    """
    wanted_of(approval, PAY_DIVIDEND)
    run = DividendRun.objects.select_for_update(of=("self",)).get(
        period=_period_of(approval.subject)
    )
    if run.stage == DividendRun.Stage.PAID:
        raise NotNow
    dividend_pool.lock_pool()
    run.paid_fen = payable_fen(run)
    run.stage, run.paid_at = DividendRun.Stage.PAID, done_at(approval)
    run.paid_by_id = approval.decided_by_id
    _pay_parts(run)
    run.save(update_fields=["stage", "paid_fen", "paid_by", "paid_at"])
    return f"{run._meta.db_table}:{run.pk}"


def paid_parts(run: DividendRun) -> list[tuple[int, int]]:
    """(member, fen) of a list as it is paid: the frozen parts less the shortfall."""
    parts = list(run.parts.order_by("member_id").values_list("member_id", "amount_fen"))
    missing_fen = run.pool_fen - (run.pool_fen if run.paid_fen is None else run.paid_fen)
    reduced = reduce_dividend([fen for _member, fen in parts], Fen(missing_fen))
    return [(member, fen) for (member, _fen), fen in zip(parts, reduced, strict=True)]


def _pay_parts(run: DividendRun) -> None:
    parts = [(member, fen) for member, fen in paid_parts(run) if fen]
    at = run.paid_at or clock.now()
    purses = Purses.lock(member for member, _fen in parts)
    entries = []
    for member, fen in parts:
        name = f"dividend-{run.period}-{member}"
        entry = Entry("dividend", name, at, version=f"plan:{run.plan_id}")
        entry.money(dividend_pool.POOL, -fen)
        entries.append(purses.give(entry, member, fen))
    post(entries)
    record_incomes((member, fen, at) for member, fen in parts)


def _period_of(subject: str) -> str:
    return subject.removeprefix("dividend:")


def _compare(subject: str, wanted: Values) -> tuple[Values, Values]:
    run = DividendRun.objects.get(period=_period_of(subject))
    if run.stage == DividendRun.Stage.PAID:
        raise NotNow
    return _said(run, run.stage), _said(run, DividendRun.Stage.PAID)


def _said(run: DividendRun, stage: str) -> Values:
    """The frozen list: what refunds leave of it is known when it is paid."""
    return {"stage": str(stage), "pool_fen": run.pool_fen, "holders": run.parts.count()}


def _paid() -> Iterator[Result]:
    paid = DividendRun.Stage.PAID
    for run in DividendRun.objects.filter(stage=paid).order_by("pk"):
        yield Result(run._meta.db_table, str(run.pk), run.paid_at, _said(run, run.stage))


ACTS = (
    Approvable(
        name=PAY_DIVIDEND,
        title=_("dividend"),
        may_ask="bonuses.run_dividend",
        may_approve="control.approve_money",
        compare=_compare,
        execute=pay,
        results=_paid,
        touches=None,
        labels={
            "stage": _("stage"),
            "pool_fen": _("to distribute"),
            "holders": _("holders"),
        },
        words=_period_of,
    ),
)
