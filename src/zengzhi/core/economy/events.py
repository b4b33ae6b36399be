"""Events (spec 4.2): frozen commands, one class per op, and their strict parsing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zengzhi.core.economy import verbs
from zengzhi.core.economy.rules import Split, split_from_mapping
from zengzhi.core.errors import Malformed, UnusableRules
from zengzhi.core.units import Fen, PointUnits, parse_points, parse_yuan


@dataclass(frozen=True, slots=True)
class Order:
    """A paid order that settles now."""

    verb: ClassVar[verbs.Verb] = verbs.ORDER
    id: str
    member: str
    paid_fen: Fen
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Sell:
    """A sale; ``units`` ``None`` means all; ``order`` names one lot."""

    verb: ClassVar[verbs.Verb] = verbs.SELL
    id: str
    member: str
    units: PointUnits | None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Subsidise:
    """Money into the pool without points."""

    verb: ClassVar[verbs.Verb] = verbs.SUBSIDISE
    id: str
    amount_fen: Fen


@dataclass(frozen=True, slots=True)
class Grant:
    """Fund and grant."""

    verb: ClassVar[verbs.Verb] = verbs.GRANT
    id: str
    member: str
    amount_fen: Fen


@dataclass(frozen=True, slots=True)
class Convert:
    """Points to shares; ``units`` ``None`` means all."""

    verb: ClassVar[verbs.Verb] = verbs.CONVERT
    id: str
    member: str
    units: PointUnits | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund of a settled order; ``amount_fen`` ``None`` means all that is left."""

    verb: ClassVar[verbs.Verb] = verbs.REFUND
    id: str
    order: str
    amount_fen: Fen | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """Points expire or are forfeited; ``units`` ``None`` means all."""

    verb: ClassVar[verbs.Verb] = verbs.EXPIRE
    id: str
    member: str
    units: PointUnits | None


@dataclass(frozen=True, slots=True)
class WindDown:
    """The whole pool to the open lots; the pool is closed."""

    verb: ClassVar[verbs.Verb] = verbs.WIND_DOWN
    id: str


Event = Order | Sell | Subsidise | Grant | Convert | Refund | Expire | WindDown

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


def trim_names(fields: dict[str, Any]) -> None:
    """Cut the blanks around a member's name, as ``str.strip`` does: ``m1`` and ``m1 `` are one
    member. Ids stay as they are."""
    member = fields.get("member")
    if isinstance(member, str):
        fields["member"] = member.strip()


def check_fields(fields: Mapping[str, Any]) -> None:
    """Exactly the fields of the op, once each, all strings, names not empty.

    Errors: ``malformed``.
    """
    check_once(fields)
    op = fields.get("op")
    verb = verbs.BY_NAME.get(op) if isinstance(op, str) else None
    if verb is None:
        raise Malformed(f"op must be one of {', '.join(verbs.BY_NAME)}")
    known = {"op", "at", *verb.required, *verb.optional}
    for key in verb.required:
        if key not in fields:
            raise Malformed(f"{op}: the field {key!r} is missing")
    for key, value in fields.items():
        if key not in known:
            raise Malformed(f"{op}: unknown field {key[:40]!r}")
        if key == "split":
            check_split(value)
        elif not isinstance(value, str):
            raise Malformed(f"{op}: {key!r} must be a string")
        elif key in _NAMES and not value:
            raise Malformed(f"{op}: {key!r} must not be empty")


def check_split(value: object) -> Split:
    """An order's own split: an object of the three rates and, if it is not 0 %, ``legacy``.

    Errors: ``malformed``.
    """
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
    verb, event_id = verbs.BY_NAME[fields["op"]], fields["id"]
    if verb is verbs.ORDER:
        split = check_split(fields["split"]) if "split" in fields else None
        return Order(event_id, fields["member"], parse_yuan(fields["paid"]), split)
    if verb is verbs.SUBSIDISE:
        return Subsidise(event_id, parse_yuan(fields["amount"]))
    if verb is verbs.GRANT:
        return Grant(event_id, fields["member"], parse_yuan(fields["amount"]))
    if verb is verbs.REFUND:
        amount = fields.get("amount")
        return Refund(event_id, fields["order"], None if amount is None else parse_yuan(amount))
    if verb is verbs.WIND_DOWN:
        return WindDown(event_id)
    units = None if fields["points"] == "all" else parse_points(fields["points"])
    if verb is verbs.SELL:
        return Sell(event_id, fields["member"], units, fields.get("order"))
    return (Convert if verb is verbs.CONVERT else Expire)(event_id, fields["member"], units)
