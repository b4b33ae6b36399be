"""Events (spec 4.2): frozen commands, one class per op, and their strict parsing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zengzhi.core.economy.rules import Split, split_from_mapping
from zengzhi.core.errors import Malformed, UnusableRules
from zengzhi.core.units import parse_points, parse_yuan


@dataclass(frozen=True, slots=True)
class Order:
    """A paid order that settles now."""

    op: ClassVar[str] = "order"
    id: str
    member: str
    paid_fen: int
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Sell:
    """A sale; ``units`` ``None`` means all; ``order`` names one lot."""

    op: ClassVar[str] = "sell"
    id: str
    member: str
    units: int | None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Subsidise:
    """Money into the pool without points."""

    op: ClassVar[str] = "subsidise"
    id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Grant:
    """Fund and grant."""

    op: ClassVar[str] = "grant"
    id: str
    member: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Convert:
    """Points to shares; ``units`` ``None`` means all."""

    op: ClassVar[str] = "convert"
    id: str
    member: str
    units: int | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund of a settled order; ``amount_fen`` ``None`` means all that is left."""

    op: ClassVar[str] = "refund"
    id: str
    order: str
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """Points expire or are forfeited; ``units`` ``None`` means all."""

    op: ClassVar[str] = "expire"
    id: str
    member: str
    units: int | None


Event = Order | Sell | Subsidise | Grant | Convert | Refund | Expire

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "order": (("id", "member", "paid"), ("split",)),
    "sell": (("id", "member", "points"), ("order",)),
    "subsidise": (("id", "amount"), ()),
    "grant": (("id", "member", "amount"), ()),
    "convert": (("id", "member", "points"), ()),
    "refund": (("id", "order"), ("amount",)),
    "expire": (("id", "member", "points"), ()),
}
"""Op → required and optional fields; ``op`` itself and ``at`` are allowed everywhere."""

_NAMES = frozenset({"id", "member", "order"})


class _Repeats(dict[str, Any]):
    """An object in which a field appears twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else _Repeats(fields)


def read_json_object(line: str | bytes) -> dict[str, Any]:
    """A line as a JSON object. Errors: ``malformed``."""
    try:
        text = line.decode() if isinstance(line, bytes) else line
        # A number is malformed in any case, and may have more digits than an int can read.
        fields = json.loads(text, object_pairs_hook=_object, parse_int=float)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not a JSON object: {str(error)[:80]}") from error
    if not isinstance(fields, dict):
        raise Malformed("not a JSON object")
    return fields


def check_once(fields: Mapping[str, Any]) -> None:
    """Every field stands once, also in an object inside. Errors: ``malformed``."""
    if any(isinstance(part, _Repeats) for part in (fields, *fields.values())):
        raise Malformed("a field appears twice")


def check_fields(fields: Mapping[str, Any]) -> None:
    """Exactly the fields of the op, once each, all strings, names not empty.

    Errors: ``malformed``.
    """
    check_once(fields)
    op = fields.get("op")
    if not isinstance(op, str) or op not in FIELDS:
        raise Malformed(f"op must be one of {', '.join(FIELDS)}")
    required, optional = FIELDS[op]
    for key in required:
        if key not in fields:
            raise Malformed(f"{op}: the field {key!r} is missing")
    for key, value in fields.items():
        if key not in ("op", "at") and key not in required and key not in optional:
            raise Malformed(f"{op}: unknown field {key[:40]!r}")
        if key == "split":
            check_split(value)
        elif not isinstance(value, str):
            raise Malformed(f"{op}: {key!r} must be a string")
        elif key in _NAMES and not value:
            raise Malformed(f"{op}: {key!r} must not be empty")


def check_split(value: object) -> Split:
    """An order's own split: an object of the three rates. Errors: ``malformed``."""
    if not isinstance(value, dict):
        raise Malformed("split must be an object")
    missing = {"cost", "distribution", "platform"} - value.keys()
    if missing:
        raise Malformed(f"split: {', '.join(sorted(missing))} missing")
    try:
        return split_from_mapping(value)
    except UnusableRules as error:
        raise Malformed(error.message) from error


def parse_event(fields: Mapping[str, Any]) -> Event:
    """An event from checked fields (:func:`check_fields`). Errors: ``invalid_amount``."""
    op, event_id = fields["op"], fields["id"]
    if op == "order":
        split = check_split(fields["split"]) if "split" in fields else None
        return Order(event_id, fields["member"], parse_yuan(fields["paid"]), split)
    if op == "subsidise":
        return Subsidise(event_id, parse_yuan(fields["amount"]))
    if op == "grant":
        return Grant(event_id, fields["member"], parse_yuan(fields["amount"]))
    if op == "refund":
        amount = fields.get("amount")
        return Refund(event_id, fields["order"], None if amount is None else parse_yuan(amount))
    units = None if fields["points"] == "all" else parse_points(fields["points"])
    if op == "sell":
        return Sell(event_id, fields["member"], units, fields.get("order"))
    return (Convert if op == "convert" else Expire)(event_id, fields["member"], units)
