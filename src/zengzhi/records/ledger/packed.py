"""The bytes of a sealed batch: one version byte, a line of JSON that says what follows, then
fixed-width little-endian columns, then texts one after another in UTF-8 (ADR 0060).

The header names every column with its type and every text column with the type of its lengths, so
that a batch can be read by itself, in another language too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zengzhi.records.store.bulk import Array

VERSION = 1


class Unreadable(ValueError):
    """These bytes are no batch of a version that this program reads."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a payload says."""

    header: dict[str, Any]
    columns: dict[str, Array]
    texts: dict[str, list[str]]


def pack(
    header: Mapping[str, Any],
    columns: Sequence[tuple[str, str, Array]],
    texts: Sequence[tuple[str, Sequence[str]]] = (),
) -> bytes:
    """A payload; ``columns``: (name, type, values), ``texts``: (name, values)."""
    encoded = [(name, [text.encode() for text in values]) for name, values in texts]
    said = {
        **header,
        "columns": [[name, kind, len(values)] for name, kind, values in columns],
        "texts": [[name, len(values)] for name, values in encoded],
    }
    parts = [bytes([VERSION]), json.dumps(said, separators=(",", ":")).encode(), b"\n"]
    parts += [np.asarray(values).astype(kind).tobytes() for _name, kind, values in columns]
    for _name, values in encoded:
        parts.append(np.fromiter(map(len, values), "<u4", len(values)).tobytes())
        parts += values
    return b"".join(parts)


def unpack(payload: bytes) -> Unpacked:
    """The inverse of :func:`pack`. Errors: :class:`Unreadable`."""
    if payload[:1] != bytes([VERSION]):
        raise Unreadable(f"version {payload[:1].hex() or 'none'}, this program reads {VERSION}")
    try:
        end = payload.index(b"\n")
        header = json.loads(payload[1:end])
        offset = end + 1
        columns: dict[str, Array] = {}
        for name, kind, count in header.pop("columns"):
            columns[name] = np.frombuffer(payload, np.dtype(kind), count, offset)
            offset += columns[name].nbytes
        texts: dict[str, list[str]] = {}
        for name, count in header.pop("texts"):
            lengths = np.frombuffer(payload, "<u4", count, offset)
            offset += lengths.nbytes
            ends = (offset + np.cumsum(lengths, dtype=np.int64)).tolist()
            starts = [offset, *ends[:-1]] if count else []
            texts[name] = [payload[a:b].decode() for a, b in zip(starts, ends, strict=True)]
            offset = ends[-1] if count else offset
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Unreadable(repr(error)) from error
    if offset != len(payload):
        raise Unreadable(f"{len(payload) - offset} bytes too many")
    return Unpacked(header, columns, texts)
