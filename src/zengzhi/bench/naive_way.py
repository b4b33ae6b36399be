"""The way of an order as one would write it first, as a baseline: one transaction a step.

Plain tables of its own in the same database, an INSERT or UPDATE a row, the rows it changes locked
(``SELECT … FOR UPDATE``), the same commits as the database's settings ask for. It reads sponsors
and agents where ours reads them, pays the same bonuses to the fen, and is flattered: it seals
nothing, keeps no versions, looks for no exits, and its callback is believed unread.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zengzhi.bench.plain import Plain, plain_connection
from zengzhi.core.economy.rules import Rules
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.units import UNITS_PER_POINT

DIRECT_PPM, INDIRECT_PPM = 100_000, 50_000
AREA_PPM = ((6, 30_000), (4, 50_000), (2, 60_000))
"""The preset ``two-level``: digits of the region's code, rate in all."""
TABLES = (
    "CREATE TABLE naive_order (id BIGINT PRIMARY KEY, member BIGINT NOT NULL, paid_fen BIGINT NOT "
    "NULL, region VARCHAR(12) NOT NULL, state VARCHAR(12) NOT NULL, paid_at {time}, shipped_at "
    "{time}, received_at {time}, settled_at {time})",
    "CREATE TABLE naive_payment (order_id BIGINT PRIMARY KEY, amount_fen BIGINT NOT NULL, "
    "body VARCHAR(300) NOT NULL, at {time} NOT NULL)",
    "CREATE TABLE naive_bonus (order_id BIGINT NOT NULL, place INTEGER NOT NULL, member BIGINT NOT "
    "NULL, kind VARCHAR(16) NOT NULL, fen BIGINT NOT NULL, state VARCHAR(10) NOT NULL, "
    "PRIMARY KEY (order_id, place))",
    "CREATE INDEX naive_bonus_member ON naive_bonus (member)",
    "CREATE TABLE naive_entry (order_id BIGINT NOT NULL, kind VARCHAR(12) NOT NULL, "
    "place INTEGER NOT NULL, account VARCHAR(24) NOT NULL, owner BIGINT NOT NULL, "
    "amount BIGINT NOT NULL, at {time} NOT NULL, PRIMARY KEY (order_id, kind, place))",
    "CREATE INDEX naive_entry_account ON naive_entry (account, owner)",
    "CREATE TABLE naive_wallet (member BIGINT PRIMARY KEY, pending_fen BIGINT NOT NULL, "
    "available_fen BIGINT NOT NULL, points BIGINT NOT NULL)",
    "CREATE TABLE naive_lot (order_id BIGINT PRIMARY KEY, member BIGINT NOT NULL, "
    "spend_fen BIGINT NOT NULL, points BIGINT NOT NULL, at {time} NOT NULL)",
    "CREATE INDEX naive_lot_member ON naive_lot (member)",
    "CREATE TABLE naive_pool (id BIGINT PRIMARY KEY, pool_fen BIGINT NOT NULL, "
    "outstanding BIGINT NOT NULL)",
    "INSERT INTO naive_pool VALUES (1, 0, 0)",
)


@dataclass(frozen=True, slots=True)
class NaiveOrder:
    """An order as this design needs it."""

    id: int
    member: int
    paid_fen: int
    region: str


