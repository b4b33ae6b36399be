"""One batch through the core, and every row that follows from it, as columns.

Nothing here reads or writes the database: settlement writes these columns, ``verify --rederive``
makes them again from the sealed batches and compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel.columns import BatchResult, Columns
from zengzhi.records.ledger.batches import row_id
from zengzhi.records.settlement.debts import Debts, DebtsOf
from zengzhi.records.settlement.engine import Engine
from zengzhi.records.settlement.incoming import Incoming
from zengzhi.records.settlement.postings import ENTRY_KINDS, Refunded, exits_of, legs_of, nets_of
from zengzhi.records.settlement.refusals import refusal
from zengzhi.records.store.bulk import Array, Table, Texts

EVENTS = Table(
    "settlement_event",
    (
        ("id", "int8"),
        ("pool_id", "int8"),
        ("sequence", "int8"),
        ("event_id", "text"),
        ("op", "int2"),
        ("member_id", "int8"),
        ("amount", "int8"),
        ("target", "text"),
        ("split", "text"),
        ("parties", "text"),
        ("error", "text"),
        ("message", "text"),
        ("points_units", "int8"),
        ("contribution_fen", "int8"),
        ("payout_fen", "int8"),
        ("from_pool_fen", "int8"),
        ("exits", "int4"),
        ("happened_at", "time"),
        ("pool_fen", "int8"),
        ("outstanding_units", "int8"),
    ),
)
LOTS = Table(
    "settlement_lot",
    (
        ("id", "int8"),
        ("pool_id", "int8"),
        ("sequence", "int8"),
        ("event_id", "text"),
        ("member_id", "int8"),
        ("is_grant", "bool"),
        ("spend_fen", "int8"),
        ("contribution_fen", "int8"),
        ("granted_units", "int8"),
        ("remaining_units", "int8"),
        ("paid_fen", "int8"),
        ("refunded_fen", "int8"),
        ("exited", "bool"),
        ("opened_at", "time"),
    ),
)
MOVEMENTS = Table(
    "settlement_lotmovement",
    (
        ("event_pk", "int8"),
        ("position", "int4"),
        ("lot_pk", "int8"),
        ("is_exit", "bool"),
        ("units", "int8"),
        ("payout_fen", "int8"),
    ),
)
CHANGES = ("remaining_units", "paid_fen", "refunded_fen", "exited")
"""What of a lot may change after it was opened."""


@dataclass(frozen=True, slots=True)
class NamedOrder:
    """An order that an event names: its lot and the split it was settled with."""

    lot: int
    split: Split


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything a batch writes, as columns, and what it answered."""

    result: BatchResult
    target: Array
    """The packed column: lot sequence (from 1), 0 none, −1 unknown."""
    events: dict[str, Any]
    opened: dict[str, Any]
    changed: dict[str, Any]
    """``id`` and the columns of CHANGES of lots that were there before."""
    movements: dict[str, Any]
    heads: dict[str, Any]
    legs: dict[str, Any]
    debts: Debts

    def __len__(self) -> int:
        return len(self.target)


@dataclass(frozen=True, slots=True)
class Before:
    """What must be known of the state before a batch."""

    lots: dict[int, tuple[int, int, int]]
    """(V, refunded, member) of the lots that its events name."""
    exited: Array | None
    """Basis ``member``: which lots' cycles were closed."""


def apply(
    engine: Engine,
    pool_pk: int,
    events: Incoming,
    orders: Mapping[str, NamedOrder],
    recorded_us: int,
    debts_of: DebtsOf,
) -> Rows:
    """Apply a batch to the engine of a pool and derive its rows. ``orders``: those of earlier
    batches that the events name, by event id; ``debts_of``: what of its payments is debt."""
    ref = _references(events, orders)
    before = state_before(engine, ref)
    result = engine.apply(core_columns(events, ref))
    splits = {order.lot: order.split for order in orders.values()}
    return derive(engine, pool_pk, events, result, before, splits, recorded_us, debts_of)


def core_columns(events: Incoming, ref: Array) -> Columns:
    """A batch as the core takes it."""
    return Columns(events.op, events.member, events.amount, ref, events.split - 1, events.splits)


def state_before(engine: Engine, ref: Array) -> Before:
    """What :func:`derive` needs of the state before the batch that names these lots."""
    lots = np.unique(ref[ref >= 0])
    lots = lots[lots < engine.lots_opened]
    columns = engine.economy.lots(lots)
    values = (columns[name].tolist() for name in ("spend", "refunded", "member"))
    by_member = engine.rules.exit_multiple is not None and engine.rules.exit_basis == "member"
    return Before(
        dict(zip(lots.tolist(), zip(*values, strict=True), strict=True)),
        engine.economy.exited() if by_member else None,
    )


