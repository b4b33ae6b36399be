"""Models whose rows are sealed: every way the ORM writes one also writes its control record.

A model says of each of its columns what it is (:class:`Declared`): *sealed* (kept as it is),
*personal* (kept as a digest with the installation's key, so that it can be encrypted, rotated and
erased without touching what was sealed), *projection* (follows from something sealed, by the reason
given; a check of verify derives it again) or *free* (may change without a trace, by the reason
given). A column that nobody declared fails a test.

A record is written in the transaction of the row's own write, after it, from what the database
then says: canonical JSON by column, with a keyed digest over all of it. A write that changes
nothing that is kept makes no new version. Two writers of one row meet at its lock; the database
refuses a version twice. What writes rows past the ORM calls :func:`note_rows` afterwards, in the
same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from zengzhi.records.store import clock, keys
from zengzhi.records.store.encrypted import Encrypted

CHUNK = 500
"""Rows read or written at once: below SQLite's limit of parameters."""
PLAIN_MAX = 120
"""Characters of a text that is kept as it is."""
GONE = "null"
"""What the record of a deleted row says."""
UNREADABLE = "(unreadable)"
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Declared:
    """What each column of a model is, by field name."""

    sealed: Sequence[str] = ()
    personal: Sequence[str] = ()
    projection: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, str] = field(default_factory=dict)

    def undeclared(self, model: type[models.Model]) -> list[str]:
        """Columns that are declared not once: not at all, twice, or without a field."""
        names = [*self.sealed, *self.personal, *self.projection, *self.free]
        real = [item.name for item in model._meta.concrete_fields if not item.primary_key]
        return sorted(
            {name for name in (*names, *real) if names.count(name) != 1 or name not in real}
        )

    def kept(self, model: type[models.Model]) -> list[models.Field[Any, Any]]:
        """The fields that a control record keeps."""
        return [
            item
            for item in model._meta.concrete_fields
            if item.name in self.sealed or item.name in self.personal
        ]


adopted: dict[type[models.Model], Declared] = {}
"""Models of other people's apps that are sealed too (see :func:`adopt`)."""


def declared(model: type[models.Model]) -> Declared | None:
    """What a model declares of its columns; ``None`` when its rows are not sealed here."""
    found: Declared | None = adopted.get(model, getattr(model, "sealed", None))
    return found


def plain(value: Any) -> Value:
    """A column's value as JSON says it, always the same for the same value; long texts and bytes
    as their SHA-256, since a difference has only to be named.

    >>> plain(datetime(2026, 5, 1, 9, tzinfo=UTC))
    '2026-05-01T09:00:00.000000+00:00'
    >>> plain(UUID(int=1))
    '00000000-0000-0000-0000-000000000001'
    """
    if value is None or isinstance(value, bool | int | float):
        known: Value = value
        return known
    if isinstance(value, str):
        return value if len(value) <= PLAIN_MAX else _sha(value.encode())
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return _sha(bytes(value))
    if isinstance(value, UUID):
        return str(value)
    return _sha(text_of(value).encode())


def personal(table: str, column: str, value: Any) -> Value:
    """A personal value as a digest with the installation's key; an empty one stays as it is."""
    if value is None or value == "":
        return plain(value)
    said = text_of(plain(value) if not isinstance(value, str) else value)
    return f"hmac:{_digest(f'{table}.{column}:{said}')}"


def text_of(values: Any) -> str:
    """Canonical JSON.

    >>> text_of({"b": 1, "a": None})
    '{"a":null,"b":1}'
    """
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def mac_of(table: str, key: str, version: int, at_us: int, content: str) -> str:
    """The keyed digest over everything a record says but its number."""
    return _digest(f"control.record:{text_of([table, key, version, at_us])}{content}")


def _sha(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def _digest(text: str) -> str:
    return keys.digester(settings.DIGEST_KEY_FILE)(text.encode()).hex()


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
    mine = declared(model) or Declared()
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
                    personal(table, str(item.column), value)
                    if item.name in mine.personal
                    else plain(value)
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


_noted: ContextVar[dict[type[models.Model], list[Any]] | None] = ContextVar("noted", default=None)


@contextmanager
def once_each() -> Iterator[None]:
    """A transaction that writes the control records of its rows at its end, all at once: a row that
    is written twice has one new version, which says what it is then."""
    with transaction.atomic():
        if _noted.get() is not None:
            yield
            return
        noted: dict[type[models.Model], list[Any]] = {}
        token = _noted.set(noted)
        try:
            yield
        finally:
            _noted.reset(token)
        _write(noted)


def note_rows(model: type[models.Model], pks: Sequence[Any]) -> None:
    """Record the rows of a model as they are now, deleted ones as gone; inside :func:`once_each` as
    they are at its end.

    Call it in the transaction of the write, after it.
    """
    if declared(model) is None:
        return
    noted = _noted.get()
    if noted is None:
        _write({model: pks})
    else:
        noted.setdefault(model, []).extend(pks)


def note_all(model: type[models.Model]) -> None:
    """Record every row of a model: for migrations that fill a table past the ORM."""
    note_rows(model, list(model._base_manager.values_list("pk", flat=True)))


def _write(noted: Mapping[type[models.Model], Sequence[Any]]) -> None:
    changed: list[tuple[str, str, int, str]] = []
    for model, pks in noted.items():
        rows = list(dict.fromkeys(pks))
        for start in range(0, len(rows), CHUNK):
            changed += _changed(model, rows[start : start + CHUNK])
    if changed:
        at = clock.now()
        at_us = clock.microseconds(at)
        for start in range(0, len(changed), CHUNK):
            _insert(changed[start : start + CHUNK], at, at_us)


_RECORD = "INSERT INTO control_record (of_table, row_key, version, at, content, mac) VALUES "
_TAIL = "INSERT INTO control_tail (record_id) VALUES "
_NEWEST = """
    SELECT row_key, version, content FROM control_record AS newest
    WHERE of_table = %s AND row_key IN ({}) AND version = (
        SELECT MAX(version) FROM control_record
        WHERE of_table = newest.of_table AND row_key = newest.row_key)
"""


def _changed(model: type[models.Model], pks: Sequence[Any]) -> list[tuple[str, str, int, str]]:
    """Table, key, version and content of each row that is not what its newest record says."""
    table = model._meta.db_table
    texts = {str(pk): GONE for pk in pks}
    texts |= {key: text_of(values) for key, values in rows_now(model, pks).items()}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST.format(_holes(len(texts), "%s")), [table, *texts])
        newest = {key: (version, content) for key, version, content in cursor.fetchall()}
    found = [(key, text, *newest.get(key, (0, GONE))) for key, text in texts.items()]
    return [(table, key, version + 1, text) for key, text, version, old in found if text != old]


