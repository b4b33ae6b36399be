"""Bonuses, both ways: the rows of distributions against the sealed entries that set them aside, and
the holds of orders against the entries that opened, released and reversed them."""

import json
from collections.abc import Iterator

from zengzhi.records.bonuses.derive import differences
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.models import SETTLED_FROM, Place, Transaction
from zengzhi.verify.problem import Problem

PLACE, HEAD = Place._meta.db_table, Transaction._meta.db_table


def distributions() -> Iterator[Problem]:
    """Every row says what its entry says, and none is missing or without one."""
    for table, key, field in differences():
        message = "is not what its sealed entry says" if field else "row and sealed entry part"
        yield Problem(table, str(key), field, message)


def holds() -> Iterator[Problem]:
    """An order's hold stands where its entries have brought it."""
    places = {place.cause: place for place in Place.objects.filter(kind=HoldKind.BONUS)}
    released, reversed_fen = _released(), _reversed()
    for entry, order, text in _heads("bonus_pending"):
        place, facts = places.pop(order, None), json.loads(text)
        if place is None:
            yield Problem(HEAD, str(entry), "", f"the bonuses of {order} have no hold")
            continue
        said = {"amount_fen": facts["base"], "entry": entry}
        if facts["lines"] or facts["dividend"]:
            said["done_fen"] = reversed_fen.get(order, 0)
        for field, wanted in said.items():
            if getattr(place, field) != wanted:
                yield Problem(PLACE, str(place.pk), field, f"its entries say {wanted}")
        if facts["lines"] and not _stands(place, order in released):
            yield Problem(PLACE, str(place.pk), "state", "its entries have brought it elsewhere")
    for place in places.values():
        yield Problem(PLACE, str(place.pk), "", "a hold of bonuses that no entry opened")
    for order in released - {order for _entry, order, _text in _heads("bonus_pending")}:
        yield Problem(HEAD, order, "", "bonuses were released that no entry had set aside")


def _stands(place: Place, released: bool) -> bool:
    """Whether a state fits: void means wholly refunded, posted means released."""
    if place.done_fen == place.amount_fen:
        return place.state == HoldState.VOID
    return place.state == (HoldState.POSTED if released else HoldState.OPEN)


def _heads(kind: str) -> Iterator[tuple[int, str, str]]:
    rows = Transaction.objects.filter(kind=kind, pk__lt=SETTLED_FROM).order_by("pk")
    yield from rows.values_list("pk", "reference", "facts").iterator(chunk_size=5_000)


def _released() -> set[str]:
    return {order for _entry, order, _facts in _heads("bonus")}


def _reversed() -> dict[str, int]:
    """Order → up to how much of it its bonuses have been reversed."""
    return {order: json.loads(text)["refunded"] for _e, order, text in _heads("bonus_reversed")}
