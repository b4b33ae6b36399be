"""Settlement (spec 5.2): one function, one transaction, any batch size.

Only the owner of a pool settles, in a transaction of its own: nobody's transaction contains a
settlement. Locks: the pool's row first, then the members' purses. The reference settles a few
events, the kernel many; the rows are the same, bit for bit, and so is the way they are written.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
from django.db import connection, transaction

from zengzhi.core.economy.events import Event, Order
from zengzhi.core.economy.pool import Outcome
from zengzhi.core.economy.rules import Split, rules_from_toml
from zengzhi.core.kernel.layout import NO_LOT
from zengzhi.records.ledger.batches import (
    Link,
    append,
    days_of,
    nets_of,
    nets_of_few,
    write_nets,
)
from zengzhi.records.ledger.journal import post_columns, post_few
from zengzhi.records.settlement import engine as engines
from zengzhi.records.settlement import models, one
from zengzhi.records.settlement.debts import debts_under_lock
from zengzhi.records.settlement.incoming import (
    EVENT_ID_MAX,
    Incoming,
    Request,
    incoming,
    split_from_text,
)
from zengzhi.records.settlement.models import row_id
from zengzhi.records.settlement.parties import UNNAMED, Parties
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
from zengzhi.records.settlement.sealed import pack
from zengzhi.records.store import clock
from zengzhi.records.store.bulk import execute_many, insertion, microseconds, statement

__all__ = ["Incoming", "Owner", "Reply", "Request", "event_name", "owning", "settle", "settle_one"]


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a pool, while its transaction lasts: the pool's row is locked."""

    pool: models.Pool
    database: str

    def settle(
        self, requests: Sequence[Request] | Incoming, lock_also: Iterable[int] = ()
    ) -> Replies:
        """Settle events in the order given; a refused event is stored too.

        An id settled before answers what it answered then; with other content ``id_reused``
        (nothing is stored). ``lock_also``: members whose money this transaction moves next, so that
        all purses are locked in one order. Errors: ``malformed`` for an id that is too long.
        """
        if len(requests) == 1 and not isinstance(requests, Incoming):
            replies = _settle_order(self, requests[0], lock_also)
            if replies is not None:
                return replies
        events = requests if isinstance(requests, Incoming) else incoming(requests)
        if len(events) == 0:
            return Replies(None, [])
        return _settle(self, events, lock_also)


@contextmanager
def owning(pool_pk: int) -> Iterator[Owner]:
    """A transaction of the pool's owner, never inside another: either all of it is committed or
    nothing is, and what was in memory is forgotten with it."""
    database = str(connection.settings_dict["NAME"])
    try:
        with transaction.atomic(durable=True):
            pools = models.Pool.objects.select_related("rules").select_for_update(
                of=("self",), no_key=True
            )
            yield Owner(pools.get(pk=pool_pk), database)
    except BaseException:
        engines.forget(pool_pk, database)
        raise


def settle(pool_pk: int, requests: Sequence[Request] | Incoming) -> Replies:
    """Settle events as the pool's owner: see :meth:`Owner.settle`."""
    with owning(pool_pk) as owner:
        return owner.settle(requests)


def _settle(owner: Owner, events: Incoming, lock_also: Iterable[int]) -> Replies:
    stored = _stored(owner.pool.pk, events.ids)
    if not stored and len(set(events.ids)) == len(events):
        return Replies(_settle_new(owner, events, lock_also), range(len(events)))
    new: dict[str, int] = {}
    for row, event_id in enumerate(events.ids):
        if event_id not in stored:
            new.setdefault(event_id, row)
    rows = None
    if new:
        rows = _settle_new(owner, events.take(list(new.values())), lock_also)
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


def _settle_order(owner: Owner, request: Request, lock_also: Iterable[int]) -> Replies | None:
    """Settle one new order in plain integers; ``None``, and nothing is changed, for all else and
    for an order that is refused. Where exits follow it, its rows are those of a batch."""
    pool, order = owner.pool, request.event
    if not isinstance(order, Order) or not 0 < len(order.id) <= EVENT_ID_MAX:
        return None
    if order.paid_fen <= 0 or int(order.member) <= 0 or _event_rows("id", pool.pk, [order.id]):
        return None
    engine = engines.engine_for(pool, owner.database)
    applied = engine.settle_order(order)
    if applied is None:
        return None
    recorded_at, happened_at = clock.now(), request.happened_at
    if not applied.calm:
        rows = _after_exits(owner, engine, request, applied.outcome, recorded_at, lock_also)
        return Replies(rows, range(1))
    recorded_us, happened_us = clock.microseconds(recorded_at), clock.microseconds(happened_at)
    day, stored = clock.day_of(happened_at), connection.ops.adapt_datetimefield_value
    times = one.Times(happened_us, stored(happened_at), stored(recorded_at))
    header = _header(pool, engine.sequence, recorded_us, applied.state)
    said = one.settled(request, applied.outcome, header, pool.pk, times)
    with connection.cursor() as cursor:
        cursor.execute(insertion(EVENTS, 1), said.event)
        cursor.execute(insertion(LOTS, 1), said.lot)
    if said.legs:
        post_few([said.head], said.legs)
    nets = nets_of_few(said.legs, day)
    _seal(pool, engine, header, said.payload, nets, 1, recorded_at)
    return Replies(None, [said.reply])


