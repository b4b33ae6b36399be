"""Checks over the whole journal and the projections beside it, each one query."""

from collections.abc import Iterator

from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.models import SETTLED_FROM
from zengzhi.records.ledger.purses import PURSE_KINDS
from zengzhi.verify.problem import Problem, select


def zero_sums() -> Iterator[Problem]:
    """The legs of every entry sum to zero per unit."""
    for entry, unit, total in select(
        "SELECT transaction_id, unit, sum(amount) FROM ledger_leg GROUP BY transaction_id, unit "
        "HAVING sum(amount) <> 0 ORDER BY transaction_id"
    ):
        message = f"its legs in unit {unit} sum to {int(total)}, not 0"
        yield Problem("ledger_transaction", str(entry), "", message)


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
        yield Problem("ledger_transaction", str(entry), "leg_count", message)
    for entry, position in select(
        "SELECT leg.transaction_id, leg.position FROM ledger_leg AS leg LEFT JOIN "
        "ledger_transaction AS head ON head.id = leg.transaction_id WHERE head.id IS NULL "
        "ORDER BY 1, 2"
    ):
        yield Problem("ledger_leg", f"{entry}/{position}", "", "the leg has no entry")


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
            message = f"is {int(kept)}, the member's legs sum to {int(summed)}"
            yield Problem("ledger_purse", str(member), column, message)


def purses_of_members() -> Iterator[Problem]:
    """A purse belongs to a member."""
    for (member,) in select(
        "SELECT purse.member FROM ledger_purse AS purse LEFT JOIN members_member AS m "
        "ON m.id = purse.member WHERE m.id IS NULL ORDER BY 1"
    ):
        yield Problem("ledger_purse", str(member), "member", "there is no such member")


def purses_missing() -> Iterator[Problem]:
    """A member whose accounts moved has a purse."""
    kinds = ", ".join(str(int(kind)) for kind in PURSE_KINDS)
    for (member,) in select(
        "SELECT DISTINCT leg.owner FROM ledger_leg AS leg LEFT JOIN ledger_purse AS purse "  # noqa: S608
        f"ON purse.member = leg.owner WHERE leg.kind IN ({kinds}) AND purse.member IS NULL "
        "ORDER BY 1"
    ):
        yield Problem("ledger_purse", str(member), "", "the purse is missing; its legs are there")


def pool_accounts() -> Iterator[Problem]:
    """The ledger's pool account is A, the issued points are −S, Σ points of lots is S."""
    sums = "SELECT coalesce(sum(amount), 0) FROM ledger_leg WHERE kind = %s AND owner = pool.id"
    lots = (
        "SELECT coalesce(sum(remaining_units), 0) FROM settlement_lot AS lot "
        "WHERE lot.pool_id = pool.id"
    )
    for key, pool_fen, account_fen, units, issued, held in select(
        f"SELECT id, pool_fen, a, outstanding_units, i, h FROM (SELECT pool.id, pool.pool_fen, "  # noqa: S608
        f"({sums}) AS a, pool.outstanding_units, ({sums}) AS i, ({lots}) AS h "
        "FROM settlement_pool AS pool) AS pools "
        "WHERE a <> pool_fen OR i <> -outstanding_units OR h <> outstanding_units ORDER BY id",
        int(Kind.POOL),
        int(Kind.ISSUED),
    ):
        for column, row, found in (
            ("pool_fen", pool_fen, account_fen),
            ("outstanding_units", units, -issued),
            ("outstanding_units", units, held),
        ):
            if row != found:
                yield Problem(
                    "settlement_pool", str(key), column, f"is {row}, its legs say {found}"
                )


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
            message = f"the pools count {counted}, {Account(kind).code} has {account}"
            yield Problem("settlement_pool", "", column, message)


def member_points() -> Iterator[Problem]:
    """Σ points legs of a member is what is left in the member's lots."""
    for member, in_lots, in_legs in select(
        "SELECT member, sum(lots), sum(legs) FROM (SELECT member_id AS member, "
        "remaining_units AS lots, 0 AS legs FROM settlement_lot UNION ALL "
        "SELECT owner, 0, amount FROM ledger_leg WHERE kind = %s) AS both_sides "
        "GROUP BY member HAVING sum(lots) <> sum(legs) ORDER BY member",
        int(Kind.POINTS),
    ):
        message = f"member {member}: lots hold {in_lots} units, the legs sum to {in_legs}"
        yield Problem("settlement_lot", "", "remaining_units", message)


def lot_origins() -> Iterator[Problem]:
    """A lot names the event that opened it, and says what that said."""
    said = (
        ("event_id", "event_id"),
        ("opened_at", "happened_at"),
        ("pool_id", "pool_id"),
        ("member_id", "member_id"),
    )
    for column, origin in said:
        for key, found, wanted in select(
            f"SELECT lot.id, lot.{column}, event.{origin} FROM settlement_lot AS lot "  # noqa: S608
            "LEFT JOIN settlement_event AS event ON event.id = lot.id "
            f"WHERE event.id IS NULL OR event.{origin} <> lot.{column} ORDER BY lot.id"
        ):
            message = f"is {found}, its event says {wanted}"
            yield Problem("settlement_lot", str(key), column, message)
