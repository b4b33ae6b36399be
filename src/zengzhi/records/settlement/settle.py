"""Settlement (spec 5.2): one function, one transaction, any batch size.

Only the owner of a pool settles, in a transaction of its own: nobody's transaction contains a
settlement. Locks: the pool's row first, then the members' purses. The reference settles a few
events, the kernel many; the rows are the same, bit for bit, and so is the way they are written.

One order by itself, if it makes no exit due, touches nothing but the pool, a new lot and the
accounts of its split: it is settled in plain integers. What it writes is what :mod:`.rows`,
:mod:`.postings` and :mod:`.sealed` derive of a batch of one, byte for byte, without a column.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from zengzhi.core.economy.events import Event, Order
from zengzhi.core.economy.pool import Outcome
from zengzhi.core.economy.verbs import ORDER
from zengzhi.records.ledger.batches import nets_of_few, row_id
from zengzhi.records.ledger.chart import Kind, Unit
from zengzhi.records.ledger.journal import LegRow, post_few
from zengzhi.records.settlement import engine as engines
from zengzhi.records.settlement import models
from zengzhi.records.settlement.incoming import (
    EVENT_ID_MAX,
    Incoming,
    Request,
    incoming,
    split_text,
)
from zengzhi.records.settlement.many import keep_with_exits, settle_many
from zengzhi.records.settlement.parties import UNNAMED, Parties
from zengzhi.records.settlement.replies import Replies, Reply
from zengzhi.records.settlement.rows import EVENTS, LOTS
from zengzhi.records.settlement.sealed import header_of, pack_one, seal
from zengzhi.records.store import clock
from zengzhi.records.store.bulk import insertion

__all__ = ["Incoming", "Owner", "Reply", "Request", "event_name", "owning", "settle", "settle_one"]

CNY, POINT = int(Unit.CNY), int(Unit.POINT)


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a pool, while its transaction lasts: the pool's row is locked."""

    pool: models.Pool
    database: str

    def settle(
        self, requests: Sequence[Request] | Incoming, lock_also: Iterable[int] = ()
    ) -> Sequence[Reply]:
        """Settle events in the order given; a refused event is stored too.

        An id settled before answers what it answered then; with other content ``id_reused``
        (nothing is stored). ``lock_also``: members whose money this transaction moves next, so that
        all purses are locked in one order. Errors: ``malformed`` for an id that is too long.
        """
        replies = self._alone(requests, lock_also)
        return self._together(requests, lock_also) if replies is None else replies

    def refusals(self, requests: Sequence[Request], lock_also: Iterable[int]) -> dict[str, str]:
        """Settle events whose replies nobody reads: the codes of those that are refused, by id."""
        if self._alone(requests, lock_also) is not None:
            return {}
        codes = self._together(requests, lock_also).errors
        return {
            request.event.id: code for request, code in zip(requests, codes, strict=True) if code
        }

    def _alone(
        self, requests: Sequence[Request] | Incoming, lock_also: Iterable[int]
    ) -> Sequence[Reply] | None:
        if len(requests) != 1 or isinstance(requests, Incoming):
            return None
        return _settle_order(self, requests[0], lock_also)

    def _together(
        self, requests: Sequence[Request] | Incoming, lock_also: Iterable[int]
    ) -> Replies:
        events = requests if isinstance(requests, Incoming) else incoming(requests)
        if len(events) == 0:
            return Replies(None, [])
        return settle_many(self.pool, self.database, events, lock_also)


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


def settle(pool_pk: int, requests: Sequence[Request] | Incoming) -> Sequence[Reply]:
    """Settle events as the pool's owner: see :meth:`Owner.settle`."""
    with owning(pool_pk) as owner:
        return owner.settle(requests)


