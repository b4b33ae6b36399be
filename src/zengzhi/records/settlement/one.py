"""One order, settled in plain integers: every row that follows from it, and its sealed bytes.

An order that makes no exit due touches nothing but the pool, a new lot and the accounts of its
split. The reference has applied it; what it writes is what :mod:`.rows`, :mod:`.postings` and
:mod:`.sealed` derive of a batch of one, byte for byte, without a column. Nothing here reads or
writes the database.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from zengzhi.core.economy.events import Order
from zengzhi.core.economy.pool import Outcome
from zengzhi.core.economy.verbs import ORDER
from zengzhi.records.ledger.chart import Kind, Unit
from zengzhi.records.ledger.journal import LegRow
from zengzhi.records.settlement.incoming import Request, split_text
from zengzhi.records.settlement.models import ROW_ID_SHIFT
from zengzhi.records.settlement.replies import Reply
from zengzhi.records.settlement.sealed import pack_one

CNY, POINT = int(Unit.CNY), int(Unit.POINT)


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
    key, name, member = (pool_pk << ROW_ID_SHIFT) + sequence, order.id, int(order.member)
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
