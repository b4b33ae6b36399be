"""A row as one canonical text: what a control record keeps of it and verify compares.

A value becomes what JSON can say of it exactly; long texts and bytes become their SHA-256, since a
difference has only to be named; what is personal becomes a keyed digest, so that it can be
encrypted, rotated and erased without touching what was sealed.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from zengzhi.records.store import keys

PLAIN_MAX = 120
"""Characters of a text that is kept as it is."""
Value = str | int | float | bool | None


def plain(value: Any) -> Value:
    """A column's value as JSON says it, always the same for the same value.

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
    return f"hmac:{keys.digest(f'{table}.{column}:{said}'.encode())}"


def text_of(values: Any) -> str:
    """Canonical JSON.

    >>> text_of({"b": 1, "a": None})
    '{"a":null,"b":1}'
    """
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def values_of(text: str) -> dict[str, Value] | None:
    """The inverse of :func:`text_of`; ``null`` is a row that is gone."""
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


def _sha(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"
