"""Settlement (spec 5.2): one function, one transaction, any batch size.

Locks: the pool's row first, then members' balances in the order of (kind, owner).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.events import Event, Order, Refund, Sell
from zengzhi.core.economy.pool import Economy, Lot, Outcome
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import IdReused, ZengzhiError
from zengzhi.records.bulk import insert_rows
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.settlement import engine as engines
from zengzhi.records.settlement import models
from zengzhi.records.settlement.postings import entry_of
from zengzhi.records.settlement.sealed import id_mark, pack, seal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVENT_COLUMNS = (
    "id",
    "pool_id",
    "sequence",
    "event_id",
    "op",
    "member_id",
    "amount",
    "target",
    "split",
    "error",
    "message",
    "points_units",
    "contribution_fen",
    "payout_fen",
    "from_pool_fen",
    "exits",
    "happened_at",
    "pool_fen",
    "outstanding_units",
)
LOT_COLUMNS = (
    "id",
    "pool_id",
    "sequence",
    "event_id",
    "member_id",
    "is_grant",
    "spend_fen",
    "contribution_fen",
    "granted_units",
    "remaining_units",
    "paid_fen",
    "refunded_fen",
    "exited",
    "opened_at",
)
MOVEMENT_COLUMNS = ("event_pk", "position", "lot_pk", "is_exit", "units", "payout_fen")
_OPS = {name.lower(): models.Op[name] for name in models.Op.names}


@dataclass(frozen=True, slots=True)
class Request:
    """One event to settle, and when it happened."""

    event: Event
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What an event did, as stored; asked again, the same."""

    event_id: str
    sequence: int
    error: str
    message: str
    points_units: int
    contribution_fen: int
    payout_fen: int
    from_pool_fen: int
    exits: int
    pool_fen: int
    outstanding_units: int

    @property
    def ok(self) -> bool:
        """Whether the event was accepted."""
        return not self.error


