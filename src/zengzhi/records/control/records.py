"""Write and read control records (see :class:`zengzhi.records.control.models.Record`).

A record is written in the transaction of the row's own write, after it, from what the database
then says. A write that changes nothing that is kept makes no new version. Two writers of one row
meet at its lock; the database refuses a version twice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, models, transaction
from django.db.models import Max

from zengzhi.records.control import canonical
from zengzhi.records.control.canonical import Value
from zengzhi.records.control.models import Record, Tail
from zengzhi.records.control.sealing import declared
from zengzhi.records.store import clock, keys
from zengzhi.records.store.bulk import microseconds, moment

CHUNK = 500
"""Rows read or written at once: below SQLite's limit of parameters."""
GONE = "null"
FORM = 1
"""The version of the sealed form of control records."""
UNREADABLE = "(unreadable)"


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


def note_rows(model: type[models.Model], pks: Sequence[Any]) -> int:
    """Record the rows of a model as they are now, deleted ones as gone; how many versions.

    Call it in the transaction of the write, after it.
    """
    if declared(model) is None:
        return 0
    table, written = model._meta.db_table, 0
    for start in range(0, len(pks), CHUNK):
        part = list(dict.fromkeys(pks[start : start + CHUNK]))
        rows = rows_now(model, part)
        texts = {str(pk): GONE for pk in part}
        texts.update({key: canonical.text_of(values) for key, values in rows.items()})
        written += _write(table, texts)
    return written


def note_all(model: type[models.Model]) -> int:
    """Record every row of a model: for migrations that fill a table past the ORM."""
    return note_rows(model, list(model._base_manager.values_list("pk", flat=True)))


def note_new(model: type[models.Model]) -> int:
    """Record the rows of a model that have no record yet: for rows that Django makes itself."""
    known = Record.objects.filter(of_table=model._meta.db_table).values_list("row_key", flat=True)
    keys = {str(pk): pk for pk in model._base_manager.values_list("pk", flat=True)}
    return note_rows(model, [keys[key] for key in keys.keys() - set(known)])


def _write(table: str, texts: dict[str, str]) -> int:
    newest = {record.row_key: record for record in latest(table, list(texts))}
    at = clock.now()
    made = []
    for key, text in texts.items():
        before = newest.get(key)
        if (before is None and text == GONE) or (before is not None and before.content == text):
            continue
        record = Record(
            of_table=table,
            row_key=key,
            version=before.version + 1 if before else 1,
            at=at,
            content=text,
        )
        record.mac = mac_of(record)
        made.append(record)
    if made:
        with transaction.atomic():
            Record.objects.bulk_create(made)
            Tail.objects.bulk_create([Tail(record_id=record.pk) for record in made])
    return len(made)


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


def mac_of(record: Record | Sealed) -> str:
    """The keyed digest over everything a record says but its number."""
    table = record.of_table if isinstance(record, Record) else record.table
    key = record.row_key if isinstance(record, Record) else record.key
    head = [table, key, record.version, microseconds(record.at)]
    return keys.digest(f"control.record:{canonical.text_of(head)}{record.content}".encode())


def rows_now(model: type[models.Model], pks: Sequence[Any]) -> dict[str, dict[str, Value]]:
    """Key → what a control record of the row would say now."""
    return dict(_rows(model._base_manager.filter(pk__in=pks)))


def all_rows(model: type[models.Model]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Every row of a model as its control record would say it, in the order of keys."""
    yield from _rows(model._base_manager.order_by("pk"))


def _rows(rows: Any) -> Iterator[tuple[str, dict[str, Value]]]:
    """What somebody wrote past every rule may not even be readable: such a row is read column by
    column, so that it can be named."""
    model = rows.model
    mine = declared(model)
    assert mine is not None  # noqa: S101
    fields = mine.kept(model)
    names = [item.attname for item in fields]
    table = model._meta.db_table
    try:
        found = list(rows.values_list("pk", *names))
    except (DatabaseError, ValueError, TypeError):
        found = list(_one_by_one(rows, names))
    for key, *values in found:
        yield (
            str(key),
            {
                str(item.column): (
                    canonical.personal(table, str(item.column), value)
                    if item.name in mine.personal
                    else canonical.plain(value)
                )
                for item, value in zip(fields, values, strict=True)
            },
        )


def _one_by_one(rows: Any, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for pk in rows.values_list("pk", flat=True):
        row = rows.model._base_manager.filter(pk=pk)
        yield (pk, *(_readable(row, name) for name in names))


def _readable(row: Any, name: str) -> Any:
    try:
        with transaction.atomic():
            return row.values_list(name, flat=True)[0]
    except (DatabaseError, ValueError, TypeError):
        return UNREADABLE


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
