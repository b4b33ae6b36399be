"""The audit log: who, what, when, from where, before, after, approver."""

from datetime import UTC, datetime

import pytest

from zengzhi.records.control import origin
from zengzhi.records.control.audit import changes, note
from zengzhi.records.control.models import Act, Record
from zengzhi.records.members.models import User
from zengzhi.verify.control import rows_against_records


@pytest.fixture
def people(db):
    return User.objects.create_user("maker"), User.objects.create_user("checker")


def test_an_act_says_what_was_before_and_after_who_approved_and_where_it_came_from(people):
    maker, checker = people
    since = datetime(2026, 5, 1, 9, tzinfo=UTC)
    with origin.of("203.0.113.9", "a1b2"):
        act = note(
            maker,
            "price",
            "product:7",
            "harvest",
            before={"price_fen": 100, "since": None},
            after={"price_fen": 90, "since": since},
            approver=checker,
        )
    act.refresh_from_db()
    assert (act.by, act.approver) == (maker, checker)
    assert act.before == {"price_fen": 100, "since": None}
    assert act.after == {"price_fen": 90, "since": "2026-05-01T09:00:00.000000+00:00"}
    assert (act.address, act.request_id) == ("203.0.113.9", "a1b2")
    assert list(rows_against_records(Act)) == []


def test_what_the_system_does_by_itself_comes_from_nowhere(db):
    act = note(None, "chore", "x")
    assert (act.by, act.address, act.request_id, act.before) == (None, "", "", None)


@pytest.mark.parametrize("column", ["approver_id", "before", "after", "address", "request_id"])
def test_every_column_of_an_act_is_sealed(people, column):
    maker, checker = people
    with origin.of("203.0.113.9", "a1b2"):
        note(maker, "price", "x", before={"a": 1}, after={"a": 2}, approver=checker)
    content = Record.objects.get(of_table="control_act").content
    assert f'"{column}":' in content
    assert "203.0.113.9" not in content


def test_changes_are_what_differs():
    assert changes({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "d": 4}) == (
        {"b": 2, "c": 3},
        {"b": 3, "d": 4},
    )


def test_origins_nest_and_end():
    with origin.of("a", "1"):
        with origin.of("b", "2"):
            assert origin.now().address == "b"
        assert origin.now() == origin.Origin("a", "1")
    assert origin.now() == origin.Origin()


def test_an_act_is_never_changed(people):
    note(people[0], "price", "x")
    with pytest.raises(Exception, match="append-only"):
        Act.objects.update(address="203.0.113.10")
