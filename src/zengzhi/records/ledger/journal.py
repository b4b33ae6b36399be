"""Post to the journal: the only place that writes transactions, legs and balances.

Called inside the caller's database transaction; commits nothing itself. Balances are changed in
the order of (kind, owner), so that two postings never wait for each other crosswise.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.bulk import insert_rows
from zengzhi.records.ledger.accounts import Account, Kind, Unit
from zengzhi.records.ledger.models import Balance, Leg, Number, Transaction

BALANCE_KINDS = frozenset(
    {
        Kind.MEMBER_PENDING,
        Kind.MEMBER_AVAILABLE,
        Kind.MEMBER_RESERVED,
        Kind.MEMBER_DEBT,
        Kind.COINS,
        Kind.CLAIM,
    }
)
TRANSACTION_COLUMNS = (
    "id",
    "kind",
    "reference",
    "happened_at",
    "recorded_at",
    "version",
    "corrects",
    "leg_count",
)
LEG_COLUMNS = ("transaction_id", "position", "kind", "owner", "unit", "amount")


class Unbalanced(ZengzhiError):
    """The legs of an entry do not sum to zero: a defect, never a user's mistake."""

    code = "unbalanced"


class InsufficientBalance(ZengzhiError):
    """A member's balance is smaller than what would be taken from it."""

    code = "insufficient_balance"


@dataclass(slots=True)
class Entry:
    """A journal entry to be posted. Legs are (account, unit, amount)."""

    kind: str
    reference: str
    happened_at: datetime
    legs: list[tuple[Account, Unit, int]] = field(default_factory=list)
    version: str = ""
    id: int | None = None
    """Given for settled events; else the next number of the journal."""
    corrects: int | None = None

    def money(self, account: Account, fen: int) -> "Entry":
        """Add a leg in fen; a zero leg is left out."""
        if fen:
            self.legs.append((account, Unit.CNY, fen))
        return self

    def points(self, account: Account, units: int) -> "Entry":
        """Add a leg in point units; a zero leg is left out."""
        if units:
            self.legs.append((account, Unit.POINT, units))
        return self


def _check(entry: Entry) -> None:
    sums = dict.fromkeys(Unit, 0)
    for _account, unit, amount in entry.legs:
        sums[unit] += amount
    if any(sums.values()):
        raise Unbalanced(f"{entry.kind} {entry.reference}: {sums}")


def _next_number() -> int:
    return int(Number.objects.create().pk)


def post(entries: Iterable[Entry]) -> list[int]:
    """Write entries and move the members' balances; returns the ids of those with legs.

    Errors: ``unbalanced``; ``insufficient_balance`` when a balance would go negative.
    """
    entries = [entry for entry in entries if entry.legs]
    if not entries:
        return []
    recorded_at = timezone.now()
    deltas: dict[Account, int] = defaultdict(int)
    heads = []
    legs = []
    for entry in entries:
        _check(entry)
        entry.id = _next_number() if entry.id is None else entry.id
        heads.append(
            (
                entry.id,
                entry.kind,
                entry.reference,
                entry.happened_at,
                recorded_at,
                entry.version,
                entry.corrects,
                len(entry.legs),
            )
        )
        for position, (account, unit, amount) in enumerate(entry.legs):
            legs.append((entry.id, position, int(account.kind), account.owner, int(unit), amount))
            if account.kind in BALANCE_KINDS:
                deltas[account] += amount
    write_rows(heads, legs)
    move_balances(deltas)
    return [row[0] for row in heads]


def write_rows(heads: Sequence[Sequence[object]], legs: Sequence[Sequence[object]]) -> None:
    """Heads and legs in the order the database's guards want: on SQLite the head seals."""
    if connection.vendor == "postgresql":
        insert_rows(Transaction, TRANSACTION_COLUMNS, heads)
        insert_rows(Leg, LEG_COLUMNS, legs)
    else:
        insert_rows(Leg, LEG_COLUMNS, legs)
        insert_rows(Transaction, TRANSACTION_COLUMNS, heads)


def move_balances(deltas: dict[Account, int]) -> None:
    """Add to members' balances, in the order of (kind, owner). The database refuses a negative
    one. Errors: ``insufficient_balance``."""
    moved = [(account, deltas[account]) for account in sorted(deltas) if deltas[account]]
    if not moved:
        return
    table = connection.ops.quote_name(Balance._meta.db_table)
    try:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} (kind, owner, amount) VALUES (%s, %s, 0) "  # noqa: S608
                "ON CONFLICT (kind, owner) DO NOTHING",
                [(int(account.kind), account.owner) for account, _amount in moved],
            )
            cursor.executemany(
                f"UPDATE {table} SET amount = amount + %s WHERE kind = %s AND owner = %s",  # noqa: S608
                [(amount, int(account.kind), account.owner) for account, amount in moved],
            )
    except IntegrityError as error:
        raise InsufficientBalance("the balance is smaller than what would be taken") from error


def balance(account: Account) -> int:
    """The running balance of a member's account, in fen."""
    row = Balance.objects.filter(kind=int(account.kind), owner=account.owner).first()
    return row.amount if row else 0


def record(entry: Entry) -> int:
    """Post one entry in a transaction of its own or in the caller's."""
    with transaction.atomic():
        return post([entry])[0]
