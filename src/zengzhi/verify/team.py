"""Bonuses, dividends and taxable income ↔ entries, holds, orders and the plan, both ways."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from zengzhi.mall.models import Order
from zengzhi.mall.orders.money import paid_for_bonuses
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.records.bonuses import derive
from zengzhi.records.bonuses.dividends import paid_parts
from zengzhi.records.bonuses.kept import kept_fen
from zengzhi.records.bonuses.models import DividendRun
from zengzhi.records.bonuses.paid import facts_of
from zengzhi.records.bonuses.quote import quote_orders
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.models import Place
from zengzhi.records.settlement.models import Event, Op
from zengzhi.records.wallet.income import month_of
from zengzhi.records.wallet.models import TaxableIncome
from zengzhi.verify.entries import Act, acts_of, by_reference, compare_money, money, read_facts
from zengzhi.verify.holds import compare_hold, missing, stray
from zengzhi.verify.problem import Problem

INCOME, RUN = "wallet_taxableincome", "bonuses_dividendrun"
OWN = (Kind.MEMBER_AVAILABLE, Kind.MEMBER_DEBT)
"""Where commissions become a member's own: what meets a debt too."""
AT_ONCE = 500


def bonus_rows() -> Iterator[Problem]:
    """The rows of distributions are those of their sealed entries."""
    for found in derive.differences():
        message = "is not what its sealed entry says" if found.field else "row and entry differ"
        yield Problem(found.table, str(found.key), found.field, message)


