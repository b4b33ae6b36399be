"""What a member sees of the team and the bonuses, each with why it is so much or nothing. Reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from zengzhi.core import regions
from zengzhi.core.distribution.lines import Line, OrderBonuses, PaidOrder
from zengzhi.core.distribution.why import why
from zengzhi.core.distribution.why_not import why_not
from zengzhi.core.units import Fen, Ppm
from zengzhi.records.bonuses.models import (
    WAITING,
    BonusKind,
    BonusLine,
    LineState,
    OrderBonus,
    with_hold,
)
from zengzhi.records.bonuses.patterns import trace_of
from zengzhi.records.bonuses.plan_at import parsed
from zengzhi.records.bonuses.quote import snapshot
from zengzhi.records.ledger.holds import HoldState
from zengzhi.records.members.models import Member, RegionAgent

AGENT_KINDS = {
    6: BonusKind.DISTRICT_AGENT,
    4: BonusKind.CITY_AGENT,
    2: BonusKind.PROVINCE_AGENT,
}
"""Digits of the region's code → the kind its agent gets."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A bonus, or why there is none, as a page shows it."""

    kind: BonusKind
    buyer: str
    """Masked."""
    order: str
    at: datetime
    amount_fen: int
    reversed_fen: int
    state: LineState
    reason: str
    """A code; with ``detail`` it becomes a sentence."""
    detail: str
    sum_text: tuple[str, str]
    """rate × base = amount in words, English and Chinese; empty when there is nothing to add up."""
    plan: str
    line: BonusLine | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were invited, and by those."""

    direct: int
    second: int


def counts(member: Member) -> Counts:
    """Direct members and the second level."""
    return Counts(
        Member.objects.filter(sponsor=member).count(),
        Member.objects.filter(sponsor__sponsor=member).count(),
    )


def members_of(member: Member, level: int, start: int = 0, size: int = 20) -> list[Member]:
    """Members of the first or second level, the newest first, with ``orders`` paid."""
    below = {"sponsor": member} if level == 1 else {"sponsor__sponsor": member}
    page = list(Member.objects.filter(**below).order_by("-pk")[start : start + size])
    paid = dict(
        with_hold(OrderBonus.objects.filter(member__in=page), "order")
        .exclude(hold_state=HoldState.VOID)
        .values_list("member_id")
        .annotate(number=Count("id"))
    )
    for row in page:
        row.orders_paid = paid.get(row.pk, 0)  # type: ignore[attr-defined]
    return page


def by_month(member: Member, months: int = 12) -> list[tuple[date, int, int]]:
    """(month, available, pending) of the bonuses of orders paid then, refunds taken off."""
    given = BonusLine.objects.filter(beneficiary=member, amount_fen__gt=0)
    lines = with_hold(given, "order__order").annotate(month=TruncMonth("paid_at")).order_by()
    sums: dict[date, list[int]] = {}
    for month, state, fen in lines.values_list("month", "hold_state").annotate(
        fen=Sum("amount_fen")
    ):
        _count(sums, month.date(), state, fen)
    for line in lines.filter(hold_refunded_fen__gt=0).select_related("order"):
        _count(sums, line.month.date(), line.hold_state, -line.reversed_fen)
    return [
        (month, sums[month][0], sums[month][1]) for month in sorted(sums, reverse=True)[:months]
    ]


def _count(sums: dict[date, list[int]], month: date, state: int, fen: int) -> None:
    """Add to a month's available or pending sum."""
    sums.setdefault(month, [0, 0])[state in WAITING] += fen


def core_line(line: BonusLine) -> Line:
    """The core's line behind a stored one."""
    kind = BonusKind(line.kind).name.lower()
    return Line(
        line.beneficiary_id,
        kind,
        Ppm(line.rate_ppm),
        Fen(line.base_fen),
        Fen(line.due_fen),
        Fen(line.amount_fen),
        trace_of(line.trace),
    )


def words(line: BonusLine) -> tuple[str, str]:
    """rate × base = amount, in English and Chinese; members are masked."""
    if not line.due_fen or not (line.amount_fen or line.reason == "budget"):
        return "", ""
    core = core_line(line)

    def naming(key: object) -> str:
        found = Member.objects.filter(pk=int(str(key))).first()
        return found.masked if found else ""

    return why(core, "en", naming), why(core, "zh", naming)


