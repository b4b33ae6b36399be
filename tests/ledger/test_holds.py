"""Holds: opened once, moved along their edges, by exactly one of many (ADR 0060)."""

import itertools
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from zengzhi.records.ledger import holds
from zengzhi.records.ledger.holds import EDGES, HoldKind, HoldState, IllegalMove, Opening
from zengzhi.records.ledger.models import Place

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, tzinfo=UTC)


def opened(kind: HoldKind, cause: str = "o1", fen: int = 100) -> None:
    holds.open_holds(kind, [Opening(cause, fen, 1)], AT)


def test_a_cause_has_one_hold_of_a_kind():
    opened(HoldKind.ORDER)
    opened(HoldKind.BONUS)
    with pytest.raises(IntegrityError), transaction.atomic():
        opened(HoldKind.ORDER)


@pytest.mark.parametrize(
    ("kind", "start", "to"), list(itertools.product(HoldKind, HoldState, HoldState))
)
def test_every_edge_is_in_the_table_or_refused(kind, start, to):
    opened(kind)
    Place.objects.update(state=start)
    legal = start in EDGES[kind][to]
    assert holds.move(kind, ["o1"], to) == (["o1"] if legal else [])
    assert holds.states(kind, ["o1"]) == {"o1": to if legal else start}


def test_only_what_stands_at_the_start_of_the_edge_moves():
    for cause in ("a", "b", "c"):
        opened(HoldKind.ORDER, cause)
    assert holds.move(HoldKind.ORDER, ["b"], HoldState.VOID) == ["b"]
    assert holds.move(HoldKind.ORDER, ["c", "b", "a", "none", "a"], HoldState.POSTED) == ["c", "a"]
    assert holds.move(HoldKind.ORDER, ["a"], HoldState.POSTED) == []


def test_one_hold_must_move_or_says_why():
    opened(HoldKind.WITHDRAWAL)
    holds.must_move(HoldKind.WITHDRAWAL, "o1", HoldState.PARKED, reason="limit")
    assert holds.place(HoldKind.WITHDRAWAL, "o1").reason == "limit"
    holds.must_move(HoldKind.WITHDRAWAL, "o1", HoldState.OPEN)
    assert holds.place(HoldKind.WITHDRAWAL, "o1").reason == ""
    holds.must_move(HoldKind.WITHDRAWAL, "o1", HoldState.POSTED)
    with pytest.raises(IllegalMove):
        holds.must_move(HoldKind.WITHDRAWAL, "o1", HoldState.VOID)


def test_what_is_done_never_goes_back_and_never_past_the_hold():
    opened(HoldKind.ORDER)
    holds.note_done(HoldKind.ORDER, "o1", 60)
    holds.note_done(HoldKind.ORDER, "o1", 40)
    assert holds.place(HoldKind.ORDER, "o1").done_fen == 60
    with pytest.raises(IntegrityError), transaction.atomic():
        holds.note_done(HoldKind.ORDER, "o1", 101)