def bonus_quotes() -> Iterator[Problem]:
    """Each paid order's bonuses are what the plan of that moment gives to those who stood above
    the buyer then; every other entry of bonuses has no order."""
    acts = by_reference(acts_of("bonus_pending"))
    orders = Order.objects.filter(payment__in=(PaymentAxis.PAID, PaymentAxis.REFUNDED))
    keys = list(orders.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        part = Order.objects.select_related("pool__rules").filter(
            pk__in=keys[start : start + AT_ONCE], paid_at__isnull=False
        )
        quotes = quote_orders([paid_for_bonuses(order) for order in part.order_by("pk")])
        for order, quote in zip(part.order_by("pk"), quotes, strict=True):
            mine = acts.pop(order.number, [])
            if len(mine) != 1:
                message = f"its bonuses have {len(mine)} entries"
                yield Problem("mall_order", str(order.pk), "payment", message)
            for act in mine:
                yield from _as_quoted(act, facts_of(quote))
    for mine in acts.values():
        for act in mine:
            yield act.wrong("reference", "there is no such paid order")


def _as_quoted(act: Act, wanted: dict[str, Any]) -> Iterator[Problem]:
    said = read_facts(act)
    for name in sorted(wanted.keys() | said.keys()):
        if said.get(name) != wanted.get(name):
            message = f"{name} is {said.get(name)!r}, the plan gives {wanted.get(name)!r}"
            yield act.wrong("facts", message)
    lines = json.loads(said.get("lines") or "[]")
    pending = [(Kind.MEMBER_PENDING, line[0], line[5]) for line in lines]
    total = sum(line[5] for line in lines)
    pool = (Kind.ORDERS_PENDING, said.get("pool", 0), -total)
    yield from compare_money(act, money(pool, *pending))


def bonus_holds() -> Iterator[Problem]:
    """The hold of each order's bonuses stands where its entries put it; release and reversals take
    the fractions they say."""
    released = by_reference(acts_of("bonus"))
    reversed_ = by_reference(acts_of("bonus_reversed"))
    places = {place.cause: place for place in Place.objects.filter(kind=HoldKind.BONUS)}
    settled = dict(
        Event.objects.filter(op=Op.ORDER, error="").values_list("event_id", "happened_at")
    )
    for mine in released.values():
        settled.setdefault(mine[0].reference, mine[0].happened_at)
    for act in acts_of("bonus_pending"):
        facts = read_facts(act)
        place = places.pop(act.reference, None)
        if place is None:
            yield missing(HoldKind.BONUS, act.reference)
            continue
        mine = released.pop(act.reference, [])
        back = sorted(reversed_.pop(act.reference, []), key=lambda each: each.step)
        yield from _hold(place, act, facts, settled.get(act.reference), back)
        yield from _releases(act, facts, mine, act.reference in settled)
        yield from _reversals(back, facts)
    for place in places.values():
        yield from stray(place)
    for rest in (*released.values(), *reversed_.values()):
        for act in rest:
            yield act.wrong("reference", "no bonuses were set aside for it")


def _hold(
    place: Place, act: Act, facts: dict[str, Any], settled_at: datetime | None, back: list[Act]
) -> Iterator[Problem]:
    done = read_facts(back[-1]).get("refunded", 0) if back else 0
    base = facts.get("base", 0)
    state, moved_at = (HoldState.POSTED if settled_at else HoldState.OPEN), settled_at
    if back and done == base:
        state, moved_at = HoldState.VOID, back[-1].happened_at
    wanted: dict[str, object] = {"amount_fen": base, "done_fen": done}
    wanted |= {"entry": act.id, "lines": None}
    if place.state != HoldState.PARKED:
        wanted |= {"state": int(state), "reason": ""}
    if moved_at is not None:
        wanted["moved_at"] = moved_at
    yield from compare_hold(place, wanted)


def _releases(
    act: Act, facts: dict[str, Any], released: list[Act], settled: bool
) -> Iterator[Problem]:
    """An order that settled released what it kept, once; another one nothing."""
    for each in released[int(settled) :]:
        yield each.wrong("reference", "these bonuses were not released by it")
    if settled and not released and act.by_owner(Kind.MEMBER_PENDING):
        yield act.wrong("", "the order settled, and its bonuses were not released")
    for each in released[: int(settled)]:
        yield from _release(each, facts)


def _release(act: Act, facts: dict[str, Any]) -> Iterator[Problem]:
    refunded, base = read_facts(act).get("refunded", 0), facts.get("base", 0)
    wanted: dict[int, int] = {}
    for line in json.loads(facts.get("lines") or "[]"):
        wanted[line[0]] = wanted.get(line[0], 0) + kept_fen(line[5], refunded, base)
    wanted = {member: fen for member, fen in wanted.items() if fen}
    if act.by_owner(*OWN) != wanted:
        yield act.wrong("", f"gives {act.by_owner(*OWN)}, its order keeps {wanted}")
    dividend = kept_fen(facts.get("dividend", 0), refunded, base)
    if act.fen(Kind.DIVIDEND_POOL) != dividend:
        yield act.wrong("", f"the dividend pool is due {dividend}")


def releases() -> Iterator[Problem]:
    """Bonuses were released by the settlement of their order alone."""
    settled = set(Event.objects.filter(op=Op.ORDER, error="").values_list("event_id", flat=True))
    for act in acts_of("bonus"):
        if act.reference not in settled:
            yield act.wrong("reference", "the order has not settled")


def _reversals(back: list[Act], facts: dict[str, Any]) -> Iterator[Problem]:
    before = 0
    for step, act in enumerate(back):
        said = read_facts(act)
        if act.step != step or said.get("before") != before:
            yield act.wrong("step", f"does not go on from {before} refunded before")
        after = said.get("refunded", 0)
        yield from _taken_back(act, facts, before, after)
        before = after


def _taken_back(act: Act, facts: dict[str, Any], before: int, after: int) -> Iterator[Problem]:
    base = facts.get("base", 0)
    wanted: dict[int, int] = {}
    for line in json.loads(facts.get("lines") or "[]"):
        fen = kept_fen(line[5], after, base) - kept_fen(line[5], before, base)
        wanted[line[0]] = wanted.get(line[0], 0) + fen
    wanted = {member: fen for member, fen in wanted.items() if fen}
    found = act.by_owner(Kind.MEMBER_PENDING, *OWN)
    if found != wanted:
        yield act.wrong("", f"takes {found}, the refund takes {wanted}")


def dividends() -> Iterator[Problem]:
    """Each dividend paid is a part of its frozen list, each part of a paid list was paid."""
    acts = by_reference(acts_of("dividend"))
    for run in DividendRun.objects.order_by("pk"):
        if run.stage != DividendRun.Stage.PAID:
            continue
        for member, fen in paid_parts(run):
            mine = acts.pop(f"dividend-{run.period}-{member}", [])
            if len(mine) != int(fen > 0):
                message = f"member {member}: {len(mine)} entries"
                yield Problem(RUN, str(run.pk), "stage", message)
            for act in mine:
                if act.by_owner(*OWN) != {member: fen} or act.fen(Kind.DIVIDEND_POOL) != -fen:
                    yield act.wrong("", f"the list gives {fen} to member {member}")
                if act.happened_at != run.paid_at:
                    yield Problem(RUN, str(run.pk), "paid_at", f"paid at {act.happened_at}")
    for mine in acts.values():
        for act in mine:
            yield act.wrong("reference", "no dividend list has this part")
    periods = set(DividendRun.objects.values_list("period", flat=True))
    for act in acts_of("dividend_profit"):
        if act.reference not in periods:
            yield act.wrong("reference", "there is no dividend list of this period")


def incomes() -> Iterator[Problem]:
    """Taxable income is the sum of the month's commissions."""
    wanted: dict[tuple[int, date], int] = {}
    settled: dict[str, datetime] = {}
    for act in acts_of("bonus", "dividend", "bonus_reversed"):
        at = act.happened_at
        if act.kind == "bonus":
            settled[act.reference] = at
        elif act.kind == "bonus_reversed":
            if act.reference not in settled:
                continue
            at = settled[act.reference]
        for member, fen in act.by_owner(*OWN).items():
            place = (member, month_of(at))
            wanted[place] = wanted.get(place, 0) + fen
    for row in TaxableIncome.objects.order_by("pk"):
        income = wanted.pop((row.member_id, row.month), None)
        if income is None:
            yield Problem(INCOME, str(row.pk), "", "no commission arose then")
        elif income != row.income_fen:
            message = f"is {row.income_fen}, its entries say {income}"
            yield Problem(INCOME, str(row.pk), "income_fen", message)
    for (member, month), fen in wanted.items():
        if fen:
            yield Problem(INCOME, f"{member}/{month}", "", f"{fen} of income are missing")
