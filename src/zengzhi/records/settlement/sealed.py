"""Sealed batches: the packed bytes that are the truth, and the chain that makes tampering visible.

A payload is one line of JSON (what the columns mean and the state after the batch) followed by
fixed-width little-endian columns, each event taking 51 bytes:

=============  =====  ==========================================================
column         type   meaning
=============  =====  ==========================================================
op             u1     the verb's number
member         i8     the member's key, 0 for none
amount         i8     fen, units, −1 for all
target         i8     lot sequence (from 1) a sale or refund names, 0 none, −1 unknown
split          u2     0: the rules', else 1 + index into the header's list of splits
happened       i8     microseconds since 1970 (UTC)
id             16 B   first half of the SHA-256 of the event id
=============  =====  ==========================================================
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

COLUMNS: tuple[tuple[str, str], ...] = (
    ("op", "u1"),
    ("member", "<i8"),
    ("amount", "<i8"),
    ("target", "<i8"),
    ("split", "<u2"),
    ("happened", "<i8"),
    ("id", "S16"),
)
VERSION = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """An unpacked payload: its header and its columns."""

    header: dict[str, Any]
    columns: dict[str, npt.NDArray[Any]]


def id_mark(event_id: str) -> bytes:
    """What stands for an event id in the packed bytes."""
    return hashlib.sha256(event_id.encode()).digest()[:16]


def pack(header: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]) -> bytes:
    """The payload of a batch."""
    count = len(columns["op"])
    line = json.dumps({"version": VERSION, "events": count, **header}, separators=(",", ":"))
    parts = [line.encode(), b"\n"]
    for name, kind in COLUMNS:
        if name == "id":
            parts.append(b"".join(columns[name]))
        else:
            parts.append(np.asarray(columns[name], dtype=kind).tobytes())
    return b"".join(parts)


def unpack(payload: bytes) -> Packed:
    """Header and columns of a payload."""
    end = payload.index(b"\n")
    header = json.loads(payload[:end])
    offset = end + 1
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, kind in COLUMNS:
        dtype = np.dtype("V16") if name == "id" else np.dtype(kind)
        columns[name] = np.frombuffer(payload, dtype, header["events"], offset)
        offset += dtype.itemsize * header["events"]
    return Packed(header, columns)


def seal(previous: str, payload: bytes) -> str:
    """The new head: SHA-256 over the previous head and the bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + payload).hexdigest()