def shown(lines: Iterable[BonusLine]) -> list[Shown]:
    """Stored lines as shown; the order with its buyer and plan is read along with them."""
    return [
        Shown(
            BonusKind(line.kind),
            line.order.member.masked,
            line.order.order,
            line.paid_at,
            line.amount_fen,
            line.reversed_fen,
            line.state,
            line.reason,
            "",
            words(line),
            f"v{line.order.plan_id}",
            line,
        )
        for line in lines
    ]


SHOW = {
    "received": Q(amount_fen__gt=0),
    "pending": Q(amount_fen__gt=0, hold_state__in=WAITING),
    "nothing": Q(amount_fen=0),
}
"""Which lines a page shows."""


def lines_of(
    member: Member, before: int | None = None, size: int = 20, show: str = ""
) -> list[BonusLine]:
    """A member's lines, the newest first, below a line's key; ``show``: only those of SHOW."""
    mine = BonusLine.objects.filter(beneficiary=member)
    rows = with_hold(mine, "order__order").filter(SHOW.get(show, Q()))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.select_related("order__member", "order__plan").order_by("-pk")[:size])


def not_received(member: Member, size: int = 20) -> list[Shown]:
    """The last orders of the member's two levels that paid the member nothing, and why."""
    heads = list(
        OrderBonus.objects.filter(Q(member__sponsor=member) | Q(member__sponsor__sponsor=member))
        .exclude(lines__beneficiary=member)
        .select_related("member", "plan")
        .prefetch_related("lines")
        .order_by("-pk")[:size]
    )
    held = list(RegionAgent.objects.filter(member=member))
    found = [_none_of(member, head, held) for head in heads]
    also = _as_agent(member, held, size)
    rows = [row for row in [*found, *also] if row is not None]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:size]


def _as_agent(member: Member, held: Sequence[RegionAgent], size: int) -> list[Shown]:
    """An agent's own team bought for another region: paid as sponsor, not as agent."""
    if not held:
        return []
    as_agent = BonusLine.objects.filter(beneficiary=member, kind__in=AGENT_KINDS.values())
    heads = (
        OrderBonus.objects.filter(Q(member__sponsor=member) | Q(member__sponsor__sponsor=member))
        .exclude(pk__in=as_agent.values("order_id"))
        .select_related("member", "plan")
        .order_by("-pk")[:size]
    )
    rows = []
    for head in heads:
        if head.plan is None or parsed(head.plan.text).area is None:
            continue
        agency = next((row for row in held if _held(row, head.paid_at)), None)
        if agency is not None:
            kind = AGENT_KINDS[len(agency.region)]
            region = regions.short_name(head.region) if head.region else ""
            rows.append(_nothing(head, kind, "not_agent" if region else "unmapped", region))
    return rows


def _held(row: RegionAgent, at: datetime) -> bool:
    return row.since <= at and (row.until is None or at < row.until)


def _none_of(member: Member, head: OrderBonus, held: Sequence[RegionAgent]) -> Shown | None:
    """Why a sponsor got nothing at all on an order, as the core says."""
    kind = BonusKind.DIRECT if head.member.sponsor_id == member.pk else BonusKind.INDIRECT
    if head.plan is None:
        return _nothing(head, kind, "no_plan")
    upline = snapshot(head.upline)
    rows = [core_line(line) for line in head.lines.all() if line.due_fen]
    paid = tuple(line for line in rows if line.amount_fen)
    left_out = tuple(line for line in rows if not line.amount_fen)
    budget_fen, paid_fen, none_fen = Fen(head.budget_fen), Fen(head.base_fen), Fen(0)
    pool_fen = Fen(head.dividend_fen)
    bonuses = OrderBonuses(budget_fen, paid_fen, paid, left_out, pool_fen, pool_fen, none_fen)
    reasons = why_not(
        member.pk,
        PaidOrder(head.member_id, paid_fen, budget_fen, none_fen),
        upline.rows,
        bonuses,
        parsed(head.plan.text),
        upline.suspended,
    )
    found = {reason.kind: reason.code for reason in reasons}
    return _nothing(head, kind, found.get(kind.name.lower(), "kind_off"))


def _nothing(head: OrderBonus, kind: BonusKind, reason: str, detail: str = "") -> Shown:
    return Shown(
        kind,
        head.member.masked,
        head.order,
        head.paid_at,
        0,
        0,
        LineState.NOTHING,
        reason,
        detail,
        ("", ""),
        "" if head.plan_id is None else f"v{head.plan_id}",
    )
