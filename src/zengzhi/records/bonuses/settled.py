"""Orders settle: their pending bonuses become the members' own, in the transaction of the pool's
owner. The settlement leaves out what they hold of the distribution part.

Locks: the holds of the orders, in their order; then members' purses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from zengzhi.records.bonuses.kept import distribution_left_fen, kept_fen, short_fen
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, move
from zengzhi.records.ledger.journal import Entry, facts_text, post
from zengzhi.records.ledger.legs import Legs
from zengzhi.records.ledger.purses import Purses
from zengzhi.records.members.standing import key_list
from zengzhi.records.store.bulk import Array, many_objects, microseconds
from zengzhi.records.wallet.income import record_incomes


class Head(NamedTuple):
    """The head of an order about to be released."""

    pk: int
    order: str
    plan: int | None
    base_fen: int
    distribution_ppm: int
    dividend_fen: int
    refunded_fen: int

    @property
    def dividend_kept_fen(self) -> int:
        """What flows into the dividend pool."""
        if not self.refunded_fen:
            return self.dividend_fen
        return kept_fen(self.dividend_fen, self.refunded_fen, self.base_fen)


@dataclass(frozen=True, slots=True)
class Pending:
    """Bonuses that wait, their holds locked: who gets what once the orders settle."""

    heads: Sequence[Head]
    places: Array
    members: Array
    fen: Array
    short: dict[str, int]
    """Order → fen beyond its distribution part, which the platform has paid already."""

    def held_fen(self) -> dict[str, int]:
        """Order → what of its distribution part its bonuses hold already."""
        sums = np.zeros(len(self.heads), np.int64)
        np.add.at(sums, self.places, self.fen)
        held = zip(self.heads, sums.tolist(), strict=True)
        return {head.order: fen - self.short.get(head.order, 0) for head, fen in held}


def lock_pending(orders: Sequence[str]) -> Pending:
    """The pending bonuses of orders that are about to settle."""
    if len(orders) == 1:
        return _pending(orders)
    with many_objects(len(orders)):
        return _pending(orders)


def _pending(orders: Sequence[str]) -> Pending:
    heads = sorted(_locked(orders))
    places, members, fen = _lines(heads)
    short = {}
    for place in [place for place, head in enumerate(heads) if head.refunded_fen]:
        head, mine = heads[place], np.flatnonzero(places == place)
        amounts = fen[mine].tolist()
        short[head.order] = _short(head, amounts)
        fen[mine] = [kept_fen(amount, head.refunded_fen, head.base_fen) for amount in amounts]
    return Pending(heads, places, members, fen, short)


def _short(head: Head, amounts: list[int]) -> int:
    refunded_fen, base_fen = head.refunded_fen, head.base_fen
    left_fen = distribution_left_fen(base_fen, head.distribution_ppm, refunded_fen, refunded_fen)
    return short_fen([*amounts, head.dividend_fen], refunded_fen, base_fen, left_fen)


def _locked(orders: Sequence[str]) -> list[Head]:
    """The heads of orders whose bonuses wait; their holds are locked, in their order."""
    if not orders:
        return []
    keys, value = _among(orders)
    lock = "FOR UPDATE OF place" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT head.id, head."order", head.plan_id, head.base_fen, head.distribution_ppm, '  # noqa: S608
            "head.dividend_fen, place.done_fen FROM ledger_place AS place "
            'JOIN bonuses_orderbonus AS head ON head."order" = place.cause '
            f"WHERE place.kind = %s AND place.state = %s AND place.cause IN {keys} "
            f"ORDER BY place.cause {lock}",
            (HoldKind.BONUS, HoldState.OPEN, value),
        )
        return [Head._make(row) for row in cursor.fetchall()]


def _among(keys: Sequence[int] | Sequence[str]) -> tuple[str, Any]:
    """:func:`key_list`; one key by itself."""
    return ("(%s)", keys[0]) if len(keys) == 1 else key_list(keys)


def _lines(heads: Sequence[Head]) -> tuple[Array, Array, Array]:
    """(place of the order, member, amount) of the lines, as columns."""
    keys, value = _among([head.pk for head in heads])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, beneficiary_id, amount_fen FROM bonuses_bonusline "  # noqa: S608
            f"WHERE order_id IN {keys} AND amount_fen > 0 ORDER BY id",
            (value,),
        )
        table = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    places = np.searchsorted(np.array([head.pk for head in heads], np.int64), table[:, 0])
    return places.astype(np.int64), table[:, 1], table[:, 2]


def orders_settled(orders: Sequence[str], at: datetime) -> None:
    """Orders settled, in this transaction: their pending bonuses become the members' own."""
    release(lock_pending(orders), at)


def release(pending: Pending, at: datetime) -> None:
    """The orders settled, in this transaction: what waits becomes the members' own. What is not
    theirs of the budget the settlement put on ``unallocated_distribution``; the dividend part goes
    on from there."""
    if len(pending.heads) == 1:
        _release(pending, at)
    elif pending.heads:
        with many_objects(len(pending.heads)):
            _release(pending, at)


def _release(pending: Pending, at: datetime) -> None:
    heads, members, fen = pending.heads, pending.members, pending.fen
    off = Purses.lock(members.tolist()).divide(members, fen)
    if len(heads) == 1:
        _post(heads[0], at, list(zip(members.tolist(), fen.tolist(), off.tolist(), strict=True)))
    else:
        _post_many(pending, at, off)
    record_incomes(zip(members.tolist(), fen.tolist(), repeat(at)))
    move(HoldKind.BONUS, [head.order for head in heads], HoldState.POSTED, at)


def _post(head: Head, at: datetime, lines: Sequence[tuple[int, int, int]]) -> None:
    """``lines``: member, fen, what of it falls to a debt."""
    facts, dividend_fen = {"refunded": head.refunded_fen}, head.dividend_kept_fen
    entry = Entry("bonus", head.order, at, version=f"plan:{head.plan}", values=facts)
    for member, fen, _off in lines:
        entry.money(Account(Kind.MEMBER_PENDING, member), -fen)
    for member, _fen, off in lines:
        entry.money(Account(Kind.MEMBER_DEBT, member), off)
    for member, fen, off in lines:
        entry.money(Account(Kind.MEMBER_AVAILABLE, member), fen - off)
    entry.money(Account(Kind.UNALLOCATED_DISTRIBUTION), -dividend_fen)
    entry.money(Account(Kind.DIVIDEND_POOL), dividend_fen)
    post([entry])


def _post_many(pending: Pending, at: datetime, off: Array) -> None:
    heads, places, members, fen = pending.heads, pending.places, pending.members, pending.fen
    rows = np.arange(len(heads))
    dividend = np.array([head.dividend_kept_fen for head in heads], np.int64)
    legs = Legs()
    legs.money(places, 0, Kind.MEMBER_PENDING, members, -fen)
    legs.money(places, 1, Kind.MEMBER_DEBT, members, off)
    legs.money(places, 2, Kind.MEMBER_AVAILABLE, members, fen - off)
    legs.money(rows, 3, Kind.UNALLOCATED_DISTRIBUTION, 0, -dividend)
    legs.money(rows, 4, Kind.DIVIDEND_POOL, 0, dividend)
    legs.post(
        "bonus",
        [head.order for head in heads],
        np.full(len(heads), microseconds(at)),
        [f"plan:{head.plan}" for head in heads],
        [facts_text({"refunded": head.refunded_fen}) for head in heads],
    )
