"""Read control records (see :class:`zengzhi.records.control.models.Record`): the newest of each
row, and those that go into a sealed batch, as its bytes say them. They are written by
:mod:`zengzhi.records.control.sealing`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Max

from zengzhi.records.control.models import Record, Tail
from zengzhi.records.control.sealing import CHUNK, Value, mac_of, note_rows
from zengzhi.records.store.clock import microseconds, moment

FORM = 1
"""The version of the sealed form of control records."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A control record as a sealed batch holds it."""

    id: int
    table: str
    key: str
    version: int
    at: datetime
    content: str
    mac: str


def note_new(model: type[models.Model]) -> None:
    """Record the rows of a model that have no record yet: for rows that Django makes itself."""
    known = Record.objects.filter(of_table=model._meta.db_table).values_list("row_key", flat=True)
    keys = {str(pk): pk for pk in model._base_manager.values_list("pk", flat=True)}
    note_rows(model, [keys[key] for key in keys.keys() - set(known)])


def latest(table: str, row_keys: Sequence[str] | None = None) -> Iterable[Record]:
    """The newest record of each row of a table, or of some of its rows."""
    mine = Record.objects.filter(of_table=table)
    if row_keys is not None:
        mine = mine.filter(row_key__in=row_keys)
    newest = (
        Record.objects.filter(of_table=table, row_key=models.OuterRef("row_key"))
        .order_by()
        .values("row_key")
        .annotate(newest=Max("version"))
        .values("newest")
    )
    return mine.filter(version=models.Subquery(newest))


def fits(record: Record | Sealed) -> bool:
    """Whether the keyed digest of a record is that of all it says."""
    table = record.of_table if isinstance(record, Record) else record.table
    key = record.row_key if isinstance(record, Record) else record.key
    at_us = microseconds(record.at)
    return record.mac == mac_of(table, key, record.version, at_us, record.content)


def values_of(text: str) -> dict[str, Value] | None:
    """What a record says by column; ``None`` of a row that is gone."""
    values: dict[str, Value] | None = json.loads(text)
    return values


def differences(
    kept: Mapping[str, Value], found: Mapping[str, Value]
) -> list[tuple[str, Value, Value]]:
    """(column, kept, found) of every column that differs, by name."""
    absent = "(absent)"
    return [
        (name, kept.get(name, absent), found.get(name, absent))
        for name in sorted({*kept, *found})
        if not _same(kept.get(name, absent), found.get(name, absent))
    ]


def _same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and one == other


def unsealed(limit: int) -> list[Sealed]:
    """The oldest control records that are in no sealed batch yet, by number."""
    ids = list(Tail.objects.order_by("pk").values_list("pk", flat=True)[:limit])
    return sealed_form(Record.objects.filter(pk__in=ids).order_by("pk"))


def sealed_form(records: Iterable[Record]) -> list[Sealed]:
    """Records as a batch holds them."""
    return [
        Sealed(
            record.pk,
            record.of_table,
            record.row_key,
            record.version,
            record.at,
            record.content,
            record.mac,
        )
        for record in records
    ]


def mark_sealed(ids: Sequence[int]) -> int:
    """Take records out of the tail; how many were in it. Whoever seals calls it in the transaction
    of the batch and goes on only if all of them were."""
    gone = 0
    for start in range(0, len(ids), CHUNK):
        gone += Tail.objects.filter(pk__in=ids[start : start + CHUNK]).delete()[0]
    return gone


def tail() -> tuple[int, datetime | None]:
    """How many control records no batch has sealed yet, and when the oldest was written."""
    first = Tail.objects.aggregate(first=models.Min("pk"))["first"]
    oldest = Record.objects.filter(pk=first).values_list("at", flat=True).first()
    return Tail.objects.count(), oldest


_HEAD = struct.Struct(">BI")
_FIXED = struct.Struct(">qIqHHI32s")


def encode(records: Iterable[Sealed]) -> bytes:
    """The sealed bytes of control records: a version byte, their number, then each.

    >>> encode([]).hex()
    '0100000000'
    """
    rows = list(records)
    parts = [_HEAD.pack(FORM, len(rows))]
    for row in rows:
        texts = [text.encode() for text in (row.table, row.key, row.content)]
        fixed = _FIXED.pack(
            row.id, row.version, microseconds(row.at), *map(len, texts), bytes.fromhex(row.mac)
        )
        parts += [fixed, *texts]
    return b"".join(parts)


def decode(payload: bytes) -> list[Sealed]:
    """The inverse of :func:`encode`. Errors: ``ValueError`` for bytes of another form."""
    form, count = _HEAD.unpack_from(payload)
    if form != FORM:
        raise ValueError(f"control records of form {form}: this version reads form {FORM}")
    place, rows = _HEAD.size, []
    for _number in range(count):
        number, version, at_us, *lengths, mac = _FIXED.unpack_from(payload, place)
        place += _FIXED.size
        texts = []
        for length in lengths:
            texts.append(payload[place : place + length].decode())
            place += length
        table, key, content = texts
        rows.append(Sealed(number, table, key, version, moment(at_us), content, mac.hex()))
    if place != len(payload):
        raise ValueError("control records: bytes are left over")
    return rows
