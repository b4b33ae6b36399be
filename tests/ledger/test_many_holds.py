"""Holds that are opened together are the rows that each alone would be."""

import pytest
from django.db import IntegrityError, transaction

from zengzhi.records.ledger import holds
from zengzhi.records.ledger.holds import HoldKind, Opening, open_holds
from zengzhi.records.ledger.models import Place, Purse
from zengzhi.records.ledger.purses import lock_purses
from zengzhi.records.store import clock

COLUMNS = (
    "cause",
    "kind",
    "state",
    "amount_fen",
    "done_fen",
    "entry",
    "reason",
    "opened_at",
    "moved_at",
    "lines",
)


def rows(prefix: str) -> list[tuple[object, ...]]:
    found = Place.objects.filter(cause__startswith=prefix).order_by("cause").values_list(*COLUMNS)
    return [(str(cause)[len(prefix) :], *rest) for cause, *rest in found]


@pytest.mark.django_db
def test_many_holds_are_the_same_rows_as_few(monkeypatch):
    at = clock.now()
    said = [(f"{number:03}", number * 100, 7 + number) for number in range(5)]
    open_holds(HoldKind.ORDER, [Opening(f"few{c}", fen, e) for c, fen, e in said], at)
    monkeypatch.setattr(holds, "MANY", 1)
    open_holds(HoldKind.ORDER, [Opening(f"many{c}", fen, e) for c, fen, e in said], at)
    assert rows("many") == rows("few")
    assert len(rows("many")) == 5


@pytest.mark.django_db
def test_a_cause_among_many_has_one_hold(monkeypatch):
    monkeypatch.setattr(holds, "MANY", 1)
    open_holds(HoldKind.BONUS, [Opening("o1", 100, 1)])
    with pytest.raises(IntegrityError), transaction.atomic():
        open_holds(HoldKind.BONUS, [Opening("o2", 100, 2), Opening("o1", 100, 3)])
    assert list(Place.objects.values_list("cause", flat=True)) == ["o1"]


@pytest.mark.django_db
def test_locking_opens_the_purses_that_are_missing_and_leaves_the_others():
    Purse.objects.create(member=2, available_fen=5)
    found = lock_purses([3, 2, 3])
    assert {member: view.available_fen for member, view in found.items()} == {2: 5, 3: 0}
    assert list(lock_purses([])) == []
    assert Purse.objects.count() == 2
