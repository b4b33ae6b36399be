"""The journal entries of settled events: which accounts their money and points move between.

Vectorised: each rule adds blocks of legs for all events of its verb; the blocks are then put in the
order of events. Within an entry the legs stand in the order of their stages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zengzhi.core.economy.order_split import split_order
from zengzhi.core.economy.refund import refunded_part
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.economy.verbs import VERBS
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel.columns import BatchResult
from zengzhi.core.units import PPM, Fen
from zengzhi.records.ledger.chart import Kind, Unit
from zengzhi.records.settlement.incoming import Incoming
from zengzhi.records.store.bulk import Array

PROVIDER = 1
"""Refunds of settled orders go back through this provider until payments know theirs."""
MERCHANT = 1
"""The mall's own merchant."""
SUBSIDY_ROUND = 1
"""The round whose subsidy fund pays."""
ENTRY_KINDS = ("", *(verb.entry for verb in VERBS))
"""Verb's number → kind of its journal entry."""
STAGES = 16
EXIT_STAGE, SWEEP_STAGE = 10, 14


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund needs to know of its order: V, the member, R₀, R, and the order's split."""

    row: int
    member: int
    spend_fen: int
    before_fen: int
    refunded_fen: int
    split: Split

    def share(self, fen: int) -> int:
        """⌊fen·R/V⌋ − ⌊fen·R₀/V⌋: what of a part of the order falls to this refund."""
        return refunded_part(fen, self.spend_fen, self.refunded_fen, self.before_fen)


@dataclass(slots=True)
class _Legs:
    """Blocks of legs: (row, stage, kind, owner, unit, amount)."""

    blocks: list[tuple[Array, int, int, Any, int, Array]] = field(default_factory=list)

    def money(self, rows: Array, stage: int, kind: Kind, owner: Any, fen: Any) -> None:
        """A leg in fen for each of the rows."""
        if len(rows):
            self.blocks.append((rows, stage, int(kind), owner, int(Unit.CNY), fen))

    def points(self, rows: Array, stage: int, kind: Kind, owner: Any, units: Any) -> None:
        """A leg in point units for each of the rows."""
        if len(rows):
            self.blocks.append((rows, stage, int(kind), owner, int(Unit.POINT), units))

    def columns(self) -> dict[str, Array]:
        """All legs that are not 0, by event and stage, with their positions."""
        if not self.blocks:
            nothing = np.zeros(0, np.int64)
            names = ("row", "position", "kind", "owner", "unit", "amount")
            return dict.fromkeys(names, nothing)
        rows, stage, kind, owner, unit, amount = (
            np.concatenate([np.broadcast_to(np.asarray(b[k]), len(b[0])) for b in self.blocks])
            for k in range(6)
        )
        kept = np.flatnonzero(amount)
        order = kept[np.argsort(rows[kept] * STAGES + stage[kept], kind="stable")]
        rows = rows[order]
        first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else rows
        counts = np.diff(np.r_[first, len(rows)])
        return {
            "row": rows,
            "position": np.arange(len(rows)) - np.repeat(first, counts),
            "kind": kind[order],
            "owner": owner[order],
            "unit": unit[order],
            "amount": amount[order],
        }


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
    exit_members: Array,
) -> dict[str, Array]:
    """The legs of all accepted events of a batch as columns; ``row`` is the event's.
    ``exit_members``: whose lots the rows of ``result.exits`` are."""
    legs = _Legs()
    accepted = result.error == 0
    ops = [verb.number for verb in VERBS]
    rows_of = {op: np.flatnonzero(accepted & (events.op == op)) for op in ops}
    _orders(legs, pool_pk, rules, events, result, rows_of[at.ORDER])
    _funds(legs, pool_pk, events, result, rows_of)
    _take_outs(legs, pool_pk, events, result, rows_of)
    for refund in refunds:
        _refund(legs, pool_pk, refund, result)
    _exits(legs, pool_pk, result, exit_members)
    swept = np.flatnonzero(result.swept)
    legs.money(swept, SWEEP_STAGE, Kind.POOL, pool_pk, -result.swept[swept])
    legs.money(swept, SWEEP_STAGE + 1, Kind.POOL_RESERVE, 0, result.swept[swept])
    return legs.columns()


def _into_circulation(
    legs: _Legs, pool_pk: int, rows: Array, member: Array, units: Array, stage: int
) -> None:
    legs.points(rows, stage, Kind.ISSUED, pool_pk, -units)
    legs.points(rows, stage + 1, Kind.POINTS, member, units)


def _out_of_circulation(
    legs: _Legs, pool_pk: int, rows: Array, member: Array, units: Array, stage: int
) -> None:
    legs.points(rows, stage, Kind.POINTS, member, -units)
    legs.points(rows, stage + 1, Kind.ISSUED, pool_pk, units)


