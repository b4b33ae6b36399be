"""Holds: each stands where the entries and the rows of its cause put it."""

from collections.abc import Iterator, Mapping

from zengzhi.records.ledger.holds import HoldKind
from zengzhi.records.ledger.models import Place
from zengzhi.verify.problem import Problem

PLACE = Place._meta.db_table
CHECKED = (HoldKind.ORDER, HoldKind.BONUS, HoldKind.WITHDRAWAL, HoldKind.SUSPENSE)
"""Kinds that something opens; each is held against its causes by a check of its own."""


def compare_hold(place: Place, wanted: Mapping[str, object]) -> Iterator[Problem]:
    """What a hold says is what its cause says."""
    for name, value in wanted.items():
        found = getattr(place, name)
        if found != value:
            yield Problem(PLACE, str(place.pk), name, f"is {found!r}, its cause says {value!r}")


def missing(kind: HoldKind, cause: str) -> Problem:
    """A cause without its hold."""
    return Problem(PLACE, f"{int(kind)}/{cause}", "", "the hold is missing")


def stray(place: Place) -> Iterator[Problem]:
    """A hold without its cause, or under another kind than its cause."""
    for name in ("kind", "cause"):
        yield Problem(PLACE, str(place.pk), name, f"nothing set {place.cause} aside like this")


def known_kinds() -> Iterator[Problem]:
    """Every hold is of a kind that something opens."""
    for key in Place.objects.exclude(kind__in=CHECKED).values_list("pk", flat=True):
        yield Problem(PLACE, str(key), "kind", "nothing makes holds of this kind")
