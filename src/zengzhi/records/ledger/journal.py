"""Post to the journal: the only place that writes entries and their legs.

Called inside the caller's database transaction; commits nothing itself. Single acts carry a keyed
digest and stay in the tail until the sealer has sealed them; settled events are sealed with the
batch of their pool. Purses are moved in the order of members (:mod:`.purses`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from struct import pack
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.ledger.chart import Account, Unit
from zengzhi.records.ledger.models import SETTLED_FROM, Transaction
from zengzhi.records.ledger.purses import InsufficientBalance as InsufficientBalance
from zengzhi.records.ledger.purses import PurseView as PurseView
from zengzhi.records.ledger.purses import lock_purses as lock_purses
from zengzhi.records.ledger.purses import move_few, move_purses
from zengzhi.records.ledger.purses import purse as purse
from zengzhi.records.ledger.purses import purses as purses
from zengzhi.records.ledger.sums import account_fen as account_fen
from zengzhi.records.ledger.sums import balance as balance
from zengzhi.records.store import clock, keys
from zengzhi.records.store.bulk import (
    Columns,
    Table,
    Texts,
    insertion,
    nullable,
    python_values,
)

TRANSACTIONS = Table(
    "ledger_transaction",
    (
        ("id", "int8"),
        ("kind", "text"),
        ("reference", "text"),
        ("happened_at", "time"),
        ("recorded_at", "time"),
        ("version", "text"),
        ("corrects", "int8"),
        ("leg_count", "int4"),
        ("step", "int2"),
        ("facts", "text"),
        ("mac", "text"),
    ),
)
TAIL = Table("ledger_tail", (("entry", "int8"),))
LEGS = Table(
    "ledger_leg",
    (
        ("transaction_id", "int8"),
        ("position", "int4"),
        ("kind", "int2"),
        ("owner", "int8"),
        ("unit", "int2"),
        ("amount", "int8"),
    ),
)

Head = tuple[Any, ...]
"""A row of TRANSACTIONS; moments as the database stores them."""
LegRow = tuple[int, int, int, int, int, int]
"""A row of LEGS."""


class Unbalanced(ZengzhiError):
    """The legs of an entry do not sum to zero: a defect, never a user's mistake."""

    code = "unbalanced"


@dataclass(slots=True)
class Entry:
    """A journal entry to be posted. Legs are (account, unit, amount)."""

    kind: str
    reference: str
    happened_at: datetime
    legs: list[tuple[Account, Unit, int]] = field(default_factory=list)
    version: str = ""
    corrects: int | None = None
    step: int = 0
    """Which act on this cause: (kind, reference, step) is posted once, the database sees to it."""
    values: Mapping[str, str | int | None] = field(default_factory=dict)
    """What of the cause can no longer change: sealed with the entry."""

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


def facts_text(values: Mapping[str, str | int | None]) -> str:
    """Frozen values as stored and sealed: canonical JSON, "" for none."""
    if not values:
        return ""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _check(entry: Entry) -> None:
    sums = dict.fromkeys(Unit, 0)
    for _account, unit, amount in entry.legs:
        sums[unit] += amount
    if any(sums.values()):
        raise Unbalanced(f"{entry.kind} {entry.reference}: {sums}")


