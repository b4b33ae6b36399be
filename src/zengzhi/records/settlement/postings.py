"""The journal entries of settled events: which accounts their money and points move between.

Vectorised: each rule adds blocks of legs for all events of its verb; the blocks are then put in the
order of events. Within an entry the legs stand in the order of their stages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from zengzhi.core.economy.refund import refunded_part
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.economy.settle_order import split_order
from zengzhi.core.economy.verbs import VERBS
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel.columns import BatchResult
from zengzhi.core.units import PPM, Fen
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.legs import Legs
from zengzhi.records.settlement.debts import Debts, Nets
from zengzhi.records.settlement.incoming import Incoming
from zengzhi.records.settlement.parties import PartyColumns
from zengzhi.records.store.bulk import Array

ENTRY_KINDS = ("", *(verb.entry for verb in VERBS))
"""Verb's number → kind of its journal entry."""
CLAIM_STAGE, EXIT_STAGE, SWEEP_STAGE, DEBT_STAGE = 6, 10, 14, 16
"""Legs of one stage stand in the order in which they are added."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund needs to know of its order: V, the member, R₀, R, and the order's split."""

    row: int
    member: int
    spend_fen: int
    before_fen: int
    refunded_fen: int
    split: Split
    back_fen: int
    """What goes back to the buyer; below 0 the buyer owes it."""

    def share(self, fen: int) -> int:
        """⌊fen·R/V⌋ − ⌊fen·R₀/V⌋: what of a part of the order falls to this refund."""
        return refunded_part(fen, self.spend_fen, self.refunded_fen, self.before_fen)


def order_parts(rules: Rules, events: Incoming, rows: Array) -> list[Array]:
    """Cost, distribution, platform profit and legacy of orders, each rounded down to the fen: the
    core's ``split_order`` for many orders at once."""
    splits = np.array([split.rates_ppm for split in (rules.split, *events.splits)], np.int64)
    parts = events.amount[rows][:, None] * splits[events.split[rows]] // PPM
    return list(parts.T)


def legs_of(
    pool_pk: int,
    rules: Rules,
    events: Incoming,
    result: BatchResult,
    refunds: list[Refunded],
    exits: "Exits",
    debts: Debts,
) -> dict[str, Array]:
    """The legs of all accepted events of a batch as columns; ``row`` is the event's."""
    legs = Legs()
    accepted = result.error == 0
    ops = [verb.number for verb in VERBS]
    rows_of = {op: np.flatnonzero(accepted & (events.op == op)) for op in ops}
    parties = events.party_columns
    _orders(legs, pool_pk, rules, events, result, parties, rows_of[at.ORDER])
    _funds(legs, pool_pk, events, result, parties, rows_of)
    _take_outs(legs, pool_pk, events, result, parties, rows_of)
    _debts(legs, debts)
    for refund in refunds:
        _refund(legs, pool_pk, refund, result, parties.of(np.array([refund.row])))
    _exits(legs, pool_pk, exits)
    swept = np.flatnonzero(result.swept)
    legs.money(swept, SWEEP_STAGE, Kind.POOL, pool_pk, -result.swept[swept])
    legs.money(swept, SWEEP_STAGE + 1, Kind.POOL_RESERVE, 0, result.swept[swept])
    return legs.columns()


def _debts(legs: Legs, debts: Debts) -> None:
    """A payment sets a debt off after it arrived; a claim is lent what is missing before it is
    met, so that the available balance never dips below 0 inside an entry."""
    for stage, place in (
        (CLAIM_STAGE, np.flatnonzero(debts.fen < 0)),
        (DEBT_STAGE, np.flatnonzero(debts.fen > 0)),
    ):
        rows, member, fen = debts.row[place], debts.member[place], debts.fen[place]
        legs.money(rows, stage, Kind.MEMBER_DEBT, member, fen)
        legs.money(rows, stage, Kind.MEMBER_AVAILABLE, member, -fen)


def _into_circulation(
    legs: Legs, pool_pk: int, rows: Array, member: Array, units: Array, stage: int
) -> None:
    legs.points(rows, stage, Kind.ISSUED, pool_pk, -units)
    legs.points(rows, stage + 1, Kind.POINTS, member, units)


def _out_of_circulation(
    legs: Legs, pool_pk: int, rows: Array, member: Array, units: Array, stage: int
) -> None:
    legs.points(rows, stage, Kind.POINTS, member, -units)
    legs.points(rows, stage + 1, Kind.ISSUED, pool_pk, units)


def _orders(
    legs: Legs,
    pool_pk: int,
    rules: Rules,
    events: Incoming,
    result: BatchResult,
    parties: PartyColumns,
    rows: Array,
) -> None:
    """Order (订单拆分): the pending money becomes 货款, distribution, platform profit, the legacy
    reserve's part and the pool's contribution; points into circulation. What of the distribution
    part is held for somebody already neither leaves the pending money nor arrives."""
    if len(rows) == 0:
        return
    cost, distribution, platform, legacy = order_parts(rules, events, rows)
    held = events.held[rows]
    theirs = parties.of(rows)
    legs.money(rows, 0, theirs.kind, theirs.owner, held - events.amount[rows])
    legs.money(rows, 1, theirs.cost_kind, theirs.cost_owner, cost)
    legs.money(rows, 2, Kind.UNALLOCATED_DISTRIBUTION, 0, distribution - held)
    legs.money(rows, 3, Kind.PLATFORM, 0, platform)
    legs.money(rows, 4, Kind.LEGACY_RESERVE, 0, legacy)
    legs.money(rows, 5, Kind.POOL, pool_pk, result.contribution[rows])
    _into_circulation(legs, pool_pk, rows, events.member[rows], result.points[rows], 6)


