"""Many events at once: as columns, one statement for each kind of row, whatever their number.

In the transaction of the pool's owner (:mod:`.settle`). An id that comes again answers what it
answered; what is new is applied by the engine, written and sealed as one batch.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

import numpy as np
from django.db import connection

from zengzhi.core.economy.pool import Outcome
from zengzhi.core.economy.rules import Split, rules_from_toml
from zengzhi.core.kernel.layout import NO_LOT
from zengzhi.records.ledger.batches import days_of, nets_of
from zengzhi.records.ledger.journal import post_columns
from zengzhi.records.settlement import engine as engines
from zengzhi.records.settlement import models
from zengzhi.records.settlement.debts import debts_under_lock
from zengzhi.records.settlement.incoming import Incoming, Request, incoming, split_from_text
from zengzhi.records.settlement.replies import (
    Replies,
    Reply,
    reply_of,
    stored_content,
    stored_reply,
)
from zengzhi.records.settlement.rows import (
    CHANGES,
    EVENTS,
    LOTS,
    MOVEMENTS,
    NamedOrder,
    Rows,
    apply,
    core_columns,
    derive,
    state_before,
)
from zengzhi.records.settlement.sealed import header_of, pack, seal
from zengzhi.records.store import clock
from zengzhi.records.store.bulk import execute_many, microseconds, statement


def settle_many(
    pool: models.Pool, database: str, events: Incoming, lock_also: Iterable[int]
) -> Replies:
    """Settle events in the order given: see :meth:`.settle.Owner.settle`."""
    stored = _stored(pool.pk, events.ids)
    if not stored and len(set(events.ids)) == len(events):
        return Replies(_settle_new(pool, database, events, lock_also), range(len(events)))
    new: dict[str, int] = {}
    for row, event_id in enumerate(events.ids):
        if event_id not in stored:
            new.setdefault(event_id, row)
    rows = None
    if new:
        rows = _settle_new(pool, database, events.take(list(new.values())), lock_also)
    place = {event_id: number for number, event_id in enumerate(new)}
    answers: list[Reply | int] = []
    for row, event_id in enumerate(events.ids):
        if new.get(event_id) == row:
            answers.append(place[event_id])
        elif event_id in stored:
            earlier = stored_reply(stored[event_id])
            same = stored_content(stored[event_id]) == events.content(row)
            answers.append(earlier if same else earlier.reused())
        else:
            assert rows is not None  # noqa: S101
            earlier = reply_of(rows, place[event_id])
            same = events.content(new[event_id]) == events.content(row)
            answers.append(earlier if same else earlier.reused())
    return Replies(rows, answers)


def keep_with_exits(
    pool: models.Pool,
    engine: engines.Engine,
    request: Request,
    outcome: Outcome,
    recorded_at: datetime,
    lock_also: Iterable[int],
) -> Replies:
    """What an order writes that makes exits due or leaves an empty pool: as a batch of one."""
    events, ref = incoming([request]), np.full(1, NO_LOT, np.int64)
    before = state_before(engine, ref)
    result = engine.finish(core_columns(events, ref), outcome)
    debts_of, recorded_us = partial(debts_under_lock, others=lock_also), microseconds(recorded_at)
    rows = derive(engine, pool.pk, events, result, before, {}, recorded_us, debts_of)
    _keep(pool, engine, events, rows, recorded_at)
    return Replies(rows, range(1))


def _settle_new(
    pool: models.Pool, database: str, events: Incoming, lock_also: Iterable[int]
) -> Rows:
    """Settle events whose ids are new; every row, the seal and the pool's row."""
    engine = engines.engine_for(pool, database)
    orders = _orders_named(pool.pk, engine, set(events.targets.values()))
    recorded_at = clock.now()
    debts_of = partial(debts_under_lock, others=lock_also)
    rows = apply(engine, pool.pk, events, orders, microseconds(recorded_at), debts_of)
    _keep(pool, engine, events, rows, recorded_at)
    return rows