def next_numbers(count: int) -> list[int]:
    """Numbers of the journal, taken in one go."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_NEXT_NUMBERS, [count])
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'ledger_number'")
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        cursor.execute(_TAKE_NUMBERS, [first, first + count - 1])
        return list(range(first, first + count))


_NEXT_NUMBERS = (
    "SELECT nextval(pg_get_serial_sequence('ledger_number', 'id')) FROM generate_series(1, %s)"
)
_TAKE_NUMBERS = (
    "WITH RECURSIVE taken(id) AS "
    "(SELECT %s UNION ALL SELECT id + 1 FROM taken WHERE id < %s) "
    "INSERT INTO ledger_number (id) SELECT id FROM taken"
)


def post(entries: Iterable[Entry]) -> list[int]:
    """Write entries and move the members' purses; returns the ids of those with legs.

    Errors: ``unbalanced``; ``insufficient_balance`` when a balance would go negative;
    ``IntegrityError`` for a second entry of one kind, reference and step.
    """
    entries = [entry for entry in entries if entry.legs]
    if not entries:
        return []
    for entry in entries:
        _check(entry)
    numbers = next_numbers(len(entries))
    legs = [
        (number, position, int(account.kind), account.owner, int(unit), amount)
        for number, entry in zip(numbers, entries, strict=True)
        for position, (account, unit, amount) in enumerate(entry.legs)
    ]
    moments = [entry.happened_at for entry in entries]
    recorded_at = clock.now()
    recorded_us, *happened_us = map(clock.microseconds, (recorded_at, *moments))
    if len(legs) > FEW_LEGS:
        post_columns(*_as_columns(entries, numbers, happened_us, recorded_us, legs))
        return numbers
    heads: list[Head] = []
    first, stored = 0, connection.ops.adapt_datetimefield_value
    for number, entry, at_us in zip(numbers, entries, happened_us, strict=True):
        facts, end = facts_text(entry.values), first + len(entry.legs)
        cause = number, entry.kind, entry.reference
        kept = entry.version, entry.corrects
        head = (*cause, entry.step, at_us, recorded_us, *kept, facts)
        mac = entry_mac(head, [leg[2:] for leg in legs[first:end]])
        times = stored(entry.happened_at), stored(recorded_at)
        heads.append((*cause, *times, *kept, end - first, entry.step, facts, mac))
        first = end
    post_few(heads, legs)
    return numbers


FEW_LEGS = 200
"""Up to so many legs one act is written by statements of plain values, more as columns."""


def post_few(heads: list[Head], legs: list[LegRow]) -> None:
    """Write the heads and legs of a few entries, as their tables have them, and move the purses
    of their members: the rows of :func:`post_columns`, in as few statements.

    Errors: ``insufficient_balance``.
    """
    waiting = [head[:1] for head in heads if head[0] < SETTLED_FROM]
    rows = [(TRANSACTIONS, heads), (LEGS, legs)]
    if connection.vendor != "postgresql":
        rows.reverse()
    with connection.cursor() as cursor:
        for table, values in (*rows, (TAIL, waiting)):
            if values:
                cursor.execute(insertion(table, len(values)), list(chain.from_iterable(values)))
        move_few(cursor, legs)


def _as_columns(
    entries: list[Entry],
    numbers: list[int],
    happened_us: list[int],
    recorded_us: int,
    legs: list[LegRow],
) -> tuple[Columns, Columns]:
    heads = {
        "id": np.array(numbers, np.int64),
        "kind": Texts([entry.kind for entry in entries]),
        "reference": Texts([entry.reference for entry in entries]),
        "happened_at": np.array(happened_us),
        "recorded_at": recorded_us,
        "version": Texts([entry.version for entry in entries]),
        "corrects": nullable([entry.corrects for entry in entries]),
        "leg_count": np.array([len(entry.legs) for entry in entries]),
        "step": np.array([entry.step for entry in entries]),
        "facts": Texts([facts_text(entry.values) for entry in entries]),
    }
    table = np.array(legs, np.int64)
    return heads, {name: table[:, place] for place, (name, _kind) in enumerate(LEGS.columns)}


def post_columns(heads: Columns, legs: Columns) -> None:
    """Write heads and legs given as columns, and move the purses of their members.

    The order is what the database's guards want: on SQLite the head seals its legs. Settled
    events are sealed with their pool's batch; every other entry goes into the tail.
    Errors: ``insufficient_balance``.
    """
    count = len(heads["id"])
    single = count > 0 and int(heads["id"][0]) < SETTLED_FROM
    if single:
        heads = {"step": 0, "facts": "", **heads}
        heads["mac"] = Texts(_macs(heads, legs, count))
    tables = [(TRANSACTIONS, heads, count), (LEGS, legs, len(legs["amount"]))]
    for table, columns, rows in tables if connection.vendor == "postgresql" else tables[::-1]:
        table.insert(columns, rows)
    if single:
        TAIL.insert({"entry": heads["id"]}, count)
    move_purses(legs)


HEAD_KINDS = dict(TRANSACTIONS.columns)
SEALED_HEAD = (
    "id",
    "kind",
    "reference",
    "step",
    "happened_at",
    "recorded_at",
    "version",
    "corrects",
    "facts",
)
"""What of a head its keyed digest covers, in this order; then its legs."""
SEALED_LEG = ("kind", "owner", "unit", "amount")


def entry_mac(head: tuple[Any, ...], legs: Iterable[Sequence[int]]) -> str:
    """The keyed digest of an entry: ``head`` as SEALED_HEAD (moments in microseconds), ``legs``
    its rows of SEALED_LEG in the order of their positions."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    numbers = list(chain.from_iterable(legs))
    said = text.encode() + b"\n" + pack(f"<{len(numbers)}q", *numbers)
    return keys.digester(settings.DIGEST_KEY_FILE)(said).hex()


def _macs(heads: Columns, legs: Columns, count: int) -> list[str]:
    columns = [_plain(heads[name], HEAD_KINDS[name], count) for name in SEALED_HEAD]
    table = np.stack([np.asarray(legs[name], np.int64) for name in SEALED_LEG], axis=1)
    ends = np.cumsum(np.asarray(heads["leg_count"]))
    rows = zip(*columns, strict=True)
    return [
        entry_mac(head, table[end - legs_of : end].tolist())
        for head, end, legs_of in zip(
            rows, ends.tolist(), np.asarray(heads["leg_count"]).tolist(), strict=True
        )
    ]


def _plain(column: Any, kind: str, count: int) -> list[Any]:
    """A column as plain integers and texts, moments in microseconds."""
    if kind == "time":
        return python_values("int8", column, count)
    return python_values(kind, column, count)


def next_step(kind: str, reference: str) -> int:
    """The step after those that a cause has: for acts that a cause can have many of, under the
    lock of the cause."""
    return Transaction.objects.filter(kind=kind, reference=reference, pk__lt=SETTLED_FROM).count()


def record(entry: Entry) -> int:
    """Post one entry in a transaction of its own or in the caller's."""
    with transaction.atomic():
        return post([entry])[0]