def _funds(
    legs: Legs,
    pool_pk: int,
    events: Incoming,
    result: BatchResult,
    parties: PartyColumns,
    rows_of: Mapping[int, Array],
) -> None:
    """Subsidy (融资补贴入池) and grant: money from its fund into the pool."""
    for rows in (rows_of[at.SUBSIDISE], rows_of[at.GRANT]):
        theirs = parties.of(rows)
        legs.money(rows, 0, theirs.kind, theirs.owner, -events.amount[rows])
        legs.money(rows, 1, Kind.POOL, pool_pk, events.amount[rows])
    rows = rows_of[at.GRANT]
    _into_circulation(legs, pool_pk, rows, events.member[rows], result.points[rows], 2)


def _take_outs(
    legs: Legs,
    pool_pk: int,
    events: Incoming,
    result: BatchResult,
    parties: PartyColumns,
    rows_of: Mapping[int, Array],
) -> None:
    """Sale (卖出) to the member, conversion (积分兑换股份) to its counterparty, expiry."""
    rows = rows_of[at.SELL]
    legs.money(rows, 0, Kind.POOL, pool_pk, -result.payout[rows])
    legs.money(rows, 1, Kind.MEMBER_AVAILABLE, events.member[rows], result.payout[rows])
    converted = rows_of[at.CONVERT]
    legs.money(converted, 0, Kind.POOL, pool_pk, -result.from_pool[converted])
    theirs = parties.of(converted)
    legs.money(converted, 1, theirs.kind, theirs.owner, result.from_pool[converted])
    for taken in (rows, converted, rows_of[at.EXPIRE]):
        member, units = events.member[taken], result.points[taken]
        _out_of_circulation(legs, pool_pk, taken, member, units, 2)


def _refund(
    legs: Legs, pool_pk: int, refund: Refunded, result: BatchResult, parties: PartyColumns
) -> None:
    """Refund: the buyer gets it back less what the lot had paid out; every part of the split gives
    back its share, rounding falls to the cost part."""
    row = refund.row
    rows = np.array([row])
    parts = split_order(Fen(refund.spend_fen), refund.split)
    amount_fen = refund.refunded_fen - refund.before_fen
    shares = [refund.share(fen) for fen in parts[1:]]  # all but the cost part
    back: tuple[Any, Any] = (parties.kind, parties.owner)
    if refund.back_fen < 0:
        back = (Kind.MEMBER_AVAILABLE, refund.member)
    for stage, (kind, whose, fen) in enumerate(
        (
            (parties.cost_kind, parties.cost_owner, sum(shares) - amount_fen),
            (Kind.UNALLOCATED_DISTRIBUTION, 0, -shares[0]),
            (Kind.PLATFORM, 0, -shares[1]),
            (Kind.LEGACY_RESERVE, 0, -shares[2]),
            (Kind.POOL, pool_pk, -int(result.from_pool[row])),
            (Kind.REFUND_RESERVE, 0, -int(result.reserve[row])),
            (*back, refund.back_fen),
        )
    ):
        legs.money(rows, stage, kind, whose, np.array([fen]))
    burnt, member = result.points[rows], np.array([refund.member])
    _out_of_circulation(legs, pool_pk, rows, member, burnt, 7)


class Exits(NamedTuple):
    """Payouts of exits and of winding down by event and member, in the order of events."""

    row: Array
    member: Array
    units: Array
    payout_fen: Array


def exits_of(result: BatchResult, member: Array) -> Exits:
    """The exits of a batch; ``member``: whose lots the rows of ``result.exits`` are."""
    rows, units, payout = result.exits[:, 0], result.exits[:, 2], result.exits[:, 3]
    if len(rows) == 0:
        return Exits(rows, member, units, payout)
    order = np.lexsort((member, rows))
    rows, member, units, payout = rows[order], member[order], units[order], payout[order]
    first = np.flatnonzero(np.r_[True, (rows[1:] != rows[:-1]) | (member[1:] != member[:-1])])
    sums = np.add.reduceat(units, first), np.add.reduceat(payout, first)
    return Exits(rows[first], member[first], *sums)


def nets_of(events: Incoming, result: BatchResult, refunds: list[Refunded], exits: Exits) -> Nets:
    """What the events of a batch pay to members and claim from them."""
    sold = np.flatnonzero((events.op == at.SELL) & (result.error == 0))
    claims = [(each.row, each.member, each.back_fen) for each in refunds if each.back_fen < 0]
    claimed = np.array(claims, np.int64).reshape(-1, 3)
    rows = np.concatenate([sold, claimed[:, 0], exits.row])
    order = np.argsort(rows, kind="stable")
    member = np.concatenate([events.member[sold], claimed[:, 1], exits.member])
    fen = np.concatenate([result.payout[sold], claimed[:, 2], exits.payout_fen])
    return Nets(rows[order], member[order], fen[order])


def _exits(legs: Legs, pool_pk: int, exits: Exits) -> None:
    """Forced exits (倍数强制退出) and winding down (清盘): from the pool to the members, their
    points out of circulation, one leg a member and event."""
    rows, member, units, payout = exits
    if len(rows) == 0:
        return
    legs.money(rows, EXIT_STAGE + 1, Kind.MEMBER_AVAILABLE, member, payout)
    legs.points(rows, EXIT_STAGE + 2, Kind.POINTS, member, -units)
    first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    legs.money(rows[first], EXIT_STAGE, Kind.POOL, pool_pk, -np.add.reduceat(payout, first))
    legs.points(rows[first], EXIT_STAGE + 3, Kind.ISSUED, pool_pk, np.add.reduceat(units, first))
