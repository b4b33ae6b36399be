"""An account explained by its parts: what came and what went, by the kind of the entries behind it.

The parts are read from the legs; what the account holds is read from the running totals and purses
(:mod:`.sums`). Both are the same to the fen, and every kind has words, or the account is not
explained.
"""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.kinds import ENTRY_KINDS, kind_label
from zengzhi.records.ledger.sums import balance

_PARTS = (
    "SELECT head.kind, CASE WHEN leg.amount < 0 THEN -1 ELSE 1 END AS sign, "
    "count(DISTINCT leg.transaction_id), sum(leg.amount) FROM ledger_leg AS leg "
    "LEFT JOIN ledger_transaction AS head ON head.id = leg.transaction_id "
    "WHERE leg.kind = %s AND leg.owner = %s AND leg.unit = %s AND leg.amount <> 0 "
    "GROUP BY 1, 2 ORDER BY 2 DESC, 1"
)


class AccountPart(NamedTuple):
    """What entries of one kind brought, or took: ``fen`` is negative for what went."""

    kind: str
    entries: int
    fen: int

    @property
    def name(self) -> str:
        """The kind in words, "" for one that has none."""
        return kind_label(self.kind) if self.kind in ENTRY_KINDS else ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An account, what it holds, and its parts."""

    account: Account
    fen: int
    parts: tuple[AccountPart, ...]

    @property
    def unexplained_fen(self) -> int:
        """What the account holds and no named part brought or took."""
        return self.fen - sum(part.fen for part in self.parts if part.name)

    @property
    def complete(self) -> bool:
        """Whether every part has a name and they sum to what the account holds."""
        return self.unexplained_fen == 0 and all(part.name for part in self.parts)


def explain(account: Account) -> Explanation:
    """The parts of an account of money; call it in one picture of the database.

    Errors: ``ValueError`` for an account of points.
    """
    if account.kind in (Kind.ISSUED, Kind.POINTS):
        raise ValueError(f"{account.code} holds points, not money")
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [int(account.kind), account.owner, int(Unit.CNY)])
        rows = cursor.fetchall()
    parts = tuple(AccountPart(kind or "", count, int(fen)) for kind, _sign, count, fen in rows)
    return Explanation(account, balance(account), parts)
