"""The sealed batches of a pool: the chain, their fold by the core, and the rows that follow."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from zengzhi.core.economy.rules import Rules, Split, rules_from_toml
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.kernel.columns import BatchResult, Columns
from zengzhi.records.ledger.batches import row_id, seal_head, stream_of
from zengzhi.records.ledger.journal import LEGS, TRANSACTIONS
from zengzhi.records.ledger.models import SETTLED_FROM, Batch
from zengzhi.records.settlement import models
from zengzhi.records.settlement.engine import Engine, empty, state_of
from zengzhi.records.settlement.incoming import Incoming, split_from_text
from zengzhi.records.settlement.rows import (
    EVENTS,
    LOTS,
    MOVEMENTS,
    Rows,
    derive,
    named_lots,
    state_before,
)
from zengzhi.records.settlement.sealed import Packed, unpack
from zengzhi.records.store.bulk import Table, moment
from zengzhi.verify.compare import compare
from zengzhi.verify.problem import Problem, select

Progress = Callable[[int], None]
"""Told of events as they are done."""
LOTS_AT_ONCE = 50_000
FOLD_EVENTS = 100_000
"""Small batches are applied together up to this many events."""
LOT_NUMBERS = Table(
    LOTS.name,
    tuple(column for column in LOTS.columns if column[0] not in {"event_id", "opened_at"}),
)
"""What of a lot is a number; that it names its event is another check."""


class Broken(Exception):
    """A batch cannot be folded: nothing after it can be judged."""

    def __init__(self, pool: models.Pool, number: int, field: str, message: str) -> None:
        super().__init__(message)
        stream = stream_of(pool.code)
        key = Batch.objects.filter(stream=stream, number=number).values_list("pk", flat=True)
        name = str(key.first() or f"{stream}/{number}")
        self.problem = Problem("ledger_batch", name, field, message)


def batches(pool: models.Pool) -> Iterator[Batch]:
    """A pool's sealed batches in order."""
    return (
        Batch.objects.filter(stream=stream_of(pool.code)).order_by("number").iterator(chunk_size=50)
    )


def _unpacked(pool: models.Pool, batch: Batch) -> tuple[Packed, bytes]:
    payload = bytes(batch.payload)
    try:
        return unpack(payload), payload
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(pool, batch.number, "payload", f"cannot be read: {error!r}") from error


def _link(
    engine: Engine, pool: models.Pool, batch: Batch, packed: Packed, payload: bytes, at: int
) -> None:
    """The batch is the chain's next link, and begins after event ``at``; the engine takes its
    number and head. Errors: :class:`Broken`."""
    if batch.number != engine.batches + 1:
        raise Broken(pool, engine.batches + 1, "", "the batch is missing")
    if batch.previous != engine.head:
        message = f"is {batch.previous}, not {engine.head}"
        raise Broken(pool, batch.number, "previous", message)
    if seal_head(batch.previous, payload) != batch.head:
        message = "is not the SHA-256 of the previous head and the bytes"
        raise Broken(pool, batch.number, "head", message)
    header = packed.header
    said = {
        "kind": "events",
        "stream": stream_of(header["pool"]),
        "number": header["number"],
        "first": row_id(pool.pk, header["first"]),
        "count": header["events"],
        "sealed_at": moment(int(header["recorded"])),
    }
    for name, value in said.items():
        if getattr(batch, name) != value:
            message = f"is {getattr(batch, name)!r}, the sealed bytes say {value!r}"
            raise Broken(pool, batch.number, name, message)
    if header["first"] != at + 1:
        raise Broken(
            pool, batch.number, "first", f"begins at event {header['first']}, not {at + 1}"
        )
    engine.batches, engine.head = batch.number, batch.head


def _follow_rules(engine: Engine, packed: Packed, history: list[tuple[int, Split]]) -> None:
    """Go on under the batch's rules, noted in ``history``: (first event, split)."""
    rules_id = int(packed.header["rules"])
    if rules_id != engine.rules_id:
        engine.change_rules(_rules(rules_id), rules_id)
    if not history or history[-1][1] != engine.rules.split:
        history.append((int(packed.header["first"]), engine.rules.split))


def _rules(rules_id: int) -> Rules:
    return rules_from_toml(models.RulesVersion.objects.get(pk=rules_id).text)


def first_engine(pool: models.Pool) -> Engine:
    """The engine before the first batch."""
    first = Batch.objects.filter(stream=stream_of(pool.code), number=1).first()
    rules_id = pool.rules_id
    if first is not None:
        try:
            rules_id = int(unpack(bytes(first.payload)).header["rules"])
        except ValueError:
            rules_id = pool.rules_id  # the chain check will say what is wrong
    return empty(_rules(rules_id), rules_id)