def _stored(pool_pk: int, ids: Sequence[str]) -> dict[str, models.Event]:
    """Stored events among the ids: exactly once is decided here."""
    found = _event_rows("event_id", pool_pk, ids)
    if not found:
        return {}
    rows = models.Event.objects.filter(pool_id=pool_pk, event_id__in=[name for (name,) in found])
    return {row.event_id: row for row in rows}


def _event_rows(columns: str, pool_pk: int, ids: Iterable[str]) -> list[tuple[str, ...]]:
    """Some columns of the events with these ids, in one statement of any length."""
    names: list[str] | str = list(ids)
    among = "= ANY(%s)"
    if connection.vendor == "sqlite":
        among, names = "IN (SELECT value FROM json_each(%s))", json.dumps(names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM settlement_event AS event "  # noqa: S608 (own names)
            f"WHERE pool_id = %s AND event_id {among}",
            [pool_pk, names],
        )
        found: list[tuple[str, ...]] = cursor.fetchall()
        return found


def _orders_named(pool_pk: int, engine: engines.Engine, names: set[str]) -> dict[str, NamedOrder]:
    """The settled orders and grants among the names."""
    if not names:
        return {}
    found = {}
    version = "(SELECT version FROM ledger_transaction AS head WHERE head.id = event.id)"
    columns = f"event_id, sequence, split, {version}"
    for event_id, sequence, split, rules_id in _event_rows(columns, pool_pk, names):
        lot = engine.lot_of_event(int(sequence))
        if lot >= 0:
            found[event_id] = NamedOrder(lot, split_at(split, int(rules_id), engine))
    return found


def split_at(text: str, rules_id: int, engine: engines.Engine | None = None) -> Split:
    """The split an order was settled with: its own, or that of the rules of that moment."""
    own = split_from_text(text)
    if own is not None:
        return own
    if engine is not None and rules_id == engine.rules_id:
        return engine.rules.split
    return rules_from_toml(models.RulesVersion.objects.get(pk=rules_id).text).split


def _write(rows: Rows) -> None:
    EVENTS.insert(rows.events, len(rows))
    LOTS.insert(rows.opened, len(rows.opened["id"]))
    _change_lots(rows)
    MOVEMENTS.insert(rows.movements, len(rows.movements["event_pk"]))
    if len(rows.heads["id"]):
        post_columns(rows.heads, rows.legs)


def _change_lots(rows: Rows) -> None:
    columns = [rows.changed[name].tolist() for name in ("id", *CHANGES)]
    if not columns[0]:
        return
    statement("UPDATE settlement_lot")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE settlement_lot AS lot SET remaining_units = new.remaining_units, "
                "paid_fen = new.paid_fen, refunded_fen = new.refunded_fen, "
                "exited = new.exited <> 0 FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], "
                "%s::bigint[], %s::int[]) AS new(id, remaining_units, paid_fen, refunded_fen, "
                "exited) WHERE lot.id = new.id",
                columns,
            )
    else:
        execute_many(
            "UPDATE settlement_lot SET remaining_units = ?, paid_fen = ?, refunded_fen = ?, "
            "exited = ? WHERE id = ?",
            zip(*columns[1:], columns[0], strict=True),
        )


def _keep(
    pool: models.Pool, engine: engines.Engine, events: Incoming, rows: Rows, recorded_at: datetime
) -> None:
    """Write the rows of a batch that the engine has applied, and seal them."""
    _write(rows)
    state = {**engine.numbers(), "lots_opened": engine.lots_opened}
    first = engine.sequence - len(events) + 1
    header = header_of(pool, first, microseconds(recorded_at), state)
    payload = pack(header, events, rows.target, rows.debts)
    legs_of = np.asarray(rows.heads["leg_count"], np.int64)
    days = np.repeat(np.array(days_of(rows.heads["happened_at"]), object), legs_of)
    nets = nets_of(rows.legs, days.tolist())
    seal(pool, engine, header, payload, nets, len(events), recorded_at)