def derive(
    engine: Engine,
    pool_pk: int,
    events: Incoming,
    result: BatchResult,
    before: Before,
    splits: Mapping[int, Split],
    recorded_us: int,
    debts_of: DebtsOf,
) -> Rows:
    """Every row of the batch that the engine has just applied. ``splits``: what earlier
    orders that it refunds were split by, by lot."""
    first = engine.sequence - len(events) + 1
    lot_of = named_lots(result)
    refunds = _refunds(engine.rules, events, result, lot_of, before, splits)
    exit_members = engine.economy.lots(result.exits[:, 1])["member"].astype(np.int64)
    exits = exits_of(result, exit_members)
    debts = debts_of(nets_of(events, result, refunds, exits))
    legs = legs_of(pool_pk, engine.rules, events, result, refunds, exits, debts)
    keys = row_id(pool_pk, first) + np.arange(len(events))
    target = np.zeros(len(events), np.int64)
    for row, lot in lot_of.items():
        target[row] = lot + 1 if lot >= 0 else -1
    ids = Texts(events.ids)
    return Rows(
        result=result,
        target=target,
        events=_event_columns(events, ids, result, keys, pool_pk, first),
        opened=_opened_columns(engine, events, ids, result, keys, pool_pk),
        changed=_changed_columns(engine, pool_pk, result, lot_of, before.exited),
        movements=_movement_columns(engine, pool_pk, result, keys),
        heads=_head_columns(engine, events, ids, legs, keys, recorded_us),
        legs={"transaction_id": keys[legs.pop("row")], **legs},
        debts=debts,
    )


def _references(events: Incoming, orders: Mapping[str, NamedOrder]) -> Array:
    """The lots that events name, as the core takes them: by lot, or by row of this batch."""
    ref = np.full(len(events), at.NO_LOT, np.int64)
    row_of = {event_id: row for row, event_id in enumerate(events.ids)} if events.targets else {}
    for row, name in events.targets.items():
        there = row_of.get(name)
        if there is not None:
            ref[row] = at.FIRST_ROW - there if there < row else at.UNKNOWN_LOT
        else:
            ref[row] = orders[name].lot if name in orders else at.UNKNOWN_LOT
    return ref


def named_lots(result: BatchResult) -> dict[int, int]:
    """Row → the lot it names, −1 for one that did not exist then."""
    ref, opened = result.columns.ref, result.opened
    assert ref is not None  # noqa: S101
    found: dict[int, int] = {}
    for row in np.flatnonzero(ref != at.NO_LOT).tolist():
        named = int(ref[row])
        if named <= at.FIRST_ROW:
            named = int(opened[at.FIRST_ROW - named])
        found[row] = max(named, -1)
    return found


def _refunds(
    rules: Rules,
    events: Incoming,
    result: BatchResult,
    lot_of: Mapping[int, int],
    before: Before,
    splits: Mapping[int, Split],
) -> list[Refunded]:
    """What the accepted refunds of a batch gave back, one after another."""
    refunded: dict[int, int] = {}
    found = []
    opened = np.flatnonzero(result.opened >= 0)
    for row in np.flatnonzero((events.op == at.REFUND) & (result.error == 0)).tolist():
        lot = lot_of[row]
        if lot in before.lots:
            spend_fen, start_fen, member = before.lots[lot]
            split = splits[lot]
        else:
            there = int(opened[lot - result.first_lot])
            spend_fen, start_fen, member = int(events.amount[there]), 0, int(events.member[there])
            place = int(events.split[there])
            split = events.splits[place - 1] if place else rules.split
        before_fen = refunded.get(lot, start_fen)
        amount = int(events.amount[row])
        refunded[lot] = spend_fen if amount < 0 else before_fen + amount
        back_fen = refunded[lot] - before_fen - int(result.set_off[row])
        found.append(Refunded(row, member, spend_fen, before_fen, refunded[lot], split, back_fen))
    return found


