"""The economy of a pool in memory, kept between batches and checked against the pool's row.

What is in memory is never the truth: it is good only while its sequence and chain head equal the
row's, else it catches up from the events or is loaded from the lots. The lock on the pool's row is
what keeps two threads from using one engine.
"""

from dataclasses import dataclass

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.events import (
    Convert,
    Event,
    Expire,
    Grant,
    Order,
    Refund,
    Sell,
    Subsidise,
)
from zengzhi.core.economy.forced_exit import enqueue_lot
from zengzhi.core.economy.pool import Economy, Lot
from zengzhi.core.economy.rules import Rules, Split, rules_from_toml
from zengzhi.core.errors import ZengzhiError
from zengzhi.records.settlement import models

CATCH_UP_EVENTS_MAX = 50_000
"""Further behind than this, loading the lots is cheaper."""


@dataclass(slots=True)
class Engine:
    """An economy and the point of the pool's history it stands at."""

    economy: Economy
    sequence: int
    head: str


_engines: dict[tuple[str, int], Engine] = {}


def split_text(split: Split | None) -> str:
    """An order's own split as stored with its event."""
    if split is None:
        return ""
    return f"{split.cost_ppm}/{split.distribution_ppm}/{split.platform_ppm}"


def split_from_text(text: str) -> Split | None:
    """The inverse of :func:`split_text`."""
    return Split(*(int(part) for part in text.split("/"))) if text else None


def core_event(row: models.Event) -> Event:
    """The core's event behind a stored row."""
    member = str(row.member_id)
    units = None if row.amount < 0 else row.amount
    match models.Op(row.op):
        case models.Op.ORDER:
            return Order(row.event_id, member, row.amount, split_from_text(row.split))
        case models.Op.SELL:
            return Sell(row.event_id, member, units, row.target or None)
        case models.Op.SUBSIDISE:
            return Subsidise(row.event_id, row.amount)
        case models.Op.GRANT:
            return Grant(row.event_id, member, row.amount)
        case models.Op.CONVERT:
            return Convert(row.event_id, member, units)
        case models.Op.REFUND:
            return Refund(row.event_id, row.target, units)
        case models.Op.EXPIRE:
            return Expire(row.event_id, member, units)
    raise AssertionError(row.op)


def rules_of(pool: models.Pool) -> Rules:
    """The rules a pool runs under."""
    return rules_from_toml(pool.rules.text)


def _load(pool: models.Pool) -> Engine:
    economy = Economy(
        rules_of(pool),
        pool_fen=pool.pool_fen,
        outstanding_units=pool.outstanding_units,
        epoch=pool.epoch,
        pool_reserve_fen=pool.pool_reserve_fen,
        refund_reserve_fen=pool.refund_reserve_fen,
        put_in_fen=pool.put_in_fen,
        paid_out_fen=pool.paid_out_fen,
        converted_fen=pool.converted_fen,
        refunded_fen=pool.refunded_fen,
    )
    rows = models.Lot.objects.filter(pool=pool).order_by("id")
    for row in rows.iterator(chunk_size=10_000):
        lot = Lot(
            sequence=len(economy.lots),
            event_id=row.event_id,
            member=str(row.member_id),
            is_grant=row.is_grant,
            spend_fen=row.spend_fen,
            contribution_fen=row.contribution_fen,
            granted_units=row.granted_units,
            remaining_units=row.remaining_units,
            paid_fen=row.paid_fen,
            refunded_fen=row.refunded_fen,
            exited=row.exited,
        )
        economy.open_lot(lot)
        if not lot.is_grant and not lot.exited:
            enqueue_lot(economy, lot)
    return Engine(economy, pool.sequence, pool.head)


def _catch_up(engine: Engine, pool: models.Pool) -> bool:
    """Apply what others settled since; false when the history is not a continuation of ours."""
    behind = pool.sequence - engine.sequence
    if not 0 < behind <= CATCH_UP_EVENTS_MAX:
        return False
    first = models.row_id(pool.pk, engine.sequence + 1)
    batch = models.Batch.objects.filter(pool=pool, first_sequence=engine.sequence + 1).first()
    if batch is None or batch.previous != engine.head:
        return False
    for row in models.Event.objects.filter(
        pk__gte=first, pk__lte=models.row_id(pool.pk, pool.sequence)
    ).order_by("id"):
        try:
            apply(engine.economy, core_event(row))
        except ZengzhiError:
            continue
    economy = engine.economy
    engine.sequence, engine.head = pool.sequence, pool.head
    return (economy.pool_fen, economy.outstanding_units) == (pool.pool_fen, pool.outstanding_units)


def engine_for(pool: models.Pool, database: str) -> Engine:
    """The engine of a locked pool row, brought to its sequence."""
    key = (database, pool.pk)
    engine = _engines.get(key)
    if engine is not None and (engine.sequence, engine.head) == (pool.sequence, pool.head):
        return engine
    if engine is None or not _catch_up(engine, pool):
        engine = _engines[key] = _load(pool)
    return engine


def forget(pool_pk: int, database: str) -> None:
    """Drop what is in memory: the transaction that changed it was not committed."""
    _engines.pop((database, pool_pk), None)