def fold_pool(pool: models.Pool) -> Engine:
    """Verify the chain and derive the state from it, without looking at any row: many small
    batches at once, and after each the sealed state is the fold's. Errors: :class:`Broken`."""
    engine = first_engine(pool)
    waiting: list[Packed] = []
    ahead = 0
    for batch in batches(pool):
        packed, payload = _unpacked(pool, batch)
        if ahead >= FOLD_EVENTS or int(packed.header["rules"]) != engine.rules_id:
            _fold(engine, waiting, pool)
            waiting, ahead = [], 0
        _link(engine, pool, batch, packed, payload, engine.sequence + ahead)
        _follow_rules(engine, packed, [])
        waiting.append(packed)
        ahead += len(packed)
    _fold(engine, waiting, pool)
    return engine


def _fold(engine: Engine, waiting: list[Packed], pool: models.Pool) -> None:
    """Apply batches as one, and compare the state after each with the sealed one."""
    if not waiting:
        return
    result = engine.apply(joined([packed.kernel_columns() for packed in waiting]))
    last = np.cumsum([len(packed) for packed in waiting]) - 1
    after = zip(result.pool[last].tolist(), result.outstanding[last].tolist(), strict=True)
    for packed, state in zip(waiting, after, strict=True):
        sealed = packed.header["state"]
        if state != (sealed["pool_fen"], sealed["outstanding_units"]):
            number = packed.header["number"]
            raise Broken(pool, number, "payload", "its state is not the fold's")
    _same_state(engine, waiting[-1], pool, engine.batches)


def joined(parts: list[Columns]) -> Columns:
    """Batches as one; lots are named by their sequence, so that no reference moves."""
    if len(parts) == 1:
        return parts[0]
    op, member, amount, ref = (
        np.concatenate([np.asarray(getattr(part, name)) for part in parts])
        for name in ("op", "member", "amount", "ref")
    )
    offsets = np.cumsum([0, *(len(part.splits) for part in parts)])
    moved = [
        np.where(np.asarray(part.split) >= 0, np.asarray(part.split) + offset, -1)
        for part, offset in zip(parts, offsets.tolist(), strict=False)
    ]
    splits = [split for part in parts for split in part.splits]
    return Columns(op, member, amount, ref, np.concatenate(moved), splits)


def _same_state(engine: Engine, packed: Packed, pool: models.Pool, number: int) -> None:
    state = {**engine.numbers(), "lots_opened": engine.lots_opened}
    if state != packed.header["state"]:
        raise Broken(pool, number, "payload", "its state is not the fold's")


def verify_pool(pool: models.Pool, progress: Progress) -> Iterator[Problem]:
    """Chain, fold, and every row of the pool, its journal entries too."""
    engine = first_engine(pool)
    history: list[tuple[int, Split]] = []
    try:
        for batch in batches(pool):
            packed, payload = _unpacked(pool, batch)
            _link(engine, pool, batch, packed, payload, engine.sequence)
            _follow_rules(engine, packed, history)
            rows = _derived(engine, pool.pk, packed, history)
            _same_state(engine, packed, pool, batch.number)
            yield from _compare_batch(pool.pk, rows, int(packed.header["first"]), engine)
            progress(batch.count)
    except Broken as broken:
        yield broken.problem
        return
    except (ValueError, KeyError, TypeError, IndexError, ZengzhiError) as error:
        name = f"pool:{pool.code}/{engine.batches + 1}"
        yield Problem("ledger_batch", name, "payload", f"cannot be followed: {error!r}")
        return
    yield from _compare_pool(engine, pool)
    yield from _compare_lots(engine, pool.pk)


def settled(progress: Progress) -> Iterator[Problem]:
    """Every pool: its batches folded by the core, and every row that follows from them."""
    for pool in models.Pool.objects.select_related("rules").order_by("pk"):
        yield from verify_pool(pool, progress)


def strays() -> Iterator[Problem]:
    """No row of a pool stands outside the events of the pools that are there."""
    ranges = [
        (row_id(pk, 1), row_id(pk, sequence))
        for pk, sequence in models.Pool.objects.values_list("pk", "sequence")
    ]
    for table, key, name in (
        ("settlement_event", "id", "id"),
        ("settlement_lot", "id", "id"),
        ("settlement_lotmovement", "event_pk", "event_pk || '/' || position"),
        ("ledger_transaction", "id", "id"),
        ("ledger_leg", "transaction_id", "transaction_id || '/' || position"),
    ):
        outside = "".join(f" AND NOT {key} BETWEEN {first} AND {last}" for first, last in ranges)
        below = f"{key} >= {SETTLED_FROM}" if table.startswith("ledger") else "1 = 1"
        for (row,) in select(f"SELECT {name} FROM {table} WHERE {below}{outside} ORDER BY 1"):  # noqa: S608
            yield Problem(table, str(row), "", "does not follow from the sealed batches")