@dataclass(frozen=True, slots=True)
class NaiveWay:
    """Moves orders one by one on a connection of its own."""

    plain: Plain
    rules: Rules
    sponsors: str = "SELECT sponsor_id FROM members_member WHERE id = %s"
    agents: str = (
        "SELECT region, member_id FROM members_regionagent "
        "WHERE region IN (%s, %s, %s) AND until IS NULL"
    )

    def place(self, orders: Sequence[NaiveOrder]) -> None:
        """Orders that await payment; not a part of what is measured."""
        with self.plain.transaction() as run:
            for order in orders:
                run(
                    "INSERT INTO naive_order (id, member, paid_fen, region, state) "
                    "VALUES (%s, %s, %s, %s, 'awaiting')",
                    (order.id, order.member, order.paid_fen, order.region),
                )

    def bonuses(self, run: Any, order: NaiveOrder) -> list[tuple[int, str, int]]:
        """(member, kind, fen): direct, indirect, the agents of the region."""
        lines, member = [], order.member
        for kind, ppm in (("direct", DIRECT_PPM), ("indirect", INDIRECT_PPM)):
            row = run(self.sponsors, (member,)).fetchone()
            if row is None or row[0] is None:
                break
            member = row[0]
            lines.append((member, kind, order.paid_fen * ppm // 10**6))
        found = dict(run(self.agents, [order.region[:digits] for digits, _p in AREA_PPM]))
        taken = 0
        for digits, ppm in AREA_PPM:
            agent = found.get(order.region[:digits])
            if agent is None or agent == order.member or len(order.region) < digits:
                continue
            lines.append((agent, f"area{digits}", order.paid_fen * (ppm - taken) // 10**6))
            taken = ppm
        return [line for line in lines if line[2]]

    def pay(self, order: NaiveOrder, at: datetime, *, with_bonuses: bool = True) -> None:
        """The money arrived; its bonuses wait."""
        now = self.plain.moment(at)
        with self.plain.transaction() as run:
            self._in_state(run, order, "awaiting")
            run(
                "INSERT INTO naive_payment VALUES (%s, %s, %s, %s)",
                (order.id, order.paid_fen, f"order {order.id} paid {order.paid_fen}", now),
            )
            run(
                "UPDATE naive_order SET state = 'paid', paid_at = %s WHERE id = %s", (now, order.id)
            )
            lines = self.bonuses(run, order) if with_bonuses else []
            legs = [("clearing", 1, -order.paid_fen), ("pending", 1, order.paid_fen)]
            for place, (member, kind, fen) in enumerate(lines):
                values = (order.id, place, member, kind, fen)
                run("INSERT INTO naive_bonus VALUES (%s, %s, %s, %s, %s, 'pending')", values)
                legs += [("pending", 1, -fen), ("member_pending", member, fen)]
                self._wallet(run, member, fen, 0, 0)
            self._legs(run, order, "payment", legs, now)

    def ship(self, order: NaiveOrder, at: datetime) -> None:
        """The goods left."""
        self._deliver(order, "paid", "shipped", at)

    def receive(self, order: NaiveOrder, at: datetime) -> None:
        """The goods arrived."""
        self._deliver(order, "shipped", "received", at)

    def settle(self, order: NaiveOrder, at: datetime) -> None:
        """Points for the buyer, the split to its accounts, the bonuses into their wallets."""
        now = self.plain.moment(at)
        with self.plain.transaction() as run:
            lock = self.plain.lock
            pool = run(f"SELECT pool_fen, outstanding FROM naive_pool WHERE id = 1{lock}", ())  # noqa: S608 (own names)
            pool_fen, outstanding = pool.fetchone()
            self._in_state(run, order, "received")
            parts = split_order(order.paid_fen, self.rules.split)
            reward_fen = reward_value(parts.contribution_fen, self.rules.reward_ppm)
            if outstanding:
                points = reward_fen * outstanding // pool_fen
            else:
                points = reward_fen * UNITS_PER_POINT // self.rules.opening_price_fen
            lot = (order.id, order.member, order.paid_fen, points, now)
            run("INSERT INTO naive_lot VALUES (%s, %s, %s, %s, %s)", lot)
            waiting = "SELECT member, fen FROM naive_bonus WHERE order_id = %s ORDER BY place"
            lines = run(waiting + lock, (order.id,)).fetchall()
            given = sum(fen for _member, fen in lines)
            legs = [
                ("pending", 1, given - order.paid_fen),
                ("merchant", 1, parts.cost_fen),
                ("unallocated", 0, parts.distribution_fen - given),
                ("platform", 0, parts.platform_fen),
                ("pool", 1, parts.contribution_fen),
                ("issued", 1, -points),
                ("points", order.member, points),
            ]
            for member, fen in lines:
                legs += [("member_pending", member, -fen), ("member_available", member, fen)]
                self._wallet(run, member, -fen, fen, 0)
            run("UPDATE naive_bonus SET state = 'paid' WHERE order_id = %s", (order.id,))
            self._wallet(run, order.member, 0, 0, points)
            self._legs(run, order, "settled", legs, now)
            run(
                "UPDATE naive_pool SET pool_fen = %s, outstanding = %s WHERE id = 1",
                (pool_fen + parts.contribution_fen, outstanding + points),
            )
            run(
                "UPDATE naive_order SET state = 'settled', settled_at = %s WHERE id = %s",
                (now, order.id),
            )

    def lines(self, first: int, last: int) -> set[tuple[int, int, int, str]]:
        """(order, member, fen, state) of every bonus of orders, for the comparison."""
        with self.plain.transaction() as run:
            rows = run(
                "SELECT order_id, member, fen, state FROM naive_bonus "
                "WHERE order_id BETWEEN %s AND %s",
                (first, last),
            )
            return {tuple(row) for row in rows.fetchall()}  # type: ignore[misc]

    def _in_state(self, run: Any, order: NaiveOrder, state: str) -> None:
        found = run(
            f"SELECT state FROM naive_order WHERE id = %s{self.plain.lock}",  # noqa: S608
            (order.id,),
        ).fetchone()
        if found[0] != state:
            raise RuntimeError(f"order {order.id} is {found[0]}")

    def _deliver(self, order: NaiveOrder, before: str, after: str, at: datetime) -> None:
        with self.plain.transaction() as run:
            self._in_state(run, order, before)
            run(
                f"UPDATE naive_order SET state = %s, {after}_at = %s WHERE id = %s",  # noqa: S608
                (after, self.plain.moment(at), order.id),
            )

    def _wallet(self, run: Any, member: int, pending: int, available: int, points: int) -> None:
        run(
            "INSERT INTO naive_wallet VALUES (%s, %s, %s, %s) ON CONFLICT (member) DO UPDATE SET "
            "pending_fen = naive_wallet.pending_fen + excluded.pending_fen, "
            "available_fen = naive_wallet.available_fen + excluded.available_fen, "
            "points = naive_wallet.points + excluded.points",
            (member, pending, available, points),
        )

    def _legs(self, run: Any, order: NaiveOrder, kind: str, legs: Any, now: Any) -> None:
        for place, (account, owner, amount) in enumerate(legs):
            values = (order.id, kind, place, account, owner, amount, now)
            run("INSERT INTO naive_entry VALUES (%s, %s, %s, %s, %s, %s, %s)", values)


@contextmanager
def naive_way(rules: Rules) -> Iterator[NaiveWay]:
    """On the database of the settings, with its tables, which are gone afterwards."""
    with plain_connection() as plain:
        with plain.transaction() as run:
            for text in TABLES:
                run(text.format(time="TIMESTAMPTZ" if plain.mark == "%s" else "TEXT"), ())
        try:
            yield NaiveWay(plain, rules)
        finally:
            with plain.transaction() as run:
                for text in TABLES:
                    if text.startswith("CREATE TABLE"):
                        run(f"DROP TABLE {text.split()[2]}", ())
