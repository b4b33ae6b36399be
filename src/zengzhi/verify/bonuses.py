"""Bonuses, both ways: the rows of distributions against the sealed entries that set them aside, and
the holds of orders against the entries that opened, released and reversed them."""

import json
from collections.abc import Iterator
from typing import Any

from zengzhi.records.bonuses.derive import differences
from zengzhi.records.bonuses.facts import AMOUNT
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.models import SETTLED_FROM, Place, Transaction
from zengzhi.verify.problem import Problem

PENDING, REVERSED = "bonus_pending", "bonus_reversed"
PLACE, HEAD = Place._meta.db_table, Transaction._meta.db_table


def distributions() -> Iterator[Problem]:
    """Every row says what its entry says, and none is missing or without one."""
    for table, key, field in differences():
        message = "is not what its sealed entry says" if field else "row and sealed entry part"
        yield Problem(table, str(key), field, message)


def holds() -> Iterator[Problem]:
    """An order's hold stands where its entries have brought it."""
    places = {place.cause: place for place in Place.objects.filter(kind=HoldKind.BONUS)}
    released = {order for _entry, order, _facts in _heads("bonus")}
    reversed_fen = {order: facts.get("refunded", 0) for _e, order, facts in _heads(REVERSED)}
    known = set()
    for entry, order, facts in _heads(PENDING):
        known.add(order)
        place = places.pop(order, None)
        if place is None:
            yield Problem(HEAD, str(entry), "", f"the bonuses of {order} have no hold")
            continue
        said = {
            "amount_fen": facts.get("base"),
            "done_fen": reversed_fen.get(order, 0),
            "entry": entry,
        }
        for field, wanted in said.items():
            if getattr(place, field) != wanted:
                yield Problem(PLACE, str(place.pk), field, f"its entries say {wanted}")
        if _pays(facts) and not _stands(place, order in released):
            yield Problem(PLACE, str(place.pk), "state", "its entries have brought it elsewhere")
    for place in places.values():
        yield Problem(PLACE, str(place.pk), "", "a hold of bonuses that no entry opened")
    for order in sorted({*released, *reversed_fen} - known):
        yield Problem(HEAD, order, "reference", "bonuses moved that no entry had set aside")


def _pays(facts: dict[str, Any]) -> bool:
    """Whether a distribution gives anybody anything: then its release has an entry."""
    return any(line[AMOUNT] for line in json.loads(facts.get("lines") or "[]"))


def _stands(place: Place, released: bool) -> bool:
    """Whether a state fits: void means wholly refunded, posted means released."""
    if place.done_fen == place.amount_fen:
        return place.state == HoldState.VOID
    return place.state == (HoldState.POSTED if released else HoldState.OPEN)


def _heads(kind: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    rows = Transaction.objects.filter(kind=kind, pk__lt=SETTLED_FROM).order_by("pk")
    for entry, order, facts in rows.values_list("pk", "reference", "facts").iterator():
        yield entry, order, json.loads(facts or "{}")
