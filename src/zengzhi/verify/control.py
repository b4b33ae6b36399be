"""Control records against the rows they speak of, both ways, and against themselves."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import DatabaseError, models, transaction

from zengzhi.records.control import records
from zengzhi.records.control.models import Record, Tail
from zengzhi.records.control.sealing import Value, adopted, all_rows, declared
from zengzhi.verify.problem import Problem

RECORD, TAIL = Record._meta.db_table, Tail._meta.db_table
CHUNK = 500


def sealed_models() -> list[type[models.Model]]:
    """Every model whose rows have control records, in the order of tables."""
    ours = {*apps.get_models(), *adopted}
    kept = [model for model in ours if (what := declared(model)) and what.kept(model)]
    return sorted(kept, key=lambda model: model._meta.db_table)


def rows_against_records(model: type[models.Model]) -> Iterator[Problem]:
    """A row says what its newest control record says; none is missing, none came by itself."""
    table = model._meta.db_table
    kept = {record.row_key: record for record in readable(records.latest(table))}
    for key, found in all_rows(model):
        record = kept.pop(key, None)
        said = _content(record) if record else None
        if record is None:
            yield Problem(table, key, "", "the row has no control record: it was not made by us")
        elif said is None:
            yield Problem(table, key, "", "the row is there, its control record says deleted")
        else:
            yield from _differences(table, key, said, found)
    for key, record in kept.items():
        if _content(record) is not None:
            yield Problem(table, key, "", "the row is missing; its control record is there")


def _differences(
    table: str, key: str, said: dict[str, Value], found: dict[str, Value]
) -> Iterator[Problem]:
    for column, before, now in records.differences(said, found):
        if any(isinstance(value, str) and value.startswith("hmac:") for value in (before, now)):
            message = "is not what its control record has the digest of"
        else:
            message = f"is {now!r}, its control record says {before!r}"
        yield Problem(table, key, column, message)


def _content(record: Record) -> dict[str, Value] | None:
    try:
        return records.values_of(record.content)
    except ValueError:
        return {}  # the digest of the record is wrong too, and named


def readable(rows: Iterable[Record]) -> Iterator[Record]:
    """Records one by one where somebody wrote what cannot be read; those are left to
    :func:`digests`."""
    try:
        with transaction.atomic():
            found = list(rows)
    except (DatabaseError, ValueError, TypeError):
        keys = rows.values_list("pk", flat=True)  # type: ignore[attr-defined]
        found = [row for pk in keys if (row := _read(pk)) is not None]
    yield from found


def _read(pk: int) -> Record | None:
    try:
        with transaction.atomic():
            return Record.objects.get(pk=pk)
    except (DatabaseError, ValueError, TypeError):
        return None


def digests() -> Iterator[Problem]:
    """The keyed digest of each record fits, and the versions of a row have no gap."""
    seen: dict[tuple[str, str], list[int]] = {}
    keys = list(Record.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        found = {row.pk: row for row in readable(Record.objects.filter(pk__in=part))}
        for pk in part:
            record = found.get(pk)
            if record is None or not _fits(record):
                yield Problem(RECORD, str(pk), "mac", "the keyed digest does not fit the record")
            if record is not None:
                seen.setdefault((record.of_table, record.row_key), []).append(record.version)
    for (table, key), versions in seen.items():
        if sorted(versions) != list(range(1, len(versions) + 1)):
            message = f"{table} {key} has the versions {sorted(versions)}: one is missing"
            yield Problem(RECORD, _id_of(table, key), "version", message)


def _fits(record: Record) -> bool:
    try:
        return records.fits(record)
    except (TypeError, ValueError, AttributeError):
        return False


def _id_of(table: str, key: str) -> str:
    newest = Record.objects.filter(of_table=table, row_key=key).order_by("-version")
    return str(newest.values_list("pk", flat=True).first())


SEALED_FIELDS = (
    ("of_table", "table"),
    ("row_key", "key"),
    ("version", "version"),
    ("at", "at"),
    ("content", "content"),
    ("mac", "mac"),
)
"""Column → its name in the sealed form."""


def against_sealed(sealed: Iterable[records.Sealed]) -> Iterator[Problem]:
    """Every sealed record is there as it was sealed, and each other one is in the tail, once."""
    waiting = set(Tail.objects.values_list("pk", flat=True))
    done: set[int] = set()
    part: list[records.Sealed] = []
    for row in sealed:
        done.add(row.id)
        part.append(row)
        if len(part) == CHUNK:
            yield from _part_against_sealed(part)
            part = []
    yield from _part_against_sealed(part)
    there = set(Record.objects.values_list("pk", flat=True))
    for pk in sorted(there - done - waiting):
        yield Problem(RECORD, str(pk), "id", "is in no sealed batch and not in the tail")
    for pk in sorted(waiting & done):
        yield Problem(TAIL, str(pk), "record_id", "the record is sealed already")
    for pk in sorted(waiting - there):
        yield Problem(TAIL, str(pk), "record_id", "there is no such control record")


def _part_against_sealed(part: list[records.Sealed]) -> Iterator[Problem]:
    found = {
        row.pk: row for row in readable(Record.objects.filter(pk__in=[row.id for row in part]))
    }
    for row in part:
        record = found.get(row.id)
        if record is None:
            message = f"the record of {row.table} {row.key} v{row.version} is missing; it is sealed"
            yield Problem(RECORD, str(row.id), "", message)
            continue
        for column, name in SEALED_FIELDS:
            if getattr(record, column) != getattr(row, name):
                yield Problem(RECORD, str(row.id), column, "is not what the sealed batch says")
