"""Checks over the whole journal and the projections beside it, each one query."""

from collections.abc import Callable, Iterator

from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.purses import PURSE_KINDS
from zengzhi.records.settlement.models import ROW_ID_SHIFT
from zengzhi.records.settlement.verify.problem import Problem, select

SETTLED_FROM = 1 << ROW_ID_SHIFT
"""Ids of journal entries from here on belong to settled events."""


def zero_sums() -> Iterator[Problem]:
    """The legs of every entry sum to zero per unit."""
    for entry, unit, total in select(
        "SELECT transaction_id, unit, sum(amount) FROM ledger_leg GROUP BY transaction_id, unit "
        "HAVING sum(amount) <> 0 ORDER BY transaction_id"
    ):
        message = f"its legs in {Unit(unit).name} sum to {int(total)}, not 0"
        yield Problem("zero_sum", f"ledger_transaction {entry}", message)


def leg_counts() -> Iterator[Problem]:
    """Every entry has all its legs, and every leg its entry."""
    for entry, wanted, found, last in select(
        "SELECT head.id, head.leg_count, coalesce(legs.found, 0), coalesce(legs.last, -1) "
        "FROM ledger_transaction AS head LEFT JOIN (SELECT transaction_id, count(*) AS found, "
        "max(position) AS last FROM ledger_leg GROUP BY transaction_id) AS legs "
        "ON legs.transaction_id = head.id WHERE coalesce(legs.found, 0) <> head.leg_count "
        "OR coalesce(legs.last, -1) <> head.leg_count - 1 ORDER BY head.id"
    ):
        message = f"it has {found} legs up to position {last}, its head says {wanted}"
        yield Problem("leg_count", f"ledger_transaction {entry}", message)
    for entry, position in select(
        "SELECT leg.transaction_id, leg.position FROM ledger_leg AS leg LEFT JOIN "
        "ledger_transaction AS head ON head.id = leg.transaction_id WHERE head.id IS NULL "
        "ORDER BY 1, 2"
    ):
        yield Problem("leg_count", f"ledger_leg {entry}/{position}", "it has no head")


def balances() -> Iterator[Problem]:
    """Every purse is the sum of the legs of its member's accounts."""
    for kind, column in PURSE_KINDS.items():
        sign = "-" if kind is Kind.MEMBER_DEBT else ""
        for member, kept, summed in select(
            "SELECT member, sum(kept), sum(summed) FROM ("  # noqa: S608 (own names)
            f"SELECT member, {column} AS kept, 0 AS summed FROM ledger_purse UNION ALL "
            f"SELECT owner, 0, {sign}sum(amount) FROM ledger_leg WHERE kind = {int(kind)} "
            "GROUP BY owner) AS both_sides GROUP BY member "
            "HAVING sum(kept) <> sum(summed) ORDER BY member"
        ):
            message = f"{column} says {int(kept)}, its legs sum to {int(summed)}"
            yield Problem("purse", f"ledger_purse {member}", message)


def pool_accounts() -> Iterator[Problem]:
    """The ledger's pool account is A, the issued points are −S, Σ points of lots is S."""
    sums = "SELECT coalesce(sum(amount), 0) FROM ledger_leg WHERE kind = %s AND owner = pool.id"
    lots = (
        "SELECT coalesce(sum(remaining_units), 0) FROM settlement_lot AS lot "
        "WHERE lot.pool_id = pool.id"
    )
    for code, pool_fen, account_fen, units, issued, held in select(
        f"SELECT code, pool_fen, a, outstanding_units, i, h FROM (SELECT pool.code, pool.pool_fen, "  # noqa: S608
        f"({sums}) AS a, pool.outstanding_units, ({sums}) AS i, ({lots}) AS h "
        "FROM settlement_pool AS pool) AS pools "
        "WHERE a <> pool_fen OR i <> -outstanding_units OR h <> outstanding_units ORDER BY code",
        int(Kind.POOL),
        int(Kind.ISSUED),
    ):
        for name, row, found in (
            ("pool_account", pool_fen, account_fen),
            ("points_issued", units, -issued),
            ("points_of_lots", units, held),
        ):
            if int(row) != int(found):
                message = f"the pool's row says {row}, summed up it is {int(found)}"
                yield Problem(name, f"settlement_pool {code}", message)


def reserves() -> Iterator[Problem]:
    """What exits and refunds moved to and from the two reserves, as the pools count it."""
    for kind, column, sign in (
        (Kind.POOL_RESERVE, "pool_reserve_fen", 1),
        (Kind.REFUND_RESERVE, "refund_reserve_fen", -1),
    ):
        for account, counted in select(
            "SELECT a, c FROM (SELECT (SELECT coalesce(sum(amount), 0) FROM ledger_leg "  # noqa: S608
            f"WHERE kind = %s AND transaction_id >= %s) AS a, (SELECT coalesce(sum({column}), 0) "
            "FROM settlement_pool) AS c) AS sums WHERE a <> %s * c",
            int(kind),
            SETTLED_FROM,
            sign,
        ):
            message = f"the pools count {int(counted)}, the account has {int(account)}"
            yield Problem("reserve", f"ledger account {Account(kind).code}", message)


def member_points() -> Iterator[Problem]:
    """Σ points legs of a member is what is left in the member's lots."""
    for member, in_lots, in_legs in select(
        "SELECT member, sum(lots), sum(legs) FROM (SELECT member_id AS member, "
        "remaining_units AS lots, 0 AS legs FROM settlement_lot UNION ALL "
        "SELECT owner, 0, amount FROM ledger_leg WHERE kind = %s) AS both_sides "
        "GROUP BY member HAVING sum(lots) <> sum(legs) ORDER BY member",
        int(Kind.POINTS),
    ):
        message = f"lots hold {int(in_lots)} units, the legs sum to {int(in_legs)}"
        yield Problem("member_points", f"member {member}", message)


def lot_origins() -> Iterator[Problem]:
    """A lot names the event that opened it."""
    for lot in select(
        "SELECT lot.id FROM settlement_lot AS lot LEFT JOIN settlement_event AS event "
        "ON event.id = lot.id WHERE event.id IS NULL OR event.event_id <> lot.event_id "
        "OR event.happened_at <> lot.opened_at OR event.pool_id <> lot.pool_id "
        "OR event.member_id <> lot.member_id ORDER BY lot.id"
    ):
        message = "id, member, pool or moment differ from those of its event"
        yield Problem("lot", f"settlement_lot {lot[0]}", message)


CHECKS: dict[str, Callable[[], Iterator[Problem]]] = {
    "zero sum of every entry": zero_sums,
    "legs of every entry": leg_counts,
    "balances": balances,
    "pool accounts and points": pool_accounts,
    "reserves": reserves,
    "points of members": member_points,
    "origin of lots": lot_origins,
}
