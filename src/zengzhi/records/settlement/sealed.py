"""Sealed batches: the packed bytes that are the truth, and the chain that makes tampering visible.

A payload is one line of JSON (what the columns mean, names that the columns cannot hold, and the
state after the batch), then fixed-width little-endian columns, then the event ids one after another
in UTF-8. Everything that settlement writes can be derived from it again, bit for bit. An event
takes 49 bytes and its id:

=============  =====  ==========================================================
column         type   meaning
=============  =====  ==========================================================
op             u1     the verb's number
member         i8     the member's key, 0 for none
amount         i8     fen, units, −1 for all
target         i8     lot sequence (from 1) a sale or refund names, 0 none, −1 unknown
split          u2     0: the rules', else 1 + index into the header's list of splits
party          u4     0: nobody, else 1 + index into the header's list of parties
held           i8     fen of an order's distribution part that are held elsewhere
happened       i8     microseconds since 1970 (UTC)
length         u2     bytes of the event id
=============  =====  ==========================================================
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from zengzhi.core.economy.rules import Split
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel.columns import Columns
from zengzhi.core.units import Ppm
from zengzhi.records.ledger.batches import Link, append, row_id, stream_of, write_nets
from zengzhi.records.settlement.debts import Debts
from zengzhi.records.settlement.incoming import Incoming
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.parties import parties_of

if TYPE_CHECKING:
    from zengzhi.records.settlement.engine import Engine

COLUMNS: tuple[tuple[str, str], ...] = (
    ("op", "u1"),
    ("member", "<i8"),
    ("amount", "<i8"),
    ("target", "<i8"),
    ("split", "<u2"),
    ("party", "<u4"),
    ("held", "<i8"),
    ("happened", "<i8"),
    ("length", "<u2"),
)
ONE_ROW = Struct("<BqqqHIqqH")
"""A row by itself: the columns of a batch of one."""
VERSION = 3
"""Older forms are refused."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An unpacked payload: its header, its columns, and the bytes of the ids."""

    header: dict[str, Any]
    columns: dict[str, npt.NDArray[Any]]
    id_bytes: bytes

    def __len__(self) -> int:
        return int(self.header["events"])

    @property
    def splits(self) -> list[Split]:
        """The own splits that the batch names."""
        return [Split(*(Ppm(rate) for rate in split)) for split in self.header["splits"]]

    @property
    def ids(self) -> list[str]:
        """The event ids."""
        ends = np.cumsum(self.columns["length"].astype(np.int64)).tolist()
        starts = [0, *ends[:-1]]
        return [self.id_bytes[a:b].decode() for a, b in zip(starts, ends, strict=True)]

    def kernel_columns(self) -> Columns:
        """The batch as the core takes it; lots are named by their sequence."""
        target = self.columns["target"]
        ref = np.where(target > 0, target - 1, np.where(target < 0, at.UNKNOWN_LOT, at.NO_LOT))
        split = self.columns["split"].astype(np.int32) - 1
        columns = self.columns
        member, amount = columns["member"], columns["amount"]
        return Columns(columns["op"], member, amount, ref, split, self.splits)

    def incoming(self) -> Incoming:
        """The batch as it came in, but for the names of the orders that it refers to."""
        columns = self.columns
        numbers = (columns["op"], columns["member"], columns["amount"], columns["happened"])
        split = columns["split"].astype(np.int32)
        party, held = (columns[name].astype(np.int64) for name in ("party", "held"))
        parties = [parties_of(numbers) for numbers in self.header["parties"]]
        return Incoming(self.ids, *numbers, split, party, held, self.splits, parties)

    @property
    def debts(self) -> Debts:
        """What of the members' debts the batch changed."""
        return Debts.of_rows(self.header["debts"])


