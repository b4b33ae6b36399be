"""What is sealed: the chains of batches, their nets and sums, the entries in them, the tail, and
the signed roots."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from zengzhi.records.control import records as control_records
from zengzhi.records.ledger.batches import (
    ACTS,
    CONTROL,
    GENESIS,
    batch_mac,
    days_of,
    nets_of,
    seal_head,
)
from zengzhi.records.ledger.journal import SEALED_HEAD, SEALED_LEG, entry_mac
from zengzhi.records.ledger.models import (
    SETTLED_FROM,
    AccountDay,
    Batch,
    Leg,
    Net,
    PurseMonth,
    Rolled,
    Root,
    Tail,
    Transaction,
)
from zengzhi.records.ledger.packed import Unreadable
from zengzhi.records.ledger.purses import COLUMNS
from zengzhi.records.ledger.rolling import month_moves
from zengzhi.records.ledger.seal import (
    ROOTS,
    SealedEntry,
    root_digest,
    sealed_entries,
)
from zengzhi.records.store import keys
from zengzhi.records.store.bulk import microseconds
from zengzhi.verify import control
from zengzhi.verify.problem import Problem
from zengzhi.verify.reading import rows_of

BATCH = Batch._meta.db_table
CHUNK = 500
LINK = ("id", "number", "kind", "first", "count", "payload", "previous", "head", "mac", "sealed_at")


def streams() -> list[str]:
    """Every stream that has a batch."""
    return sorted(set(Batch.objects.order_by().values_list("stream", flat=True)))


def chains() -> Iterator[Problem]:
    """Every batch is the next link of its stream, by its bytes, and made by who holds the key."""
    for stream in streams():
        yield from _chain(stream)


def _chain(stream: str) -> Iterator[Problem]:
    at, head = 0, GENESIS
    numbers = Batch.objects.filter(stream=stream).order_by("number")
    for number in numbers.values_list("number", flat=True):
        if number != at + 1:
            yield Problem(BATCH, f"{stream}/{at + 1}", "", "the batch is missing")
        row = next(rows_of(Batch.objects.filter(stream=stream, number=number), LINK))
        link = dict(zip(LINK, row, strict=True))
        payload, name = bytes(link["payload"]), str(link["id"])
        if link["previous"] != head:
            yield Problem(BATCH, name, "previous", f"is {link['previous']}, not {head}")
        if _sealed(link["previous"], payload) != link["head"]:
            message = "is not the SHA-256 of the previous head and the bytes"
            yield Problem(BATCH, name, "head", message)
            yield Problem(BATCH, name, "payload", "does not give the head")
        yield from _columns(stream, name, link, payload)
        at, head = number, link["head"]


def _sealed(previous: str, payload: bytes) -> str:
    try:
        return seal_head(previous, payload)
    except ValueError:
        return ""


def _columns(stream: str, name: str, link: dict[str, Any], payload: bytes) -> Iterator[Problem]:
    """What of a batch the keyed digest covers beside its head."""
    try:
        fits = link["mac"] == batch_mac(stream, **{key: link[key] for key in MAC_OF})
    except (TypeError, ValueError, AttributeError):
        fits = False
    if fits:
        return
    wrong = [key for key, value in _said(stream, payload).items() if link.get(key, "") != value]
    for key in wrong or ("stream", "number", "sealed_at", "mac"):
        yield Problem(BATCH, name, key, "does not fit the keyed digest of the batch")


MAC_OF = ("number", "kind", "first", "count", "head", "sealed_at")


def _said(stream: str, payload: bytes) -> dict[str, Any]:
    """What the bytes themselves say of kind, first and count."""
    try:
        if stream == ACTS:
            ids = [entry.head[0] for entry in sealed_entries(payload)]
            return {"kind": "entries", "first": ids[0], "count": len(ids)}
        if stream == CONTROL:
            rows = control_records.decode(payload)
            return {"kind": "records", "first": rows[0].id, "count": len(rows)}
    except (Unreadable, ValueError, IndexError):
        return {"stream": None, "payload": None}
    return {}


def acts() -> Iterator[Problem]:
    """Every sealed entry is there as it was sealed; every other one is in the tail, and was
    written by who holds the key."""
    done: set[int] = set()
    for batch in Batch.objects.filter(stream=ACTS).order_by("number").only("payload", "number"):
        try:
            entries = sealed_entries(bytes(batch.payload))
        except Unreadable as error:
            yield Problem(BATCH, str(batch.pk), "payload", f"cannot be read: {error}")
            continue
        done.update(entry.head[0] for entry in entries)
        for start in range(0, len(entries), CHUNK):
            yield from _against_rows(entries[start : start + CHUNK])
        yield from _nets(ACTS, batch.number, entries)
    yield from _tail(done)


HEAD = ("id", *SEALED_HEAD[1:], "leg_count", "mac")


def _heads(ids: list[int]) -> dict[int, dict[str, Any]]:
    found = rows_of(Transaction.objects.filter(pk__in=ids), HEAD)
    return {row[0]: dict(zip(HEAD, row, strict=True)) for row in found}


def _legs(ids: list[int]) -> dict[int, dict[int, tuple[Any, ...]]]:
    rows = Leg.objects.filter(transaction_id__in=ids)
    found: dict[int, dict[int, tuple[Any, ...]]] = {}
    for entry, position, *leg in rows_of(rows, ("transaction_id", "position", *SEALED_LEG)):
        found.setdefault(entry, {})[position] = tuple(leg)
    return found


def _plain_head(row: dict[str, Any]) -> dict[str, Any]:
    plain = dict(row)
    for name in ("happened_at", "recorded_at"):
        plain[name] = microseconds(row[name]) if hasattr(row[name], "year") else row[name]
    return plain


def _against_rows(entries: list[SealedEntry]) -> Iterator[Problem]:
    ids = [entry.head[0] for entry in entries]
    heads, legs = _heads(ids), _legs(ids)
    for entry in entries:
        key = entry.head[0]
        if key not in heads:
            yield Problem("ledger_transaction", str(key), "", "the entry is missing; it is sealed")
            continue
        wanted = dict(zip(SEALED_HEAD, entry.head, strict=True))
        wanted["leg_count"] = len(entry.legs)
        wanted["mac"] = entry_mac(entry.head, entry.legs)
        found = _plain_head(heads[key])
        for name, value in wanted.items():
            if found[name] != value:
                message = f"is {found[name]!r}, sealed is {value!r}"
                yield Problem("ledger_transaction", str(key), name, message)
        yield from _legs_against(key, entry.legs, legs.get(key, {}))


def _legs_against(
    key: int, sealed: list[tuple[int, ...]], found: dict[int, tuple[Any, ...]]
) -> Iterator[Problem]:
    for position, leg in enumerate(sealed):
        name = f"{key}/{position}"
        if position not in found:
            yield Problem("ledger_leg", name, "", "the leg is missing; it is sealed")
            continue
        for column, value, now in zip(SEALED_LEG, leg, found[position], strict=True):
            if value != now:
                yield Problem("ledger_leg", name, column, f"is {now!r}, sealed is {value!r}")
    for position in sorted(set(found) - set(range(len(sealed))), key=str):
        yield Problem("ledger_leg", f"{key}/{position}", "", "the sealed entry has no such leg")


def _tail(done: set[int]) -> Iterator[Problem]:
    waiting = set(Tail.objects.values_list("pk", flat=True))
    there = set(Transaction.objects.filter(pk__lt=SETTLED_FROM).values_list("pk", flat=True))
    for key in sorted(there - done - waiting):
        message = "is in no sealed batch and not in the tail"
        yield Problem("ledger_transaction", str(key), "id", message)
    for key in sorted(waiting & done):
        yield Problem("ledger_tail", str(key), "entry", "the entry is sealed already")
    for key in sorted(waiting - there):
        yield Problem("ledger_tail", str(key), "entry", "there is no such entry")
    open_ids = sorted(there - done)
    for start in range(0, len(open_ids), CHUNK):
        yield from _unsealed(open_ids[start : start + CHUNK])


def _unsealed(ids: list[int]) -> Iterator[Problem]:
    heads, legs = _heads(ids), _legs(ids)
    for key, row in heads.items():
        mine = legs.get(key, {})
        table = [leg for _position, leg in sorted(mine.items())]
        said = _plain_head(row)
        head = tuple(said[name] for name in SEALED_HEAD)
        try:
            fits = entry_mac(head, table) == row["mac"]
        except (TypeError, ValueError, OverflowError, struct.error):
            fits = False
        if not fits or len(table) != row["leg_count"]:
            message = "the keyed digest does not fit the entry and its legs: not written by us"
            yield Problem("ledger_transaction", str(key), "mac", message)


def _nets(stream: str, number: int, entries: list[SealedEntry]) -> Iterator[Problem]:
    legs = np.array([leg for entry in entries for leg in entry.legs], np.int64).reshape(-1, 4)
    happened = np.array([entry.head[SEALED_HEAD.index("happened_at")] for entry in entries])
    days = days_of(happened) if len(happened) else []
    by_leg = [
        day for day, entry in zip(days, entries, strict=True) for _leg in range(len(entry.legs))
    ]
    columns = {name: legs[:, place] for place, name in enumerate(SEALED_LEG)}
    yield from compare_nets(stream, number, nets_of(columns, by_leg))


def compare_nets(stream: str, number: int, wanted: dict[Any, int]) -> Iterator[Problem]:
    """The nets of a batch are the sums of its legs."""
    rows = Net.objects.filter(stream=stream, number=number)
    names = ("id", "day", "kind", "owner", "unit", "amount")
    for key, day, kind, owner, unit, amount in rows_of(rows, names):
        sealed = wanted.pop((day, kind, owner, unit), None)
        if sealed is None:
            yield Problem("ledger_net", str(key), "", "the batch moved nothing there")
        elif sealed != amount:
            yield Problem("ledger_net", str(key), "amount", f"is {amount}, sealed is {sealed}")
    for day, kind, owner, unit in wanted:
        place = f"{stream}/{number}/{day}/{kind}/{owner}/{unit}"
        yield Problem("ledger_net", place, "", "the net is missing")
    # Nets of batches that are not there are named by :func:`sums`.


def settled_nets() -> Iterator[Problem]:
    """The nets of settled batches are the sums of their entries' legs."""
    rows = Batch.objects.exclude(stream__in=(ACTS, CONTROL))
    for stream, number, first, count in rows.values_list("stream", "number", "first", "count"):
        legs = list(
            Leg.objects.filter(transaction_id__gte=first, transaction_id__lt=first + count)
            .order_by("transaction_id", "position")
            .values_list("transaction_id", *SEALED_LEG)
        )
        moments = {
            key: at
            for key, at in rows_of(
                Transaction.objects.filter(pk__gte=first, pk__lt=first + count),
                ("id", "happened_at"),
            )
            if hasattr(at, "year")
        }
        legs = [leg for leg in legs if leg[0] in moments]
        happened = np.array([microseconds(moments[leg[0]]) for leg in legs], np.int64)
        days = days_of(happened) if len(legs) else []
        table = np.array([leg[1:] for leg in legs], np.int64).reshape(-1, 4)
        columns = {name: table[:, place] for place, name in enumerate(SEALED_LEG)}
        yield from compare_nets(stream, number, nets_of(columns, days))