def _insert(changed: Sequence[tuple[str, str, int, str]], at: datetime, at_us: int) -> None:
    values: list[Any] = []
    stored_at = connection.ops.adapt_datetimefield_value(at)
    for table, key, version, text in changed:
        mac = mac_of(table, key, version, at_us, text)
        values += (table, key, version, stored_at, text, mac)
    rows = _holes(len(changed), "(%s, %s, %s, %s, %s, %s)")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RECORD + rows + " RETURNING id", values)
        made = [number for (number,) in cursor.fetchall()]
        cursor.execute(_TAIL + _holes(len(made), "(%s)"), made)


def _holes(count: int, hole: str) -> str:
    return ", ".join([hole] * count)


class SealedQuerySet(models.QuerySet[Any]):
    """Sets of rows whose writes are recorded, each in the transaction of its record."""

    def update(self, **values: Any) -> int:
        """As Django's; the rows are locked first, so that exactly those changed are recorded."""
        kept = {name for item in self._kept() for name in (item.name, item.attname)}
        if kept.isdisjoint(values):
            return super().update(**values)
        with transaction.atomic(self.db):
            rows = self.order_by("pk") if connection.features.has_select_for_update else self
            if connection.features.has_select_for_update:
                rows = rows.select_for_update(of=("self",))
            keys = list(rows.values_list("pk", flat=True))
            if not keys:
                return 0
            chosen = self.filter(pk__in=keys) if connection.vendor == "postgresql" else self
            changed = models.QuerySet.update(chosen, **values)
            note_rows(self.model, keys)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def create(self, **values: Any) -> Any:
        """As Django's; an adopted model's row is recorded here, ours by their ``save``."""
        with transaction.atomic(self.db):
            row = super().create(**values)
            if self.model in adopted:
                note_rows(self.model, [row.pk])
        return row

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        """As Django's; rows that were there already are recorded as they are."""
        if update_conflicts:
            raise TypeError("a sealed row is not changed by inserting it again")
        rows = list(objs)
        with transaction.atomic(self.db):
            made = super().bulk_create(rows, batch_size, ignore_conflicts)
            if ignore_conflicts:
                note_rows(self.model, [key for row in made for key in self._keys_like(row)])
            else:
                note_rows(self.model, [row.pk for row in made])
        return made

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's."""
        with transaction.atomic(self.db):
            keys = list(self.values_list("pk", flat=True))
            done: tuple[int, dict[str, int]] = super().delete()
            note_rows(self.model, keys)
        return done

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _kept(self) -> list[models.Field[Any, Any]]:
        mine = declared(self.model)
        return mine.kept(self.model) if mine else []

    def _keys_like(self, row: models.Model) -> Iterable[Any]:
        wanted = {
            item.attname: getattr(row, item.attname)
            for item in self.model._meta.concrete_fields
            if not (item.primary_key or isinstance(item, Encrypted))
        }
        return list(self.model._base_manager.filter(**wanted).values_list("pk", flat=True))


class SealedManager(models.Manager.from_queryset(SealedQuerySet)):  # type: ignore[misc]
    """The manager of sealed models."""


class SealedModel(models.Model):
    """A model whose rows are sealed: each write of a row also writes its control record."""

    sealed: ClassVar[Declared]
    if TYPE_CHECKING:  # as any model's
        objects: ClassVar[models.Manager[Self]]
    else:
        objects = SealedManager()

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **more: Any) -> None:
        """Every way of saving one row ends here."""
        names = more.get("update_fields")
        kept = {item.name for item in self.sealed.kept(type(self))}
        kept |= {item.attname for item in self.sealed.kept(type(self))}
        with transaction.atomic():
            super().save_base(*args, **more)
            if names is None or not kept.isdisjoint(names):
                note_rows(type(self), [self.pk])

    def delete(self, *args: Any, **more: Any) -> tuple[int, dict[str, int]]:
        """As Django's."""
        key = self.pk
        with transaction.atomic():
            done = super().delete(*args, **more)
            note_rows(type(self), [key])
        return done


def adopt(model: type[models.Model], what: Declared) -> None:
    """Seal a model of somebody else's app: its managers record their writes as ours do. For
    single objects that its forms save, the desk calls ``note_rows``."""
    adopted[model] = what
    for manager in model._meta.local_managers:
        manager._queryset_class = SealedQuerySet  # type: ignore[attr-defined]
    model._meta._expire_cache()  # type: ignore[attr-defined]
