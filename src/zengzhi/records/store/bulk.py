"""Many rows in one statement, from columns: binary COPY on PostgreSQL, executemany on SQLite.

A column is a NumPy array, :class:`Texts`, bytes per row, or one value for all rows (``None``:
NULL). On PostgreSQL the rows of a table are one structured array whose bytes are the COPY stream,
so that no Python object is made per row; texts of different lengths are cut by a mask.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from zengzhi.records.store.clock import microseconds as microseconds
from zengzhi.records.store.clock import moment as moment

Array = npt.NDArray[Any]
Columns = Mapping[str, Any]

before_statement: Callable[[str], None] | None = None
"""For crash tests: called before each bulk statement, which the usual wrappers do not see."""

COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"
COPY_ROWS = 50_000
"""Rows that are built at once."""
POSTGRESQL_EPOCH_US = 946_684_800_000_000
"""Microseconds from 1970 to 2000, where PostgreSQL counts from."""
NO_FRACTION = ".000000"
_WIDTHS = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "bool": "u1", "time": ">i8"}


class Words:
    """Distinct texts, encoded once."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    @cached_property
    def encoded(self) -> tuple[Array, Array]:
        """UTF-8 bytes padded to one width, and their lengths."""
        encoded = [word.encode() for word in self.words]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        width = int(lengths.max(initial=0))
        padded = np.array(encoded, f"S{width}") if width else np.zeros(len(encoded), "V0")
        return padded, lengths


class Texts:
    """A column of texts; with ``places``, row i has ``words[places[i]]``."""

    def __init__(self, words: Sequence[str] | Words, places: Array | None = None) -> None:
        self._words = words if isinstance(words, Words) else Words(words)
        self._places = places

    def __len__(self) -> int:
        return len(self._words.words) if self._places is None else len(self._places)

    def __getitem__(self, rows: Array | slice) -> "Texts":
        """Some of the rows."""
        places = np.arange(len(self)) if self._places is None else self._places
        return Texts(self._words, places[rows])

    def encoded(self) -> tuple[Array, Array]:
        """UTF-8 bytes padded to one width, and their lengths."""
        padded, lengths = self._words.encoded
        if self._places is None:
            return padded, lengths
        return padded[self._places], lengths[self._places]

    def at(self, row: int) -> str:
        """The text of one row."""
        return self._words.words[row if self._places is None else int(self._places[row])]

    def strings(self) -> list[str]:
        """The rows as Python texts."""
        words = self._words.words
        if self._places is None:
            return list(words)
        return [words[place] for place in self._places.tolist()]


MANY = 256


@contextmanager
def many_objects(count: int) -> Iterator[None]:
    """The collector of cycles waits while a batch makes many objects that are in none: looking at
    them again and again takes as long as making them."""
    paused = count >= MANY and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns: (name, kind), a kind being ``int8``, ``int4``, ``int2``, ``bool``,
    ``time`` (microseconds since 1970, UTC) or ``text``; with :func:`insertion` alone also
    ``date``."""

    name: str
    columns: tuple[tuple[str, str], ...]

    def insert(self, columns: Columns, count: int) -> None:
        """Insert ``count`` rows."""
        if count == 0:
            return
        statement(f"INSERT INTO {self.name}")
        if connection.vendor == "postgresql":
            self._copy(columns, count)
        else:
            self._executemany(columns, count)

    def _copy(self, columns: Columns, count: int) -> None:
        names = ", ".join(f'"{name}"' for name, _kind in self.columns)
        order = f"COPY {self.name} ({names}) FROM STDIN (FORMAT BINARY)"
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(order) as copy,
        ):
            copy.write(COPY_HEAD)
            for start in range(0, count, COPY_ROWS):
                rows = slice(start, min(count, start + COPY_ROWS))
                copy.write(self.copy_rows(columns, rows))
            copy.write(COPY_END)

    def copy_rows(self, columns: Columns, rows: slice) -> bytes:
        """Rows in PostgreSQL's binary COPY format."""
        return binary_rows(
            [(kind, _part(columns[name], rows)) for name, kind in self.columns],
            rows.stop - rows.start,
        )

    def _executemany(self, columns: Columns, count: int) -> None:
        names = ", ".join(f'"{name}"' for name, _kind in self.columns)
        holes = ", ".join("?" * len(self.columns))
        lists = [python_values(kind, columns[name], count) for name, kind in self.columns]
        execute_many(
            f"INSERT INTO {self.name} ({names}) VALUES ({holes})",  # noqa: S608 (own names)
            zip(*lists, strict=True),
        )