def sums() -> Iterator[Problem]:
    """Days of accounts and months of purses are the sums of the batches added up so far."""
    rolled = dict(Rolled.objects.exclude(stream=ROOTS).values_list("stream", "number"))
    last = {stream: _last(stream) for stream in streams()}
    for stream, number in rolled.items():
        if number > last.get(stream, 0):
            yield Problem("ledger_rolled", stream, "number", f"is {number}, behind the last batch")
    found = [*_days(rolled, last), *_months(rolled)]
    if found and not list(_days(last, last)):
        for stream in sorted(last.keys() - rolled.keys()):
            yield Problem("ledger_rolled", stream, "", "is missing; its batches were added up")
        for stream, number in rolled.items():
            if number != last.get(stream, 0):
                message = f"is {number}, the days have its batches up to {last.get(stream, 0)}"
                yield Problem("ledger_rolled", stream, "number", message)
    yield from found


def _days(rolled: dict[str, int], last: dict[str, int]) -> Iterator[Problem]:
    names = ("id", "stream", "number", "kind", "owner", "unit", "day", "amount")
    days: dict[Any, int] = {}
    for key, stream, number, kind, owner, unit, day, amount in rows_of(Net.objects.all(), names):
        if not 1 <= number <= last.get(stream, 0):
            yield Problem("ledger_net", str(key), "", "there is no such batch")
        elif number <= rolled.get(stream, 0):
            place = (kind, owner, unit, day)
            days[place] = days.get(place, 0) + amount
    names = ("id", "kind", "owner", "unit", "day", "amount")
    for key, kind, owner, unit, day, amount in rows_of(AccountDay.objects.all(), names):
        wanted = days.pop((kind, owner, unit, day), None)
        if wanted is None:
            yield Problem("ledger_accountday", str(key), "", "no batch moved anything there")
        elif wanted != amount:
            message = f"is {amount}, the batches say {wanted}"
            yield Problem("ledger_accountday", str(key), "amount", message)
    for kind, owner, unit, day in days:
        yield Problem("ledger_accountday", f"{kind}/{owner}/{unit}/{day}", "", "the day is missing")


