"""The figures of the dashboard, from live records: few queries, exact sums."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from zengzhi.core.distribution.payout_ratio import payout_ratio, percent
from zengzhi.core.units import PPM, Fen
from zengzhi.mall.after_sales.service import frequent_refunders
from zengzhi.mall.models import AfterSale, AfterSaleState, Order
from zengzhi.mall.orders.parking import parked_orders
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.payments.models import Callback, Payback, PaybackState
from zengzhi.payments.suspense import in_suspense
from zengzhi.records.bonuses.models import OrderBonus
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.models import Purse
from zengzhi.records.ledger.sums import account_fen
from zengzhi.records.settlement.models import Event, LotMovement, Op, Pool
from zengzhi.records.settlement.pools import default_pool, market
from zengzhi.records.settlement.truth import truth_of
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import State, Withdrawal


@dataclass(frozen=True, slots=True)
class Period:
    """Orders paid in a period. Money in fen."""

    orders: int
    gmv_fen: int
    payout_ratio: str
    """Bonuses of these orders, refunds not taken off, out of what was paid for them."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Money into the pool and out to members on one day, in fen."""

    day: date
    in_fen: int
    out_fen: int


@dataclass(frozen=True, slots=True)
class Check:
    """The journal's account of the pool against the pool's row."""

    ledger_fen: int
    pool_fen: int

    @property
    def difference_fen(self) -> int:
        """0 when both agree."""
        return self.ledger_fen - self.pool_fen


def period(first: date, last: date) -> Period:
    """Orders paid from the first to the last day, both included."""
    within = {
        "paid_at__gte": clock.midnight(first),
        "paid_at__lt": clock.midnight(last + timedelta(days=1)),
    }
    rows = Order.objects.filter(payment=PaymentAxis.PAID, **within).aggregate(
        orders=Count("pk"), gmv=Sum("total_fen")
    )
    given = OrderBonus.objects.filter(**within).aggregate(
        bonuses=Sum(F("lines_fen") + F("dividend_fen")), paid=Sum("base_fen")
    )
    ratio = payout_ratio(Fen(given["bonuses"] or 0), Fen(given["paid"] or 0))
    return Period(rows["orders"], rows["gmv"] or 0, percent(ratio))


def flows(pool: Pool, days: int) -> list[Flow]:
    """Each of the last ``days`` days, today included."""
    today = clock.today()
    first = today - timedelta(days=days - 1)
    rows = Event.objects.filter(pool=pool, error="", happened_at__gte=clock.midnight(first))
    by_day = {
        row["day"]: (row["put_in"] or 0, row["paid"] or 0)
        for row in rows.annotate(day=TruncDate("happened_at"))
        .values("day")
        .annotate(put_in=Sum("contribution_fen"), paid=Sum("payout_fen"))
    }
    exits: dict[date, int] = {}
    exiting = dict(rows.filter(exits__gt=0).values_list("pk", "happened_at"))
    for key, fen in (
        LotMovement.objects.filter(event_pk__in=list(exiting), is_exit=True)
        .values_list("event_pk")
        .annotate(fen=Sum("payout_fen"))
    ):
        day = clock.day_of(exiting[key])
        exits[day] = exits.get(day, 0) + fen
    return [
        Flow(day, by_day.get(day, (0, 0))[0], by_day.get(day, (0, 0))[1] + exits.get(day, 0))
        for day in (first + timedelta(days=i) for i in range(days))
    ]


def check(pool: Pool) -> Check:
    """Solvency of the books: Σ legs of the pool's account = the pool."""
    return Check(account_fen(Account(Kind.POOL, pool.pk)), pool.pool_fen)


def liabilities() -> dict[str, int]:
    """What members could ask for: wallet and bonuses not yet available, in fen."""
    held = Purse.objects.aggregate(
        wallet=Sum("available_fen", default=0) + Sum("reserved_fen", default=0),
        pending=Sum("pending_fen", default=0),
    )
    return {"wallet_fen": held["wallet"], "pending_fen": held["pending"]}


def alerts(pool: Pool) -> dict[str, Any]:
    """What waits for somebody."""
    return {
        "unpaid": Order.objects.filter(payment=PaymentAxis.AWAITING).count(),
        "unsettled": Order.objects.filter(payment=PaymentAxis.PAID, settled_at=None).count(),
        "parked": parked_orders().count(),
        "suspense": in_suspense().count(),
        "callbacks": Callback.objects.filter(outcome="").count(),
        "paybacks": Payback.objects.exclude(state=PaybackState.DONE).count(),
        "after_sales": AfterSale.objects.filter(state=AfterSaleState.REQUESTED).count(),
        "refunders": frequent_refunders(clock.now()),
        "refused": Event.objects.filter(pool=pool).exclude(error="").count(),
        "withdrawals": Withdrawal.objects.filter(
            state__in=(State.REQUESTED, State.HELD, State.APPROVED)
        ).count(),
    }


def dashboard() -> dict[str, Any]:
    """Everything the dashboard shows."""
    pool = default_pool()
    today = clock.today()
    now = period(today - timedelta(days=29), today)
    before = period(today - timedelta(days=59), today - timedelta(days=30))
    truth = truth_of(pool)
    days = flows(pool, 30)
    owed = liabilities()
    return {
        "pool": pool,
        "market": market(pool),
        "now": now,
        "before": before,
        "today": days[-1],
        "flows": days,
        "truth": truth,
        "back_ppm": truth.paid_out_fen * PPM // truth.spend_fen if truth.spend_fen else 0,
        "paid_ppm": truth.paid_out_fen * PPM // truth.put_in_fen if truth.put_in_fen else 0,
        "reached_1x_ppm": truth.reached_1x * PPM // truth.lots if truth.lots else 0,
        "reached_3x_ppm": truth.reached_3x * PPM // truth.lots if truth.lots else 0,
        "owed": owed,
        "owed_fen": owed["wallet_fen"] + owed["pending_fen"],
        "check": check(pool),
        "alerts": alerts(pool),
        "orders_op": Op.ORDER,
    }