@lru_cache(maxsize=1024)
def insertion(table: Table, rows: int) -> str:
    """The statement that inserts a few rows of plain values, made once for each number of them:
    for what one act writes, where building columns would take longer than the rows."""
    names = ", ".join(f'"{name}"' for name, _kind in table.columns)
    holes = ", ".join(["%s"] * len(table.columns))
    values = ", ".join([f"({holes})"] * rows)
    return f"INSERT INTO {table.name} ({names}) VALUES {values}"  # noqa: S608 (own names)


def nullable(values: Sequence[int | None]) -> Any:
    """A column of numbers with gaps; ``None`` when it is nothing but gaps."""
    if all(value is None for value in values):
        return None
    return np.ma.MaskedArray(
        np.array([value or 0 for value in values], np.int64), [value is None for value in values]
    )


def statement(text: str) -> None:
    """Announce a statement to a crash test."""
    if before_statement is not None:
        before_statement(text)


def execute_many(text: str, rows: Any) -> None:
    """A statement with ``?`` for many rows, straight to SQLite: a tenth of the way through Django,
    which would rewrite the statement and convert nothing here."""
    with connection.wrap_database_errors:
        connection.ensure_connection()
        connection.connection.executemany(text, rows)


def _part(column: Any, rows: slice) -> Any:
    return column[rows] if isinstance(column, np.ndarray | Texts) else column


def binary_rows(columns: Sequence[tuple[str, Any]], count: int) -> bytes:
    """One structured array: number of fields, then length and value of each field, big-endian."""
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    values: list[tuple[Any, Any]] = []
    for place, (kind, column) in enumerate(columns):
        value, length = _field(kind, column)
        values.append((value, length))
        fields.append((f"length{place}", ">i4"))
        if value is not None and value.dtype.itemsize:
            fields.append((f"value{place}", value.dtype))
    rows = np.zeros(count, np.dtype(fields))
    rows["fields"] = len(columns)
    cut: list[tuple[str, Array]] = []
    for place, (value, length) in enumerate(values):
        rows[f"length{place}"] = length
        if value is not None and value.dtype.itemsize:
            rows[f"value{place}"] = value
            if isinstance(length, np.ndarray) and (length != value.dtype.itemsize).any():
                cut.append((f"value{place}", length))
    if not cut:
        return rows.tobytes()
    kept = np.ones((count, rows.dtype.itemsize), bool)
    for name, length in cut:
        dtype, offset = rows.dtype.fields[name][:2]  # type: ignore[index]
        kept[:, offset : offset + dtype.itemsize] = np.arange(dtype.itemsize) < length[:, None]
    return rows.view(np.uint8).reshape(count, -1)[kept].tobytes()


def _field(kind: str, column: Any) -> tuple[Any, Any]:
    """Values as they go into the stream, and their length: one for all, or an array of them."""
    if column is None:
        return None, -1
    if kind == "text":
        if isinstance(column, str):
            encoded = column.encode()
            return (np.array(encoded) if encoded else None), len(encoded)
        padded, lengths = column.encoded()
        return padded, lengths
    if isinstance(column, np.ma.MaskedArray):
        width = np.dtype(_WIDTHS[kind]).itemsize
        lengths = np.where(np.ma.getmaskarray(column), -1, width)
        return column.filled(0).astype(_WIDTHS[kind]), lengths
    value = np.asarray(column)
    if kind == "time":
        value = value - POSTGRESQL_EPOCH_US
    value = np.asarray(value, _WIDTHS[kind])
    return value, value.dtype.itemsize


def python_values(kind: str, column: Any, count: int) -> list[Any]:
    """A column as the Python values that SQLite stores."""
    if kind == "text" and isinstance(column, Texts):
        return column.strings()
    if kind == "time":
        if np.ndim(column) == 0:
            return _moments(np.asarray([column])) * count
        return _moments(column)
    if isinstance(column, np.ndarray):  # a masked array gives None where it is masked
        values: list[Any] = column.tolist()
        return values
    return [column] * count


def _moments(microseconds: Array) -> list[str]:
    """Moments as Django writes them to SQLite: without the fraction when it is 0."""
    texts = np.datetime_as_string(microseconds.astype("datetime64[us]")).tolist()
    return [
        f"{text[:10]} {text[11:] if text[19:] != NO_FRACTION else text[11:19]}" for text in texts
    ]