def _settle_order(
    owner: Owner, request: Request, lock_also: Iterable[int]
) -> Sequence[Reply] | None:
    """Settle one new order in plain integers; ``None``, and nothing is changed, for all else and
    for an order that is refused. Where exits follow it, its rows are those of a batch."""
    pool, order = owner.pool, request.event
    if not isinstance(order, Order) or not 0 < len(order.id) <= EVENT_ID_MAX:
        return None
    if order.paid_fen <= 0 or int(order.member) <= 0 or _is_settled(pool.pk, order.id):
        return None
    engine = engines.engine_for(pool, owner.database)
    applied = engine.settle_order(order)
    if applied is None:
        return None
    recorded_at, happened_at = clock.now(), request.happened_at
    if not applied.calm:
        return keep_with_exits(pool, engine, request, applied.outcome, recorded_at, lock_also)
    recorded_us, happened_us = clock.microseconds(recorded_at), clock.microseconds(happened_at)
    day, stored = clock.day_of(happened_at), connection.ops.adapt_datetimefield_value
    times = Times(happened_us, stored(happened_at), stored(recorded_at))
    header = header_of(pool, engine.sequence, recorded_us, applied.state)
    said = settled(request, applied.outcome, header, pool.pk, times)
    with connection.cursor() as cursor:
        cursor.execute(insertion(EVENTS, 1), said.event)
        cursor.execute(insertion(LOTS, 1), said.lot)
    if said.legs:
        post_few([said.head], said.legs)
    nets = nets_of_few(said.legs, day)
    seal(pool, engine, header, said.payload, nets, 1, recorded_at)
    return [said.reply]


def _is_settled(pool_pk: int, event_id: str) -> bool:
    """Exactly once is decided here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM settlement_event WHERE pool_id = %s AND event_id = %s",
            [pool_pk, event_id],
        )
        return cursor.fetchone() is not None


class Settled(NamedTuple):
    """What the order of one event writes: rows as their tables have them."""

    event: tuple[Any, ...]
    lot: tuple[Any, ...]
    head: tuple[Any, ...]
    legs: list[LegRow]
    payload: bytes
    reply: Reply


class Times(NamedTuple):
    """The moments of an order: in microseconds, and as the database stores them."""

    happened_us: int
    happened: Any
    recorded: Any


def settled(
    request: Request, outcome: Outcome, header: Mapping[str, Any], pool_pk: int, times: Times
) -> Settled:
    """The rows of an order and its sealed bytes. ``outcome``: what the economy did, without exits;
    ``header``: of the sealed batch, with the state after it."""
    order, lot, split = request.event, outcome.opened, outcome.split
    assert isinstance(order, Order)  # noqa: S101
    assert lot is not None  # noqa: S101
    assert split is not None  # noqa: S101
    sequence, state = header["first"], header["state"]
    key, name, member = row_id(pool_pk, sequence), order.id, int(order.member)
    own, text = split_text(order.split), request.parties.text
    numbers, held = request.parties.numbers, request.held_fen
    points, money = outcome.points_units, outcome.contribution_fen
    pool_fen, outstanding = state["pool_fen"], state["outstanding_units"]
    said = (key, pool_pk, sequence, name, ORDER.number, member, order.paid_fen, "", own, text)
    answer = ("", "", points, money, 0, 0, 0, times.happened, pool_fen, outstanding)
    opened = (key, pool_pk, lot.sequence + 1, name, member, False, order.paid_fen, money)
    holds = (points, points, 0, 0, False, times.happened)
    head = (key, ORDER.entry, name, times.happened, times.recorded, str(header["rules"]), None)
    legs: list[LegRow] = []
    for kind, owner, unit, amount in (
        (numbers[2], numbers[3], CNY, held - order.paid_fen),
        (numbers[0], numbers[1], CNY, split.cost_fen),
        (Kind.UNALLOCATED_DISTRIBUTION, 0, CNY, split.distribution_fen - held),
        (Kind.PLATFORM, 0, CNY, split.platform_fen),
        (Kind.LEGACY_RESERVE, 0, CNY, split.legacy_fen),
        (Kind.POOL, pool_pk, CNY, money),
        (Kind.ISSUED, pool_pk, POINT, -points),
        (Kind.POINTS, member, POINT, points),
    ):
        if amount:
            legs.append((key, len(legs), int(kind), owner, unit, amount))
    return Settled(
        (*said, *answer),
        (*opened, *holds),
        (*head, len(legs), 0, "", ""),
        legs,
        pack_one(
            header,
            [] if order.split is None else [order.split],
            [numbers] if text else [],
            (ORDER.number, member, order.paid_fen, 0, held, times.happened_us),
            name,
        ),
        Reply(name, sequence, "", "", points, money, 0, 0, 0, pool_fen, outstanding),
    )


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
