"""Sealed batches: appended to the chain of their stream, with a keyed digest and their nets.

``head`` = SHA-256 over the previous head and the payload. Who appends holds what orders the stream:
the lock on the pool's row for ``pool:<code>``, the sealer's own lock for ``acts`` and ``control``;
a number taken twice is refused by the database.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

import numpy as np
from django.conf import settings
from django.db import connection

from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import ROW_ID_SHIFT, Batch
from zengzhi.records.ledger.purses import PURSE_KINDS
from zengzhi.records.store import clock, keys
from zengzhi.records.store.bulk import Array, Columns, Table, insertion

GENESIS = "0" * 64
"""The head before the first batch."""
HOUR_US = 3_600_000_000
IN_PURSES = [*(int(each) for each in PURSE_KINDS), int(Kind.POINTS)]
"""The kinds of members' accounts."""
NETS = Table(
    "ledger_net",
    (
        ("stream", "text"),
        ("number", "int8"),
        ("day", "date"),
        ("kind", "int2"),
        ("owner", "int8"),
        ("unit", "int2"),
        ("amount", "int8"),
    ),
)
NETS_AT_ONCE = 100
ACTS, CONTROL = "acts", "control"
"""The streams of single acts and of control records."""


def stream_of(code: str) -> str:
    """The stream of a pool's sealed batches."""
    return f"pool:{code}"


def row_id(pool_pk: int, sequence: int) -> int:
    """The id of a pool's event, of its journal entry and of the lot it opened; sequences start
    at 1."""
    return (pool_pk << ROW_ID_SHIFT) + sequence


@dataclass(frozen=True, slots=True)
class Link:
    """Where a stream stands: how many batches, and the last one's head."""

    number: int = 0
    head: str = GENESIS


def seal_head(previous: str, payload: bytes) -> str:
    """The new head: SHA-256 over the previous head and the bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + payload).hexdigest()


def batch_mac(
    stream: str, number: int, kind: str, first: int, count: int, head: str, sealed_at: datetime
) -> str:
    """The keyed digest of a batch: nobody without the key appends one."""
    said = [stream, number, kind, first, count, head, clock.microseconds(sealed_at)]
    return keys.digester(settings.DIGEST_KEY_FILE)(json.dumps(said).encode()).hex()


def last_link(stream: str) -> Link:
    """The last batch of a stream."""
    row = Batch.objects.filter(stream=stream).order_by("-number").values_list("number", "head")
    found = row.first()
    return Link(*found) if found else Link()


def append(
    after: Link,
    stream: str,
    kind: str,
    first: int,
    count: int,
    payload: bytes,
    sealed_at: datetime,
) -> Link:
    """Append a batch to its stream, in the caller's transaction."""
    number, head = after.number + 1, seal_head(after.head, payload)
    mac = batch_mac(stream, number, kind, first, count, head, sealed_at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batch (stream, number, kind, first, count, payload, previous, "
            "head, mac, sealed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                stream,
                number,
                kind,
                first,
                count,
                payload,
                after.head,
                head,
                mac,
                connection.ops.adapt_datetimefield_value(sealed_at),
            ],
        )
    return Link(number, head)


def days_of(happened_us: Array) -> list[date]:
    """The local day of each moment (zones change by whole hours, so an hour decides)."""
    hours, places = np.unique(np.asarray(happened_us) // HOUR_US, return_inverse=True)
    days = [clock.day_of(clock.moment(hour * HOUR_US)) for hour in hours.tolist()]
    return [days[place] for place in places.tolist()]


def nets_of(legs: Columns, days: Iterable[date]) -> dict[tuple[date, int, int, int], int]:
    """Σ legs by (day, kind, owner, unit); members' accounts under owner 0. ``days``: of each
    leg's entry."""
    ordinals = np.array([day.toordinal() for day in days], np.int64)
    kind = np.asarray(legs["kind"], np.int64)
    in_purse = np.isin(kind, IN_PURSES)
    owner = np.where(in_purse, 0, np.asarray(legs["owner"], np.int64))
    keys_of = np.stack([ordinals, kind, owner, np.asarray(legs["unit"], np.int64)], axis=1)
    found, places = np.unique(keys_of, axis=0, return_inverse=True)
    sums = np.zeros(len(found), np.int64)
    np.add.at(sums, places.reshape(-1), np.asarray(legs["amount"], np.int64))
    return {
        (date.fromordinal(row[0]), *row[1:]): fen
        for row, fen in zip(found.tolist(), sums.tolist(), strict=True)
        if fen
    }


def write_nets(stream: str, number: int, nets: dict[tuple[date, int, int, int], int]) -> None:
    """The nets of a batch; the database refuses them where a unit does not sum to zero."""
    stored = connection.ops.adapt_datefield_value
    rows = [
        (stream, number, stored(day), kind, owner, unit, amount)
        for (day, kind, owner, unit), amount in sorted(nets.items())
    ]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), NETS_AT_ONCE):
            part = rows[start : start + NETS_AT_ONCE]
            cursor.execute(insertion(NETS, len(part)), list(chain.from_iterable(part)))


def nets_of_few(legs: Iterable[Sequence[int]], day: date) -> dict[tuple[date, int, int, int], int]:
    """:func:`nets_of` for the legs of one day, rows that end in kind, owner, unit and amount."""
    nets: dict[tuple[date, int, int, int], int] = {}
    for *_entry, kind, owner, unit, amount in legs:
        account = day, kind, 0 if kind in IN_PURSES else owner, unit
        nets[account] = nets.get(account, 0) + amount
    return {account: amount for account, amount in nets.items() if amount}