def pack_one(
    header: Mapping[str, Any],
    splits: Sequence[Split],
    parties: Sequence[Sequence[int]],
    numbers: tuple[int, int, int, int, int, int],
    event_id: str,
) -> bytes:
    """The payload of a batch of one event that names no unknown order and changes no debt; its
    ``numbers``: op, member, amount, target, held, happened."""
    op, member, amount, target, held, happened = numbers
    name = event_id.encode()
    row = (op, member, amount, target, len(splits), len(parties), held, happened, len(name))
    return _line(header, 1, splits, parties, [], []) + ONE_ROW.pack(*row) + name


def _line(
    header: Mapping[str, Any],
    events: int,
    splits: Sequence[Split],
    parties: Sequence[Sequence[int]],
    debts: Sequence[Sequence[int]],
    unknown: Sequence[str],
) -> bytes:
    names = {"splits": splits, "parties": parties, "debts": debts, "unknown": unknown}
    head = {"version": VERSION, "events": events, **header, **names}
    return json.dumps(head, separators=(",", ":")).encode() + b"\n"


def pack(
    header: Mapping[str, Any], events: Incoming, target: npt.NDArray[Any], debts: Debts
) -> bytes:
    """The payload of a batch; ``target``: the column of lot sequences."""
    encoded = [event_id.encode() for event_id in events.ids]
    unknown = [events.targets[row] for row in np.flatnonzero(target < 0).tolist()]
    parties = [each.numbers for each in events.parties]
    line = _line(header, len(events), events.splits, parties, debts.rows(), unknown)
    columns = {
        "op": events.op,
        "member": events.member,
        "amount": events.amount,
        "target": target,
        "split": events.split,
        "party": events.party,
        "held": events.held,
        "happened": events.happened_us,
        "length": np.fromiter(map(len, encoded), np.int64, len(encoded)),
    }
    packed = [columns[name].astype(kind).tobytes() for name, kind in COLUMNS]
    return b"".join([line, *packed, *encoded])


def unpack(payload: bytes) -> Packed:
    """Header, columns and ids of a payload. Errors: ``ValueError`` for another version."""
    end = payload.index(b"\n")
    header = json.loads(payload[:end])
    if header["version"] != VERSION:
        raise ValueError(f"version {header['version']}, this program reads {VERSION}")
    offset = end + 1
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, kind in COLUMNS:
        dtype = np.dtype(kind)
        columns[name] = np.frombuffer(payload, dtype, header["events"], offset)
        offset += dtype.itemsize * header["events"]
    return Packed(header, columns, payload[offset:])


def header_of(pool: Pool, first: int, recorded_us: int, state: dict[str, int]) -> dict[str, Any]:
    """What the next sealed batch, of the events from ``first`` on, says of itself."""
    return {
        "pool": pool.code,
        "number": pool.batches + 1,
        "first": first,
        "rules": pool.rules_id,
        "recorded": recorded_us,
        "state": state,
    }


def seal(
    pool: Pool,
    engine: "Engine",
    header: dict[str, Any],
    payload: bytes,
    nets: dict[tuple[date, int, int, int], int],
    count: int,
    recorded_at: datetime,
) -> None:
    """Seal the batch and bring the pool's row to the state after it."""
    first, state = header["first"], header["state"]
    stream, key = stream_of(pool.code), row_id(pool.pk, first)
    write_nets(stream, header["number"], nets)
    before = Link(pool.batches, pool.head)
    link = append(before, stream, "events", key, count, payload, recorded_at)
    after: dict[str, int | str] = {
        "sequence": engine.sequence,
        "batches": link.number,
        "head": link.head,
        **state,
        "closed": bool(state["closed"]),
    }
    assignments = ", ".join(f"{name} = %s" for name in after)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE settlement_pool SET {assignments} "  # noqa: S608 (own names)
            "WHERE id = %s AND sequence = %s AND head = %s",
            [*after.values(), pool.pk, first - 1, pool.head],
        )
        if cursor.rowcount != 1:
            raise RuntimeError(f"pool {pool.code}: settled by somebody else at event {first}")
    engine.batches, engine.head = link.number, link.head
    for name, value in after.items():
        setattr(pool, name, value)
