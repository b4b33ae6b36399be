"""The sealer: takes what waits in the tail, checks it once more, appends it to the sealed batches.

Single acts are written without a lock on any chain; the sealer orders them. Then it adds the nets
of all new batches to the day sums of accounts and the month sums of purses, and signs all heads
together. Run within seconds by whoever lives long enough: the settler, the demo, or by hand. Two
sealers do not disturb each other. An entry whose keyed digest is wrong is left in the tail and
named: it was not written by this program.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import F, Max, Min

from zengzhi.records.control import records as control_records
from zengzhi.records.ledger.batches import (
    ACTS,
    CONTROL,
    append,
    days_of,
    last_link,
    nets_of,
    write_nets,
)
from zengzhi.records.ledger.journal import SEALED_LEG, entry_mac
from zengzhi.records.ledger.models import Batch, Leg, Rolled, Root, Tail, Transaction
from zengzhi.records.ledger.packed import Unpacked, pack, unpack
from zengzhi.records.ledger.rolling import roll_batch
from zengzhi.records.store import clock, keys
from zengzhi.records.store.bulk import Array, microseconds

logger = logging.getLogger(__name__)

AT_ONCE = 10_000
NO_ENTRY = -1
ROOTS = "roots"
"""Among the streams that were added up: how many roots were signed, so that none is taken away."""
HEAD_COLUMNS = (
    ("id", "<i8"),
    ("happened", "<i8"),
    ("recorded", "<i8"),
    ("corrects", "<i8"),
    ("step", "<i2"),
    ("legs", "<i4"),
)
LEG_COLUMNS = (
    ("leg_kind", "<i2"),
    ("leg_owner", "<i8"),
    ("leg_unit", "u1"),
    ("leg_amount", "<i8"),
)
TEXTS = ("kind", "reference", "version", "facts")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one round of the sealer did."""

    entries: int = 0
    records: int = 0
    rolled: int = 0
    root: int = 0


def seal_tail(at_once: int = AT_ONCE) -> Sealed:
    """Seal everything that waits, add it up, sign the heads. Each step is a transaction."""
    entries = _all(lambda: _seal_entries(at_once))
    records = _all(lambda: _seal_records(at_once))
    rolled = _all(_roll_some)
    return Sealed(entries, records, rolled, sign_heads())


def _all(step: Callable[[], int]) -> int:
    total = 0
    while done := step():
        total += done
    return total


def _alone(name: str) -> None:
    """One sealer at a time for the rest of the transaction; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(f"seal {name}".encode()).digest()[:7], "big")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _seal_entries(at_once: int) -> int:
    with transaction.atomic():
        _alone(ACTS)
        waiting = list(Tail.objects.order_by("entry").values_list("entry", flat=True)[:at_once])
        heads = list(Transaction.objects.filter(pk__in=waiting).order_by("pk"))
        legs = _legs_of([head.pk for head in heads])
        good = [head for head in heads if _is_ours(head, legs[head.pk])]
        if not good:
            return 0
        table = np.concatenate([legs[head.pk] for head in good])
        counts = [len(legs[head.pk]) for head in good]
        happened = np.array([microseconds(head.happened_at) for head in good], np.int64)
        now, link = clock.now(), last_link(ACTS)
        payload = _payload(good, happened, table, counts, link.number + 1, now)
        days = [d for d, n in zip(days_of(happened), counts, strict=True) for _leg in range(n)]
        named = {name: table[:, place] for place, name in enumerate(SEALED_LEG)}
        write_nets(ACTS, link.number + 1, nets_of(named, days))
        append(link, ACTS, "entries", good[0].pk, len(good), payload, now)
        Tail.objects.filter(pk__in=[head.pk for head in good]).delete()
        return len(good)


def _legs_of(entries: Sequence[int]) -> dict[int, Array]:
    """The legs of entries, each a table of SEALED_LEG in the order of positions."""
    rows = Leg.objects.filter(transaction_id__in=entries).order_by("transaction_id", "position")
    found: dict[int, list[tuple[int, ...]]] = {entry: [] for entry in entries}
    for entry, *leg in rows.values_list("transaction_id", *SEALED_LEG):
        found[entry].append(tuple(leg))
    return {entry: np.array(legs, np.int64).reshape(-1, 4) for entry, legs in found.items()}


def head_said(head: Transaction) -> tuple[Any, ...]:
    """What the keyed digest of an entry covers of its head."""
    return (
        head.pk,
        head.kind,
        head.reference,
        head.step,
        microseconds(head.happened_at),
        microseconds(head.recorded_at),
        head.version,
        head.corrects,
        head.facts,
    )


def _is_ours(head: Transaction, legs: Array) -> bool:
    ours = entry_mac(head_said(head), legs.tolist()) == head.mac
    if not ours:
        logger.error("entry %s is not sealed: it was not written by this program", head.pk)
    return ours


def _payload(
    heads: Sequence[Transaction],
    happened: Array,
    legs: Array,
    counts: Sequence[int],
    number: int,
    at: datetime,
) -> bytes:
    values = {
        "id": [head.pk for head in heads],
        "happened": happened,
        "recorded": [microseconds(head.recorded_at) for head in heads],
        "corrects": [NO_ENTRY if head.corrects is None else head.corrects for head in heads],
        "step": [head.step for head in heads],
        "legs": counts,
    }
    columns = [(name, kind, np.asarray(values[name])) for name, kind in HEAD_COLUMNS]
    columns += [(name, kind, legs[:, place]) for place, (name, kind) in enumerate(LEG_COLUMNS)]
    texts = [(name, [getattr(head, name) for head in heads]) for name in TEXTS]
    header = {"stream": ACTS, "number": number, "sealed": microseconds(at)}
    return pack(header, columns, texts)


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry as its batch says it; ``head`` as :func:`head_said`, ``legs`` as SEALED_LEG."""

    head: tuple[Any, ...]
    legs: list[tuple[int, ...]]


