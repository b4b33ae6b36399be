"""The price of a pool over time, for charts. Reads only; texts of 4 decimals, never a float."""

from bisect import bisect_left
from datetime import datetime, timedelta

from zengzhi.core.units import PPM, UNITS_PER_POINT, format_half_up
from zengzhi.records.ledger.batches import row_id
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Event, Lot, Pool
from zengzhi.records.store import clock


def _first_since(pool: Pool, moment: datetime) -> int:
    """The sequence of the first event at or after a moment, by halving: events are in order."""

    def happened_at(sequence: int) -> datetime:
        row = Event.objects.only("happened_at").get(pk=row_id(pool.pk, sequence))
        return row.happened_at

    return bisect_left(range(1, pool.sequence + 1), moment, key=happened_at) + 1


def price_history(
    pool: Pool, days: int | None = None, points_max: int = 400
) -> list[tuple[datetime, str, str]]:
    """(moment, price, payout after retention) at evenly spread events; the last one is now's.

    Texts with 4 decimals: a price is never a float.
    """
    rows = Event.objects.filter(pool=pool, error="", outstanding_units__gt=0)
    first = 1 if days is None else _first_since(pool, clock.now() - timedelta(days=days))
    if first > pool.sequence:
        return []
    step = max(1, -(-(pool.sequence - first + 1) // points_max))
    wanted = [*range(first, pool.sequence, step), pool.sequence]
    keys = [row_id(pool.pk, sequence) for sequence in wanted]
    keep_ppm = PPM - rules_of(pool).retention_ppm
    return [
        (
            at,
            format_half_up(fen * UNITS_PER_POINT, units * 100, 4),
            format_half_up(fen * UNITS_PER_POINT * keep_ppm, units * 100 * PPM, 4),
        )
        for at, fen, units in rows.filter(pk__in=keys)
        .order_by("id")
        .values_list("happened_at", "pool_fen", "outstanding_units")
    ]


def own_orders(pool: Pool, member: Member, most: int = 200) -> list[tuple[datetime, str]]:
    """(moment, price then) of the member's last settled orders, for the chart."""
    lots = Lot.objects.filter(pool=pool, member=member, is_grant=False).order_by("-id")
    names = list(lots.values_list("event_id", flat=True)[:most])
    rows = Event.objects.filter(pool=pool, event_id__in=names, outstanding_units__gt=0)
    return [
        (at, format_half_up(fen * UNITS_PER_POINT, units * 100, 4))
        for at, fen, units in rows.order_by("id").values_list(
            "happened_at", "pool_fen", "outstanding_units"
        )
    ]