def heads() -> dict[str, str]:
    """The head of every pool's chain, by its code."""
    return dict(models.Pool.objects.order_by("code").values_list("code", "head"))


def _derived(
    engine: Engine, pool_pk: int, packed: Packed, history: list[tuple[int, Split]]
) -> Rows:
    columns = packed.kernel_columns()
    assert columns.ref is not None  # noqa: S101
    before = state_before(engine, columns.ref)
    result = engine.apply(columns)
    events = packed.incoming()
    names, splits = _names_and_splits(engine, pool_pk, events, result, history)
    unknown = iter(packed.header["unknown"])
    targets = {
        row: names[lot] if lot >= 0 else next(unknown) for row, lot in named_lots(result).items()
    }
    events = replace(events, targets=targets)
    recorded_us = int(packed.header["recorded"])
    debts = packed.debts
    return derive(engine, pool_pk, events, result, before, splits, recorded_us, lambda _nets: debts)


def _names_and_splits(
    engine: Engine,
    pool_pk: int,
    events: Incoming,
    result: BatchResult,
    history: list[tuple[int, Split]],
) -> tuple[dict[int, str], dict[int, Split]]:
    """Event id and split of the orders that a batch refers to, by lot."""
    lots = {lot for lot in named_lots(result).values() if lot >= 0}
    here = np.flatnonzero(result.opened >= 0)
    first = result.first_lot
    names = {lot: events.ids[here[lot - first]] for lot in lots if lot >= first}
    earlier = {int(engine.opened[lot]): lot for lot in lots if lot < first}
    splits: dict[int, Split] = {}
    for sequence, lot in earlier.items():
        names[lot] = ""  # when its event row is gone, which is another problem's name
        rules = bisect_right(history, sequence, key=lambda change: change[0]) - 1
        splits[lot] = history[rules][1]
    keys = [row_id(pool_pk, sequence) for sequence in earlier]
    for start in range(0, len(keys), 500):
        for row in models.Event.objects.filter(pk__in=keys[start : start + 500]):
            lot = earlier[row.pk - row_id(pool_pk, 0)]
            names[lot] = row.event_id
            splits[lot] = split_from_text(row.split) or splits[lot]
    return names, splits


def _compare_batch(
    pool_pk: int, rows: Rows, first_sequence: int, engine: Engine
) -> Iterator[Problem]:
    first, last = row_id(pool_pk, first_sequence), row_id(pool_pk, engine.sequence)
    yield from compare(EVENTS, rows.events, len(rows), first, last)
    yield from compare(MOVEMENTS, rows.movements, len(rows.movements["event_pk"]), first, last)
    heads = {"step": 0, "facts": "", "mac": "", **rows.heads}
    yield from compare(TRANSACTIONS, heads, len(heads["id"]), first, last)
    yield from compare(LEGS, rows.legs, len(rows.legs["amount"]), first, last)


def _compare_pool(engine: Engine, pool: models.Pool) -> Iterator[Problem]:
    derived = {
        **engine.numbers(),
        "sequence": engine.sequence,
        "batches": engine.batches,
        "head": engine.head,
        "lots_opened": engine.lots_opened,
    }
    stored = {
        **state_of(pool),
        **{name: getattr(pool, name) for name in ("sequence", "batches", "head", "lots_opened")},
    }
    for name, value in derived.items():
        if stored[name] != value:
            message = f"is {stored[name]}, derived it is {value}"
            yield Problem("settlement_pool", str(pool.pk), name, message)


def _compare_lots(engine: Engine, pool_pk: int) -> Iterator[Problem]:
    base = row_id(pool_pk, 0)
    for start in range(0, engine.lots_opened, LOTS_AT_ONCE):
        places = np.arange(start, min(engine.lots_opened, start + LOTS_AT_ONCE))
        lots = engine.economy.lots(places)
        keys = base + engine.opened[places]
        columns = {
            "id": keys,
            "pool_id": pool_pk,
            "sequence": places + 1,
            "member_id": lots["member"],
            "is_grant": lots["is_grant"],
            "spend_fen": lots["spend"],
            "contribution_fen": lots["contribution"],
            "granted_units": lots["granted"],
            "remaining_units": lots["remaining"],
            "paid_fen": lots["paid"],
            "refunded_fen": lots["refunded"],
            "exited": lots["exited"],
        }
        first = int(keys[0]) if start else base
        last = int(keys[-1])
        yield from compare(LOT_NUMBERS, columns, len(places), first, last)