def _last(stream: str) -> int:
    row = Batch.objects.filter(stream=stream).order_by("-number").values_list("number").first()
    return int(row[0]) if row else 0


def _months(rolled: dict[str, int]) -> Iterator[Problem]:
    wanted: dict[Any, list[int]] = {}
    for stream, number in rolled.items():
        for batch in Batch.objects.filter(stream=stream, number__lte=number).iterator(50):
            try:
                moves = month_moves(batch)
            except (Unreadable, ValueError, KeyError):
                continue  # the chain and the entries of this batch are named
            for place, row in moves.items():
                before = wanted.setdefault(place, [0] * len(COLUMNS))
                wanted[place] = [a + b for a, b in zip(before, row, strict=True)]
    names = ("id", "member", "month", *COLUMNS)
    for key, member, month, *row in rows_of(PurseMonth.objects.all(), names):
        said = wanted.pop((member, month), None)
        name = str(key)
        if said is None:
            yield Problem("ledger_pursemonth", name, "", "no batch moved this purse then")
            continue
        for column, found, sealed in zip(COLUMNS, row, said, strict=True):
            if found != sealed:
                message = f"is {found}, the batches say {sealed}"
                yield Problem("ledger_pursemonth", name, column, message)
    for member, month in wanted:
        yield Problem("ledger_pursemonth", f"{member}/{month}", "", "the month is missing")