def _orders(
    legs: _Legs, pool_pk: int, rules: Rules, events: Incoming, result: BatchResult, rows: Array
) -> None:
    """Order (订单拆分): the pending money becomes 货款, distribution, platform profit, the legacy
    reserve's part and the pool's contribution; points into circulation."""
    if len(rows) == 0:
        return
    cost, distribution, platform, legacy = order_parts(rules, events, rows)
    legs.money(rows, 0, Kind.ORDERS_PENDING, pool_pk, -events.amount[rows])
    legs.money(rows, 1, Kind.MERCHANT, MERCHANT, cost)
    legs.money(rows, 2, Kind.UNALLOCATED_DISTRIBUTION, 0, distribution)
    legs.money(rows, 3, Kind.PLATFORM, 0, platform)
    legs.money(rows, 4, Kind.LEGACY_RESERVE, 0, legacy)
    legs.money(rows, 5, Kind.POOL, pool_pk, result.contribution[rows])
    _into_circulation(legs, pool_pk, rows, events.member[rows], result.points[rows], 6)


def _funds(
    legs: _Legs, pool_pk: int, events: Incoming, result: BatchResult, rows_of: Mapping[int, Array]
) -> None:
    """Subsidy (融资补贴入池) and grant: money from its fund into the pool."""
    rows = rows_of[at.SUBSIDISE]
    legs.money(rows, 0, Kind.SUBSIDY_FUND, SUBSIDY_ROUND, -events.amount[rows])
    legs.money(rows, 1, Kind.POOL, pool_pk, events.amount[rows])
    rows = rows_of[at.GRANT]
    legs.money(rows, 0, Kind.LEGACY_RESERVE, 0, -events.amount[rows])
    legs.money(rows, 1, Kind.POOL, pool_pk, events.amount[rows])
    _into_circulation(legs, pool_pk, rows, events.member[rows], result.points[rows], 2)


def _take_outs(
    legs: _Legs, pool_pk: int, events: Incoming, result: BatchResult, rows_of: Mapping[int, Array]
) -> None:
    """Sale (卖出) to the wallet, conversion (积分兑换股份) to the equity account, expiry."""
    rows = rows_of[at.SELL]
    legs.money(rows, 0, Kind.POOL, pool_pk, -result.payout[rows])
    legs.money(rows, 1, Kind.MEMBER_AVAILABLE, events.member[rows], result.payout[rows])
    converted = rows_of[at.CONVERT]
    legs.money(converted, 0, Kind.POOL, pool_pk, -result.from_pool[converted])
    legs.money(converted, 1, Kind.EQUITY, 0, result.from_pool[converted])
    for taken in (rows, converted, rows_of[at.EXPIRE]):
        member, units = events.member[taken], result.points[taken]
        _out_of_circulation(legs, pool_pk, taken, member, units, 2)


def _refund(legs: _Legs, pool_pk: int, refund: Refunded, result: BatchResult) -> None:
    """Refund: the buyer gets it back less what the lot had paid out; every part of the split gives
    back its share, rounding falls to the merchant's part."""
    row = refund.row
    rows = np.array([row])
    parts = split_order(Fen(refund.spend_fen), refund.split)
    amount_fen = refund.refunded_fen - refund.before_fen
    given = (
        parts.distribution_fen,
        parts.platform_fen,
        parts.legacy_fen,
        parts.contribution_fen,
    )
    shares = [refund.share(fen) for fen in given]
    back_fen = amount_fen - int(result.set_off[row])
    account = Kind.CLEARING if back_fen >= 0 else Kind.MEMBER_DEBT
    owner = PROVIDER if back_fen >= 0 else refund.member
    for stage, (kind, whose, fen) in enumerate(
        (
            (Kind.MERCHANT, MERCHANT, sum(shares) - amount_fen),
            (Kind.UNALLOCATED_DISTRIBUTION, 0, -shares[0]),
            (Kind.PLATFORM, 0, -shares[1]),
            (Kind.LEGACY_RESERVE, 0, -shares[2]),
            (Kind.POOL, pool_pk, -int(result.from_pool[row])),
            (Kind.REFUND_RESERVE, 0, -int(result.reserve[row])),
            (account, owner, back_fen),
        )
    ):
        legs.money(rows, stage, kind, whose, np.array([fen]))
    burnt, member = result.points[rows], np.array([refund.member])
    _out_of_circulation(legs, pool_pk, rows, member, burnt, 7)


def _exits(legs: _Legs, pool_pk: int, result: BatchResult, member: Array) -> None:
    """Forced exits (倍数强制退出) and winding down (清盘): from the pool to the members' wallets,
    their points out of circulation, one leg a member and event."""
    if len(result.exits) == 0:
        return
    rows, units, payout = result.exits[:, 0], result.exits[:, 2], result.exits[:, 3]
    order = np.lexsort((member, rows))
    rows, member, units, payout = rows[order], member[order], units[order], payout[order]
    first = np.flatnonzero(np.r_[True, (rows[1:] != rows[:-1]) | (member[1:] != member[:-1])])
    by_member = rows[first], member[first]
    legs.money(
        by_member[0],
        EXIT_STAGE + 1,
        Kind.MEMBER_AVAILABLE,
        by_member[1],
        np.add.reduceat(payout, first),
    )
    legs.points(
        by_member[0], EXIT_STAGE + 2, Kind.POINTS, by_member[1], -np.add.reduceat(units, first)
    )
    first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    legs.money(rows[first], EXIT_STAGE, Kind.POOL, pool_pk, -np.add.reduceat(payout, first))
    legs.points(rows[first], EXIT_STAGE + 3, Kind.ISSUED, pool_pk, np.add.reduceat(units, first))
