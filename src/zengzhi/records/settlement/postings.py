"""The journal entry of a settled event: which accounts its money and points move between."""

from datetime import datetime

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
from zengzhi.core.economy.order_split import OrderParts, split_order
from zengzhi.core.economy.pool import Lot, LotPart, Outcome
from zengzhi.core.economy.rules import Rules, Split
from zengzhi.records.ledger.accounts import Account, Kind
from zengzhi.records.ledger.journal import Entry

PROVIDER = 1
"""Refunds of settled orders go back through this provider until payments know theirs."""


def available(member: str) -> Account:
    """A member's available balance."""
    return Account(Kind.MEMBER_AVAILABLE, int(member))


def _out_of_circulation(entry: Entry, pool_pk: int, parts: list[LotPart]) -> None:
    for part in parts:
        entry.points(Account(Kind.POINTS, int(part.lot.member)), -part.units)
    entry.points(Account(Kind.ISSUED, pool_pk), sum(part.units for part in parts))


def _paid_to_members(entry: Entry, pool_pk: int, parts: list[LotPart]) -> None:
    """Sale or exits: money from the pool to the members, their points out of circulation."""
    entry.money(Account(Kind.POOL, pool_pk), -sum(part.payout_fen for part in parts))
    by_member: dict[str, int] = {}
    for part in parts:
        by_member[part.lot.member] = by_member.get(part.lot.member, 0) + part.payout_fen
    for member, fen in by_member.items():
        entry.money(available(member), fen)
    _out_of_circulation(entry, pool_pk, parts)


def _order(entry: Entry, pool_pk: int, lot: Lot, parts: OrderParts) -> None:
    entry.money(Account(Kind.ORDERS_PENDING, pool_pk), -lot.spend_fen)
    entry.money(Account(Kind.MERCHANT, 1), parts.cost_fen)
    entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), parts.distribution_fen)
    entry.money(Account(Kind.PLATFORM), parts.platform_fen)
    entry.money(Account(Kind.POOL, pool_pk), parts.contribution_fen)
    _into_circulation(entry, pool_pk, lot)


def _into_circulation(entry: Entry, pool_pk: int, lot: Lot) -> None:
    entry.points(Account(Kind.ISSUED, pool_pk), -lot.granted_units)
    entry.points(Account(Kind.POINTS, int(lot.member)), lot.granted_units)


def _share(fen: int, lot: Lot, before_fen: int) -> int:
    return fen * lot.refunded_fen // lot.spend_fen - fen * before_fen // lot.spend_fen


def _refund(
    entry: Entry, pool_pk: int, lot: Lot, amount_fen: int, outcome: Outcome, parts: OrderParts
) -> None:
    """The buyer gets the refund less what the lot had paid out; every part of the split gives
    back its share, rounding falls to the merchant's part."""
    before_fen = lot.refunded_fen - amount_fen
    distribution_fen = _share(parts.distribution_fen, lot, before_fen)
    platform_fen = _share(parts.platform_fen, lot, before_fen)
    contribution_fen = _share(parts.contribution_fen, lot, before_fen)
    cost_fen = amount_fen - distribution_fen - platform_fen - contribution_fen
    entry.money(Account(Kind.MERCHANT, 1), -cost_fen)
    entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), -distribution_fen)
    entry.money(Account(Kind.PLATFORM), -platform_fen)
    entry.money(Account(Kind.POOL, pool_pk), -outcome.from_pool_fen)
    entry.money(Account(Kind.REFUND_RESERVE), -outcome.reserve_fen)
    back_fen = amount_fen - outcome.set_off_fen
    if back_fen >= 0:
        entry.money(Account(Kind.CLEARING, PROVIDER), back_fen)
    else:
        entry.money(Account(Kind.MEMBER_DEBT, int(lot.member)), back_fen)
    entry.points(Account(Kind.POINTS, int(lot.member)), -outcome.points_units)
    entry.points(Account(Kind.ISSUED, pool_pk), outcome.points_units)


def entry_of(
    pool_pk: int,
    rules: Rules,
    event: Event,
    outcome: Outcome,
    happened_at: datetime,
    refunded: tuple[Lot, int, Split | None] | None = None,
) -> Entry:
    """The journal entry of an accepted event, with the exits and the sweep it caused.

    ``refunded``: the lot of a refund, the amount refunded now and the order's own split.
    """
    entry = Entry(event.op, event.id, happened_at)
    pool = Account(Kind.POOL, pool_pk)
    match event:
        case Order():
            assert outcome.opened is not None  # noqa: S101
            _order(
                entry,
                pool_pk,
                outcome.opened,
                split_order(event.paid_fen, event.split or rules.split),
            )
        case Sell():
            entry.kind = "sale"
            _paid_to_members(entry, pool_pk, outcome.parts)
        case Subsidise():
            entry.money(Account(Kind.SUBSIDY_FUND, 1), -event.amount_fen)
            entry.money(pool, event.amount_fen)
        case Grant():
            assert outcome.opened is not None  # noqa: S101
            entry.money(Account(Kind.LEGACY_RESERVE), -event.amount_fen)
            entry.money(pool, event.amount_fen)
            _into_circulation(entry, pool_pk, outcome.opened)
        case Convert():
            entry.money(pool, -outcome.from_pool_fen)
            entry.money(Account(Kind.EQUITY), outcome.from_pool_fen)
            _out_of_circulation(entry, pool_pk, outcome.parts)
        case Refund():
            assert refunded is not None  # noqa: S101
            lot, amount_fen, split = refunded
            parts = split_order(lot.spend_fen, split or rules.split)
            _refund(entry, pool_pk, lot, amount_fen, outcome, parts)
        case Expire():
            _out_of_circulation(entry, pool_pk, outcome.parts)
    if outcome.exits:
        _paid_to_members(entry, pool_pk, outcome.exits)
    entry.money(pool, -outcome.swept_fen)
    entry.money(Account(Kind.POOL_RESERVE), outcome.swept_fen)
    return entry