@dataclass(slots=True)
class _Rows:
    """Everything a batch will write."""

    events: list[tuple[object, ...]] = field(default_factory=list)
    movements: list[tuple[object, ...]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    opened: list[tuple[Lot, datetime]] = field(default_factory=list)
    touched: dict[int, Lot] = field(default_factory=dict)
    packed: dict[str, list[object]] = field(
        default_factory=lambda: {
            name: [] for name in ("op", "member", "amount", "target", "split", "happened", "id")
        }
    )
    splits: list[str] = field(default_factory=list)


def content_of(event: Event) -> tuple[int, int, int, str, str]:
    """What an event says, as stored: op, member (0: none), amount (−1: all), target, split."""
    member = int(getattr(event, "member", 0) or 0)
    if isinstance(event, Order):
        return models.Op.ORDER, member, event.paid_fen, "", engines.split_text(event.split)
    amount = getattr(event, "amount_fen", None)
    if amount is None:
        amount = getattr(event, "units", None)
    target = event.order if isinstance(event, Sell | Refund) else None
    return _OPS[event.op], member, -1 if amount is None else amount, target or "", ""


def _reply(row: models.Event) -> Reply:
    return Reply(
        row.event_id,
        row.sequence,
        row.error,
        row.message,
        row.points_units,
        row.contribution_fen,
        row.payout_fen,
        row.from_pool_fen,
        row.exits,
        row.pool_fen,
        row.outstanding_units,
    )


def _answered(pool: models.Pool, requests: Sequence[Request]) -> dict[str, models.Event]:
    """Stored events among the requests' ids: exactly once is decided here."""
    ids = [request.event.id for request in requests]
    found: dict[str, models.Event] = {}
    for start in range(0, len(ids), 500):
        rows = models.Event.objects.filter(pool=pool, event_id__in=ids[start : start + 500])
        found.update((row.event_id, row) for row in rows)
    return found


def _apply(economy: Economy, event: Event) -> tuple[Outcome | None, str, str]:
    try:
        return apply(economy, event), "", ""
    except ZengzhiError as error:
        return None, error.code, error.message[:200]


def _split_of(economy: Economy, pool: models.Pool, lot: Lot, rows: _Rows) -> Split | None:
    """The own split of the order behind a lot, from its event: stored or in this very batch."""
    for row in reversed(rows.events):
        if row[3] == lot.event_id:
            return engines.split_from_text(str(row[8]))
    text = models.Event.objects.filter(pool=pool, event_id=lot.event_id).values_list(
        "split", flat=True
    )[0]
    return engines.split_from_text(text)


def _collect(
    rows: _Rows, pool: models.Pool, economy: Economy, request: Request, sequence: int
) -> Reply:
    """Apply one event and note every row it makes."""
    event, at = request.event, request.happened_at
    refunded_before = 0
    lot = economy.lot_by_id.get(event.order) if isinstance(event, Refund) else None
    if lot is not None:
        refunded_before = lot.refunded_fen
    op, member, amount, target, split = content_of(event)
    target_lot = economy.lot_by_id.get(target) if target else None
    outcome, error, message = _apply(economy, event)
    key = models.row_id(pool.pk, sequence)
    done = outcome or Outcome()
    if outcome is not None:
        refunded = None
        if lot is not None:
            order_split = _split_of(economy, pool, lot, rows)
            refunded = (lot, lot.refunded_fen - refunded_before, order_split)
            rows.touched[lot.sequence] = lot
        entry = entry_of(pool.pk, economy.rules, event, outcome, at, refunded)
        entry.id, entry.version = key, str(pool.rules_id)
        rows.entries.append(entry)
        if outcome.opened is not None:
            rows.opened.append((outcome.opened, at))
        for position, part in enumerate([*outcome.parts, *outcome.exits]):
            rows.touched[part.lot.sequence] = part.lot
            lot_key = models.row_id(pool.pk, part.lot.sequence + 1)
            is_exit = position >= len(outcome.parts)
            rows.movements.append((key, position, lot_key, is_exit, part.units, part.payout_fen))
        if outcome.exits and economy.rules.exit_basis == "member":
            for part in outcome.exits:
                for other in economy.lots_by_member[part.lot.member]:
                    if other.exited:
                        rows.touched[other.sequence] = other
    reply = Reply(
        event.id,
        sequence,
        error,
        message,
        done.points_units,
        done.contribution_fen,
        done.payout_fen,
        done.from_pool_fen,
        len(done.exits),
        economy.pool_fen,
        economy.outstanding_units,
    )
    rows.events.append(
        (
            key,
            pool.pk,
            sequence,
            event.id,
            int(op),
            member or None,
            amount,
            target,
            split,
            error,
            message,
            done.points_units,
            done.contribution_fen,
            done.payout_fen,
            done.from_pool_fen,
            len(done.exits),
            at,
            economy.pool_fen,
            economy.outstanding_units,
        )
    )
    if split and split not in rows.splits:
        rows.splits.append(split)
    packed_target = 0 if not target else (target_lot.sequence + 1 if target_lot else -1)
    for name, value in (
        ("op", int(op)),
        ("member", member),
        ("amount", amount),
        ("target", packed_target),
        ("split", 1 + rows.splits.index(split) if split else 0),
        ("happened", (at - EPOCH) // timedelta(microseconds=1)),
        ("id", id_mark(event.id)),
    ):
        rows.packed[name].append(value)
    return reply


def _write(rows: _Rows, pool: models.Pool, economy: Economy) -> None:
    opened_sequences = {lot.sequence for lot, _at in rows.opened}
    insert_rows(models.Event, EVENT_COLUMNS, rows.events)
    insert_rows(
        models.Lot,
        LOT_COLUMNS,
        [
            (
                models.row_id(pool.pk, lot.sequence + 1),
                pool.pk,
                lot.sequence + 1,
                lot.event_id,
                int(lot.member),
                lot.is_grant,
                lot.spend_fen,
                lot.contribution_fen,
                lot.granted_units,
                lot.remaining_units,
                lot.paid_fen,
                lot.refunded_fen,
                lot.exited,
                at,
            )
            for lot, at in rows.opened
        ],
    )
    changed = [lot for seq, lot in sorted(rows.touched.items()) if seq not in opened_sequences]
    if changed:
        table = connection.ops.quote_name(models.Lot._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET remaining_units = %s, paid_fen = %s, "  # noqa: S608
                "refunded_fen = %s, exited = %s WHERE id = %s",
                [
                    (
                        lot.remaining_units,
                        lot.paid_fen,
                        lot.refunded_fen,
                        lot.exited,
                        models.row_id(pool.pk, lot.sequence + 1),
                    )
                    for lot in changed
                ],
            )
    if rows.movements:
        insert_rows(models.LotMovement, MOVEMENT_COLUMNS, rows.movements)
    post(rows.entries)


def _seal(rows: _Rows, pool: models.Pool, economy: Economy, first: int) -> None:
    """Seal the batch and bring the pool's row to the state after it."""
    state = {
        "pool_fen": economy.pool_fen,
        "outstanding_units": economy.outstanding_units,
        "epoch": economy.epoch,
        "pool_reserve_fen": economy.pool_reserve_fen,
        "refund_reserve_fen": economy.refund_reserve_fen,
        "put_in_fen": economy.put_in_fen,
        "paid_out_fen": economy.paid_out_fen,
        "converted_fen": economy.converted_fen,
        "refunded_fen": economy.refunded_fen,
        "lots_opened": len(economy.lots),
    }
    number = pool.batches + 1
    header = {
        "pool": pool.code,
        "number": number,
        "first": first,
        "rules": pool.rules_id,
        "splits": rows.splits,
        "state": state,
    }
    payload = pack(header, rows.packed)
    head = seal(pool.head, payload)
    models.Batch.objects.create(
        pool=pool,
        number=number,
        first_sequence=first,
        events=len(rows.events),
        payload=payload,
        previous=pool.head,
        head=head,
        sealed_at=timezone.now(),
    )
    for name, value in state.items():
        setattr(pool, name, value)
    pool.sequence = first + len(rows.events) - 1
    pool.batches = number
    pool.head = head
    pool.save()


def settle(pool_pk: int, requests: Sequence[Request]) -> list[Reply]:
    """Settle events in the order given, in one transaction; a refused event is stored too.

    An id settled before answers what it answered then; with other content ``id_reused`` (nothing
    is stored). Either everything is committed or nothing is.
    """
    database = str(connection.settings_dict["NAME"])
    try:
        with transaction.atomic():
            return _settle(pool_pk, requests, database)
    except BaseException:
        engines.forget(pool_pk, database)
        raise


def _settle(pool_pk: int, requests: Sequence[Request], database: str) -> list[Reply]:
    pool = models.Pool.objects.select_for_update().get(pk=pool_pk)
    answered = _answered(pool, requests)
    engine = engines.engine_for(pool, database)
    rows = _Rows()
    replies: list[Reply] = []
    here: dict[str, tuple[tuple[int, int, int, str, str], Reply]] = {}
    first = pool.sequence + 1
    for request in requests:
        event = request.event
        stored = answered.get(event.id)
        if stored is not None:
            content = (
                stored.op,
                stored.member_id or 0,
                stored.amount,
                stored.target,
                stored.split,
            )
            here[event.id] = (content, _reply(stored))
        if event.id in here:
            content, reply = here[event.id]
            if content != content_of(event):
                refusal = IdReused(event.id)
                reply = replace(reply, error=refusal.code, message=refusal.message)
            replies.append(reply)
            continue
        reply = _collect(rows, pool, engine.economy, request, first + len(rows.events))
        here[event.id] = (content_of(event), reply)
        replies.append(reply)
    if rows.events:
        _write(rows, pool, engine.economy)
        _seal(rows, pool, engine.economy, first)
        engine.sequence, engine.head = pool.sequence, pool.head
    return replies


def settle_one(pool_pk: int, event: Event, happened_at: datetime | None = None) -> Reply:
    """A batch of one; raises nothing for a refused event: look at ``reply.error``."""
    return settle(pool_pk, [Request(event, happened_at or timezone.now())])[0]


def event_name(prefix: str, token: uuid.UUID) -> str:
    """The id of an event that a form's token stands for: a double submit names the same."""
    return f"{prefix}-{token.hex}"
