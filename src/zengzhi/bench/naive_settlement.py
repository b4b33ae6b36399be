"""The design that one would write first, as a baseline for the bench: one transaction an order.

It locks the pool's row (``SELECT … FOR UPDATE``), refuses a repeated id, computes the points,
writes the same rows as settlement does (event, lot, journal head, seven legs in one statement),
updates the pool's row, commits. Statements are prepared, the database's guards are the same, and
it is flattered a little: it seals nothing and looks for no exits.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from zengzhi.bench.plain import Plain, plain_connection
from zengzhi.core.economy.rules import Rules
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.units import UNITS_PER_POINT
from zengzhi.records.store import clock

EVENT = (
    "INSERT INTO settlement_event (id, pool_id, sequence, event_id, op, member_id, amount, target, "
    "split, error, message, points_units, contribution_fen, payout_fen, from_pool_fen, exits, "
    "happened_at, pool_fen, outstanding_units) VALUES (%s, %s, %s, %s, 1, %s, %s, '', '', '', '', "
    "%s, %s, 0, 0, 0, %s, %s, %s)"
)
LOT = (
    "INSERT INTO settlement_lot (id, pool_id, sequence, event_id, member_id, is_grant, spend_fen, "
    "contribution_fen, granted_units, remaining_units, paid_fen, refunded_fen, exited, opened_at) "
    "VALUES (%s, %s, %s, %s, %s, false, %s, %s, %s, %s, 0, 0, false, %s)"
)
HEAD = (
    "INSERT INTO ledger_transaction (id, kind, reference, happened_at, recorded_at, version, "
    "corrects, leg_count, step, facts, mac) "
    "VALUES (%s, 'order', %s, %s, %s, '1', NULL, 7, 0, '', '')"
)
LEGS = (
    "INSERT INTO ledger_leg (transaction_id, position, kind, owner, unit, amount) VALUES "  # noqa: S608
    + ", ".join(["(%s, %s, %s, %s, %s, %s)"] * 7)
)
POOL = (
    "UPDATE settlement_pool SET sequence = %s, lots_opened = %s, pool_fen = %s, "
    "outstanding_units = %s, put_in_fen = put_in_fen + %s WHERE id = %s"
)


class NaiveSettlement:
    """Settles orders one by one on a connection of its own."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._sql = plain.sql

    def settle(
        self, pool_pk: int, rules: Rules, event_id: str, member: int, paid_fen: int, at: datetime
    ) -> None:
        """One order, one transaction."""
        moment, now = self._plain.moment(at), self._plain.moment(clock.now())
        cursor = self._plain.connection.cursor()
        cursor.execute(self._plain.begin)
        cursor.execute(
            self._sql(
                "SELECT sequence, lots_opened, pool_fen, outstanding_units FROM settlement_pool "  # noqa: S608
                f"WHERE id = %s{self._plain.lock}"
            ),
            (pool_pk,),
        )
        sequence, lots, pool_fen, outstanding = cursor.fetchone()
        known = "SELECT 1 FROM settlement_event WHERE pool_id = %s AND event_id = %s"
        cursor.execute(self._sql(known), (pool_pk, event_id))
        if cursor.fetchone() is not None:
            cursor.execute("ROLLBACK")
            return
        parts = split_order(paid_fen, rules.split)
        reward_fen = reward_value(parts.contribution_fen, rules.reward_ppm)
        if outstanding:
            points = reward_fen * outstanding // pool_fen
        else:
            points = reward_fen * UNITS_PER_POINT // rules.opening_price_fen
        contribution = parts.contribution_fen
        pool_fen, outstanding = pool_fen + contribution, outstanding + points
        sequence, lots = sequence + 1, lots + 1
        key = (pool_pk << 40) + sequence
        event: Sequence[Any] = (key, pool_pk, sequence, event_id, member, paid_fen, points)
        cursor.execute(self._sql(EVENT), (*event, contribution, moment, pool_fen, outstanding))
        lot: Sequence[Any] = (key, pool_pk, lots, event_id, member, paid_fen, contribution)
        cursor.execute(self._sql(LOT), (*lot, points, points, moment))
        legs = (
            (19, pool_pk, 1, -paid_fen),
            (2, 1, 1, parts.cost_fen),
            (7, 0, 1, parts.distribution_fen),
            (6, 0, 1, parts.platform_fen),
            (3, pool_pk, 1, contribution),
            (30, pool_pk, 2, -points),
            (31, member, 2, points),
        )
        rows = [value for place, leg in enumerate(legs) for value in (key, place, *leg)]
        journal = [(HEAD, (key, event_id, moment, now)), (LEGS, rows)]
        for text, values in journal if self._plain.mark == "%s" else journal[::-1]:
            cursor.execute(self._sql(text), values)
        cursor.execute(
            self._sql(POOL), (sequence, lots, pool_fen, outstanding, contribution, pool_pk)
        )
        cursor.execute("COMMIT")


@contextmanager
def naive_settlement() -> Iterator[NaiveSettlement]:
    """On the database of the settings."""
    with plain_connection() as plain:
        yield NaiveSettlement(plain)
