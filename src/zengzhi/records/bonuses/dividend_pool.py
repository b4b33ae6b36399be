"""The dividend pool (分红池): what entered it in a period, what is free in it, who takes from it.

Orders put money in and never wait. Whoever takes money out (a refund, a list that is paid) holds
the one row of ``DividendLock`` (on SQLite the write lock does the same) while reading what is there
and taking it, so that the pool never goes below zero.
"""

from django.db.models import Sum

from zengzhi.records.bonuses.models import DividendLock, DividendRun
from zengzhi.records.bonuses.period import Bounds, bounds
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import account_fen

POOL = Account(Kind.DIVIDEND_POOL)


def lock_pool() -> None:
    """Nobody else takes from the pool until this transaction ends."""
    DividendLock.objects.get_or_create(pk=1)
    DividendLock.objects.select_for_update().get(pk=1)


def held_fen() -> int:
    """What the pool holds now."""
    return max(0, account_fen(POOL))


def take_back(fen: int) -> int:
    """What the pool can give back of a refunded order's part; it is locked and to be taken in this
    transaction."""
    if fen == 0:
        return 0
    lock_pool()
    return min(fen, held_fen())


def unlisted_fen() -> int:
    """What waits in the pool, less what frozen lists will take from it."""
    open_runs = DividendRun.objects.filter(stage=DividendRun.Stage.LISTED)
    return account_fen(POOL) - (open_runs.aggregate(fen=Sum("pool_fen"))["fen"] or 0)


def entered_fen(within: Bounds) -> int:
    """What entered the pool in a period, less what refunds took back in it."""
    grown_fen = account_fen(POOL, within.end) - account_fen(POOL, within.start)
    paid = DividendRun.objects.filter(paid_at__gte=within.start, paid_at__lt=within.end)
    return grown_fen + (paid.aggregate(fen=Sum("paid_fen"))["fen"] or 0)


def to_distribute_fen(within: Bounds) -> int:
    """What a period's list distributes: what entered in it, and what is still there of periods
    whose list came before: recorded late for them, or left when a refund had cut their payment."""
    entered = entered_fen(within)
    left_fen = sum(
        entered_fen(bounds(period)) - (pool_fen if paid_fen is None else paid_fen)
        for period, pool_fen, paid_fen in DividendRun.objects.values_list(
            "period", "pool_fen", "paid_fen"
        )
    )
    return entered + min(left_fen, max(0, unlisted_fen() - entered))
