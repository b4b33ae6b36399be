"""What accounts hold, without reading their legs: purses of members, running totals of the others.

A shared account (platform, dividend pool, reserves …) is the sum of its days, of the nets of the
batches that the sealer has not added up yet, and of the tail that no batch has sealed. One
statement reads all three, so that a sealer at work changes nothing.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import connection

from zengzhi.records.ledger.chart import Account, Unit
from zengzhi.records.ledger.purses import PURSE_KINDS, purse
from zengzhi.records.store import clock

_SUM = (
    "SELECT coalesce(sum(amount), 0) FROM ("
    "SELECT amount FROM ledger_accountday "
    "WHERE kind = %(kind)s AND owner = %(owner)s AND unit = %(unit)s {before_day} "
    "UNION ALL SELECT net.amount FROM ledger_net AS net "
    "LEFT JOIN ledger_rolled AS rolled ON rolled.stream = net.stream "
    "WHERE net.number > coalesce(rolled.number, 0) "
    "AND net.kind = %(kind)s AND net.owner = %(owner)s AND net.unit = %(unit)s {before_day} "
    "UNION ALL SELECT leg.amount FROM ledger_tail AS tail "
    "JOIN ledger_leg AS leg ON leg.transaction_id = tail.entry {head} "
    "WHERE leg.kind = %(kind)s AND leg.owner = %(owner)s AND leg.unit = %(unit)s {before_moment}"
    ") AS parts"
)
ALL = _SUM.format(before_day="", head="", before_moment="")
BEFORE = _SUM.format(
    before_day="AND day < %(day)s",
    head="JOIN ledger_transaction AS head ON head.id = tail.entry",
    before_moment="AND head.happened_at < %(moment)s",
)


def account_fen(account: Account, until: datetime | None = None, unit: Unit = Unit.CNY) -> int:
    """Σ legs of a shared account, all of them or those that happened before ``until``, which is
    the beginning of a day or the last microsecond of one.

    Errors: ``ValueError`` for another moment or a member's account.
    """
    if account.kind in PURSE_KINDS:
        raise ValueError(f"{account.code} is in a purse")
    asked: dict[str, int | str] = {
        "kind": int(account.kind),
        "owner": account.owner,
        "unit": int(unit),
    }
    if until is None:
        return _fen(ALL, asked)
    day = _day_that_begins(until)
    moment = str(connection.ops.adapt_datetimefield_value(clock.midnight(day)))
    return _fen(BEFORE, {**asked, "day": day.isoformat(), "moment": moment})


def _fen(statement: str, asked: Mapping[str, int | str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return int(cursor.fetchone()[0])


def _day_that_begins(until: datetime) -> date:
    for moment in (until, until + timedelta(microseconds=1)):
        day = clock.day_of(moment)
        if clock.midnight(day) == moment:
            return day
    raise ValueError(f"{until} is not the end of a day")


def balance(account: Account) -> int:
    """What an account holds now, in fen; a member's debt is negative."""
    column = PURSE_KINDS.get(account.kind)
    if column is None:
        return account_fen(account)
    fen: int = getattr(purse(account.owner), column)
    return -fen if column == "owed_fen" else fen