def _after_exits(
    owner: Owner,
    engine: engines.Engine,
    request: Request,
    outcome: Outcome,
    recorded_at: datetime,
    lock_also: Iterable[int],
) -> Rows:
    """What an order writes that makes exits due or leaves an empty pool: as a batch of one."""
    events, ref = incoming([request]), np.full(1, NO_LOT, np.int64)
    before = state_before(engine, ref)
    result = engine.finish(core_columns(events, ref), outcome)
    debts_of, recorded_us = partial(debts_under_lock, others=lock_also), microseconds(recorded_at)
    rows = derive(engine, owner.pool.pk, events, result, before, {}, recorded_us, debts_of)
    _keep(owner.pool, engine, events, rows, recorded_at)
    return rows


def _settle_new(owner: Owner, events: Incoming, lock_also: Iterable[int]) -> Rows:
    """Settle events whose ids are new; every row, the seal and the pool's row."""
    pool = owner.pool
    engine = engines.engine_for(pool, owner.database)
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
            found[event_id] = NamedOrder(lot, _split_at(engine, split, int(rules_id)))
    return found


def _split_at(engine: engines.Engine, text: str, rules_id: int) -> Split:
    """The split an order was settled with: its own, or that of the rules of that moment."""
    own = split_from_text(text)
    if own is not None:
        return own
    if rules_id == engine.rules_id:
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
    header = _header(pool, first, microseconds(recorded_at), state)
    payload = pack(header, events, rows.target, rows.debts)
    legs_of = np.asarray(rows.heads["leg_count"], np.int64)
    days = np.repeat(np.array(days_of(rows.heads["happened_at"]), object), legs_of)
    nets = nets_of(rows.legs, days.tolist())
    _seal(pool, engine, header, payload, nets, len(events), recorded_at)


def _header(
    pool: models.Pool, first: int, recorded_us: int, state: dict[str, int]
) -> dict[str, Any]:
    """What the next sealed batch, of the events from ``first`` on, says of itself."""
    return {
        "pool": pool.code,
        "number": pool.batches + 1,
        "first": first,
        "rules": pool.rules_id,
        "recorded": recorded_us,
        "state": state,
    }


def _seal(
    pool: models.Pool,
    engine: engines.Engine,
    header: dict[str, Any],
    payload: bytes,
    nets: dict[tuple[date, int, int, int], int],
    count: int,
    recorded_at: datetime,
) -> None:
    """Seal the batch and bring the pool's row to the state after it."""
    first, state = header["first"], header["state"]
    stream, key = models.stream_of(pool.code), row_id(pool.pk, first)
    write_nets(stream, header["number"], nets)
    before = Link(pool.batches, pool.head)
    link = append(before, stream, "events", key, count, payload, recorded_at)
    after: dict[str, int | str] = {
        "sequence": engine.sequence,
        "batches": link.number,
        "head": link.head,
        **state,
        "closed": bool(state["closed"]),
    }
    assignments = ", ".join(f"{name} = %s" for name in after)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE settlement_pool SET {assignments} "  # noqa: S608 (own names)
            "WHERE id = %s AND sequence = %s AND head = %s",
            [*after.values(), pool.pk, first - 1, pool.head],
        )
        if cursor.rowcount != 1:
            raise RuntimeError(f"pool {pool.code}: settled by somebody else at event {first}")
    engine.batches, engine.head = link.number, link.head
    for name, value in after.items():
        setattr(pool, name, value)


def settle_one(
    pool_pk: int,
    event: Event,
    happened_at: datetime | None = None,
    parties: Parties = UNNAMED,
) -> Reply:
    """A batch of one; raises nothing for a refused event: look at ``reply.error``."""
    return settle(pool_pk, [Request(event, happened_at or clock.now(), parties)])[0]


def event_name(prefix: str, token: uuid.UUID) -> str:
    """The id of an event that a form's token stands for: a double submit names the same."""
    return f"{prefix}-{token.hex}"
