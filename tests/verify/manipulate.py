"""Manipulations of rows by raw SQL: every column changed, a row deleted, a copy inserted."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass

from django.db import connection, models


@dataclass(frozen=True)
class Forgery:
    """One statement, the row it is about, and the columns it touches."""

    name: str
    table: str
    ids: tuple[str, ...]
    """Its key, and what else names it: a deleted row whose key is a mere number."""
    field: str
    sql: str
    values: tuple


def keys_of(model):
    """The columns of the primary key."""
    key = model._meta.pk
    fields = getattr(key, "fields", None) or [key]
    return [field.column for field in fields]


def rows_of(model):
    """Some rows as stored: the middle and the last by key, and the last one in each state: of each
    value of each column that has choices."""
    columns = [field.column for field in model._meta.concrete_fields if field.column]
    order = ", ".join(f'"{key}"' for key in keys_of(model))
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{model._meta.db_table}" ORDER BY {order}')
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        return []
    states = [field.column for field in model._meta.concrete_fields if field.choices]
    last = {(state, row[state]): place for place, row in enumerate(rows) for state in states}
    return [rows[place] for place in sorted({len(rows) // 2, len(rows) - 1, *last.values()})]


def others(model, column, value):
    """Another value that the column has somewhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT DISTINCT "{column}" FROM "{model._meta.db_table}" '
            f'WHERE "{column}" IS NOT NULL AND "{column}" <> %s ORDER BY 1 LIMIT 1',
            [value],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def another(model, field, value):
    """A plausible other value of a column, as the driver takes it."""
    if field.remote_field is not None:
        target = field.remote_field.model._base_manager.exclude(pk=value)
        return target.values_list("pk", flat=True).first()
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return _later(value, hours=1)
    if isinstance(field, models.DateField):
        return _later(value, days=31)
    if isinstance(field, models.UUIDField):
        other = uuid.uuid4()
        return other if connection.vendor == "postgresql" else other.hex
    if isinstance(field, models.BinaryField):
        data = bytearray(bytes(value or b"x"))
        data[len(data) // 2] ^= 1
        return bytes(data)
    if isinstance(field, models.JSONField):
        return json.dumps([*(json.loads(value) if isinstance(value, str) else value or []), "x"])
    if isinstance(field, models.IntegerField | models.BigIntegerField | models.AutoField):
        if field.choices:
            return others(model, field.column, value) or (value or 0) + 1
        return (value or 0) + 1
    known = others(model, field.column, value or "") if not field.unique else None
    return known or ((value or "")[: max(0, (field.max_length or 200) - 1)] + "x")


def _later(value, **by):
    by = dt.timedelta(**by)
    if value is None:
        value = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    if not isinstance(value, str):
        return value + by
    return str(dt.datetime.fromisoformat(value) + by)[: max(len(value), 10)]


def where(model, row):
    keys = keys_of(model)
    return " AND ".join(f'"{key}" = %s' for key in keys), [row[key] for key in keys]


def id_of(model, row):
    return "/".join(str(row[key]) for key in keys_of(model))


def natural_keys(model, row):
    """A row by the columns that are unique together."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None:
            columns = [model._meta.get_field(name).column for name in constraint.fields]
            yield "/".join(str(row[column]) for column in columns)


def forgeries(model):
    """Every manipulation of a model's chosen rows."""
    table = model._meta.db_table
    for row in rows_of(model):
        condition, keys = where(model, row)
        for field in model._meta.concrete_fields:
            if field.column and not field.primary_key:
                value = another(model, field, row[field.column])
                if value is not None:
                    sql = f'UPDATE "{table}" SET "{field.column}" = %s WHERE {condition}'
                    name = f"change {field.column} of {id_of(model, row)}"
                    yield Forgery(
                        name, table, (id_of(model, row),), field.column, sql, (value, *keys)
                    )
                if field.null and row[field.column] is not None:
                    sql = f'UPDATE "{table}" SET "{field.column}" = NULL WHERE {condition}'
                    name = f"empty {field.column} of {id_of(model, row)}"
                    yield Forgery(name, table, (id_of(model, row),), field.column, sql, (*keys,))
        sql = f'DELETE FROM "{table}" WHERE {condition}'
        ids = (id_of(model, row), *natural_keys(model, row))
        yield Forgery(f"delete {id_of(model, row)}", table, ids, "", sql, (*keys,))
        copied = copy_of(model, row)
        names = ", ".join(f'"{name}"' for name in copied)
        holes = ", ".join("%s" for _name in copied)
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({holes})'
        new = "/".join(str(copied[key]) for key in keys_of(model))
        yield Forgery(f"insert {new}", table, (new,), "", sql, tuple(copied.values()))


def copy_of(model, row):
    """The row once more, under a new key, with new values where they are unique."""
    copied = dict(row)
    for field in model._meta.concrete_fields:
        if field.column in keys_of(model):
            continue
        if field.unique and row[field.column] is not None:
            copied[field.column] = another(model, field, row[field.column])
    key = keys_of(model)[-1]
    copied[key] = row[key] + 100_000 if isinstance(row[key], int) else another_key(model, row, key)
    return copied


def another_key(model, row, key):
    value = row[key]
    if isinstance(value, dt.date) or (isinstance(value, str) and value[:2] == "20"):
        return _later(value, days=400)
    return f"{value}9"