def _event_columns(
    events: Incoming, ids: Texts, result: BatchResult, keys: Array, pool_pk: int, first: int
) -> dict[str, Any]:
    errors, messages = [""], [""]
    places = np.zeros(len(events), np.int64)
    for row in np.flatnonzero(result.error).tolist():
        error = refusal(events, row, int(result.error[row]), int(result.detail[row]))
        places[row] = len(errors)
        errors.append(error.code)
        messages.append(error.message[:200])
    refused = len(errors) > 1
    nobody = events.member == 0
    member = np.ma.MaskedArray(events.member, nobody) if nobody.any() else events.member
    return {
        "id": keys,
        "pool_id": pool_pk,
        "sequence": first + np.arange(len(events)),
        "event_id": ids,
        "op": events.op,
        "member_id": member,
        "amount": events.amount,
        "target": events.target_texts,
        "split": events.split_texts if events.splits else "",
        "parties": events.party_texts,
        "error": Texts(errors, places) if refused else "",
        "message": Texts(messages, places) if refused else "",
        "points_units": result.points,
        "contribution_fen": result.contribution,
        "payout_fen": result.payout,
        "from_pool_fen": result.from_pool,
        "exits": np.bincount(result.exits[:, 0], minlength=len(events)),
        "happened_at": events.happened_us,
        "pool_fen": result.pool,
        "outstanding_units": result.outstanding,
    }


def _lot_state(lots: Mapping[str, Array]) -> dict[str, Any]:
    return {
        "remaining_units": lots["remaining"],
        "paid_fen": lots["paid"],
        "refunded_fen": lots["refunded"],
        "exited": lots["exited"],
    }


def _opened_columns(
    engine: Engine, events: Incoming, ids: Texts, result: BatchResult, keys: Array, pool_pk: int
) -> dict[str, Any]:
    rows = np.flatnonzero(result.opened >= 0)
    places = np.arange(result.first_lot, engine.lots_opened)
    lots = engine.economy.lots(places)
    return {
        "id": keys[rows],
        "pool_id": pool_pk,
        "sequence": places + 1,
        "event_id": ids[rows],
        "member_id": events.member[rows],
        "is_grant": lots["is_grant"],
        "spend_fen": lots["spend"],
        "contribution_fen": lots["contribution"],
        "granted_units": lots["granted"],
        **_lot_state(lots),
        "opened_at": events.happened_us[rows],
    }


def _changed_columns(
    engine: Engine,
    pool_pk: int,
    result: BatchResult,
    lot_of: Mapping[int, int],
    exited_before: Array | None,
) -> dict[str, Any]:
    """The lots of earlier batches that this one touched."""
    refunded = [
        lot
        for row, lot in lot_of.items()
        if result.columns.op[row] == at.REFUND and result.error[row] == 0
    ]
    parts = [result.parts[:, 1], result.exits[:, 1], np.array(refunded, np.int64)]
    if exited_before is not None:
        known = len(exited_before)
        parts.append(np.flatnonzero(engine.economy.exited()[:known] != exited_before))
    touched = np.unique(np.concatenate(parts))
    touched = touched[touched < result.first_lot]
    lots = engine.economy.lots(touched)
    return {"id": row_id(pool_pk, 0) + engine.opened[touched], **_lot_state(lots)}


def _movement_columns(
    engine: Engine, pool_pk: int, result: BatchResult, keys: Array
) -> dict[str, Any]:
    """What each lot gave and got in each event: the parts of the verb, then the exits."""
    moved = np.concatenate([result.parts, result.exits])
    is_exit = np.zeros(len(moved), np.uint8)
    is_exit[len(result.parts) :] = result.columns.op[result.exits[:, 0]] != at.WIND_DOWN
    order = np.argsort(moved[:, 0], kind="stable")
    moved = moved[order]
    rows = moved[:, 0]
    first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else rows
    counts = np.diff(np.r_[first, len(rows)])
    return {
        "event_pk": keys[rows],
        "position": np.arange(len(rows)) - np.repeat(first, counts),
        "lot_pk": row_id(pool_pk, 0) + engine.opened[moved[:, 1]],
        "is_exit": is_exit[order],
        "units": moved[:, 2],
        "payout_fen": moved[:, 3],
    }


def _head_columns(
    engine: Engine,
    events: Incoming,
    ids: Texts,
    legs: Mapping[str, Array],
    keys: Array,
    recorded_us: int,
) -> dict[str, Any]:
    counts = np.bincount(legs["row"], minlength=len(events))
    rows = np.flatnonzero(counts)
    return {
        "id": keys[rows],
        "kind": Texts(ENTRY_KINDS, events.op[rows]),
        "reference": ids[rows],
        "happened_at": events.happened_us[rows],
        "recorded_at": recorded_us,
        "version": str(engine.rules_id),
        "corrects": None,
        "leg_count": counts[rows],
        "step": 0,
        "facts": "",
        "mac": "",
    }