def control_batches() -> Iterator[Problem]:
    """Every sealed control record is there as it was sealed, and every other one in the tail."""
    yield from control.against_sealed(_sealed_records())
    for batch in Batch.objects.filter(stream=CONTROL).order_by("number"):
        try:
            control_records.decode(bytes(batch.payload))
        except (ValueError, UnicodeDecodeError) as error:
            yield Problem(BATCH, str(batch.pk), "payload", f"cannot be read: {error}")


def _sealed_records() -> Iterator[control_records.Sealed]:
    for batch in Batch.objects.filter(stream=CONTROL).order_by("number"):
        try:
            yield from control_records.decode(bytes(batch.payload))
        except ValueError:
            continue


def roots() -> Iterator[Problem]:
    """Every root is signed, follows the one before, and names heads that are there."""
    before, at = "", 0
    table = Root._meta.db_table
    names = ("number", "signed_at", "body", "signature")
    public = keys.public_key()
    for number, signed_at, body, signature in rows_of(Root.objects.order_by("number"), names):
        key = str(number)
        if number != at + 1:
            yield Problem(table, str(at + 1), "", "the root is missing")
        if not _is_signed(public, body, signature):
            yield Problem(table, key, "signature", "is not ours for these heads")
            yield Problem(table, key, "body", "is not what was signed")
        else:
            yield from _root(key, number, signed_at, json.loads(body), before)
        before, at = root_digest(Root(body=body, signature=signature)), number
    last = Rolled.objects.filter(stream=ROOTS).values_list("number", flat=True).first() or 0
    if last > at:
        yield Problem(table, str(last), "", "the newest root is missing")
    if last != at:
        yield Problem("ledger_rolled", ROOTS, "number", f"is {last}, there are {at} roots")


def _is_signed(public: bytes, body: str, signature: str) -> bool:
    try:
        return keys.verify_signature(public, body.encode(), bytes.fromhex(signature))
    except (ValueError, AttributeError, TypeError):
        return False


def _root(
    key: str, number: int, signed_at: Any, said: dict[str, Any], before: str
) -> Iterator[Problem]:
    table = Root._meta.db_table
    if said["number"] != number:
        yield Problem(table, key, "number", f"root {said['number']} was signed")
    if not hasattr(signed_at, "year") or said["at"] != microseconds(signed_at):
        yield Problem(table, key, "signed_at", "is not the moment that was signed")
    if said["previous"] != before:
        yield Problem(table, key, "body", "does not follow the root before")
    for stream, (last, head) in said["heads"].items():
        kept = Batch.objects.filter(stream=stream, number=last).values_list("pk", "head").first()
        if kept is None:
            yield Problem(BATCH, f"{stream}/{last}", "", f"root {number} was signed over it")
        elif kept[1] != head:
            yield Problem(BATCH, str(kept[0]), "head", f"root {number} was signed over {head}")


def anchors(path: Path) -> Iterator[Problem]:
    """Every root that was anchored outside is here as it was anchored: a database set back, or
    written anew, lacks it."""
    table = Root._meta.db_table
    public = keys.public_key()
    for place, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            number, body, signature = said["number"], said["body"], said["signature"]
        except (ValueError, KeyError, TypeError):
            yield Problem(table, "", "", f"line {place} of the anchors is no root")
            continue
        if not _is_signed(public, body, signature):
            yield Problem(
                table, str(number), "", f"line {place} of the anchors is not signed by us"
            )
            continue
        found = Root.objects.filter(number=number).values_list("body", "signature").first()
        if found is None:
            message = "was anchored and is not here: the database was set back"
            yield Problem(table, str(number), "", message)
        elif found != (body, signature):
            message = "was anchored over other heads: the database was written anew"
            yield Problem(table, str(number), "body", message)