def sealed_entries(payload: bytes) -> list[SealedEntry]:
    """The entries of a batch of the stream ``acts``. Errors: ``packed.Unreadable``."""
    said = unpack(payload)
    return [
        SealedEntry(head, legs)
        for head, legs in zip(_heads_said(said), _legs_said(said), strict=True)
    ]


def _heads_said(said: Unpacked) -> list[tuple[Any, ...]]:
    ids, happened, recorded, corrects, steps = (
        said.columns[name].tolist() for name, _kind in HEAD_COLUMNS[:5]
    )
    named = [None if entry == NO_ENTRY else entry for entry in corrects]
    kinds, references, versions, facts = (said.texts[name] for name in TEXTS)
    rows = zip(
        ids, kinds, references, steps, happened, recorded, versions, named, facts, strict=True
    )
    return list(rows)


def _legs_said(said: Unpacked) -> list[list[tuple[int, ...]]]:
    rows = list(zip(*(said.columns[name].tolist() for name, _kind in LEG_COLUMNS), strict=True))
    ends = np.cumsum(said.columns["legs"], dtype=np.int64).tolist()
    starts = [0, *ends[:-1]]
    return [rows[a:b] for a, b in zip(starts, ends, strict=True)]


def _seal_records(at_once: int) -> int:
    """Control records, sealed in the same form in a stream of their own."""
    with transaction.atomic():
        _alone(CONTROL)
        waiting = control_records.unsealed(at_once)
        if not waiting:
            return 0
        link = last_link(CONTROL)
        first = waiting[0].id
        payload = control_records.encode(waiting)
        append(link, CONTROL, "records", first, len(waiting), payload, clock.now())
        control_records.mark_sealed([record.id for record in waiting])
        return len(waiting)


def _roll_some() -> int:
    """Add the nets of one stream's next batches to the sums of days and months."""
    done = dict(Rolled.objects.values_list("stream", "number"))
    last = Batch.objects.order_by().values("stream").annotate(last=Max("number"))
    behind = [row for row in last if row["last"] > done.get(row["stream"], 0)]
    if not behind:
        return 0
    stream = behind[0]["stream"]
    with transaction.atomic():
        _alone("sums")
        Rolled.objects.get_or_create(stream=stream, defaults={"number": 0})
        number = Rolled.objects.get(stream=stream).number + 1
        batch = Batch.objects.filter(stream=stream, number=number).first()
        if batch is not None:
            roll_batch(batch)
            Rolled.objects.filter(stream=stream).update(number=F("number") + 1)
    return 1


def root_digest(root: Root) -> str:
    """What the next root says of this one."""
    return hashlib.sha256(f"{root.body}{root.signature}".encode()).hexdigest()


def heads_now() -> dict[str, list[Any]]:
    """Every stream's last number and head."""
    last = Batch.objects.order_by().values("stream").annotate(last=Max("number"))
    return {
        row["stream"]: [row["last"], _head(row["stream"], row["last"])]
        for row in sorted(last, key=lambda row: str(row["stream"]))
    }


def _head(stream: str, number: int) -> str:
    return Batch.objects.values_list("head", flat=True).get(stream=stream, number=number)


def sign_heads() -> int:
    """Sign all heads together when one of them is new; the number of the new root, else 0."""
    with transaction.atomic():
        _alone("root")
        before = Root.objects.order_by("-number").first()
        heads = heads_now()
        if not heads or (before is not None and json.loads(before.body)["heads"] == heads):
            return 0
        number, now = (before.number if before else 0) + 1, clock.now()
        said = {
            "number": number,
            "at": microseconds(now),
            "heads": heads,
            "tail": tail()[0],
            "previous": root_digest(before) if before else "",
        }
        body = json.dumps(said, sort_keys=True, separators=(",", ":"))
        Root.objects.create(
            number=number, signed_at=now, body=body, signature=keys.sign(body.encode()).hex()
        )
        Rolled.objects.update_or_create(stream=ROOTS, defaults={"number": number})
        return number


def tail() -> tuple[int, float]:
    """How many acts and records no batch has sealed yet, and the age of the oldest in seconds."""
    entries = Tail.objects.count()
    records, oldest = control_records.tail()
    first = Tail.objects.aggregate(first=Min("entry"))["first"]
    if first is not None:
        row = Transaction.objects.filter(pk=first).values_list("recorded_at", flat=True).first()
        oldest = min(filter(None, (oldest, row)), default=None)
    age = max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0
    return entries + records, age
