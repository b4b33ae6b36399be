"""One table of verbs: whatever names every verb is made from it."""

from zengzhi.core.economy import events, verbs
from zengzhi.core.economy.events import check_fields, parse_event
from zengzhi.core.kernel import layout
from zengzhi.records.settlement.models import Op
from zengzhi.records.settlement.postings import ENTRY_KINDS

VALUES = {"paid": "12.00", "amount": "3.00", "points": "all", "member": "m", "order": "o"}


def test_numbers_are_sealed_and_stay_as_they_are():
    assert [(verb.number, verb.name) for verb in verbs.VERBS] == [
        (1, "order"),
        (2, "sell"),
        (3, "subsidise"),
        (4, "grant"),
        (5, "convert"),
        (6, "refund"),
        (7, "expire"),
        (8, "wind_down"),
    ]


def test_the_kernel_the_events_and_the_records_name_the_same_verbs():
    for verb in verbs.VERBS:
        name = verb.name.upper()
        assert getattr(layout, name) == getattr(Op, name) == verb.number
        assert ENTRY_KINDS[verb.number] == verb.entry
    assert len(Op) == len(verbs.VERBS) == len(ENTRY_KINDS) - 1
    classes = events.Event.__args__
    assert {kind.verb for kind in classes} == set(verbs.VERBS)


def test_an_event_of_the_fields_of_each_verb_is_read_as_that_verb():
    for verb in verbs.VERBS:
        fields = {"op": verb.name, "id": "e", "at": "now"}
        fields |= {name: VALUES[name] for name in verb.required if name != "id"}
        check_fields(fields)
        assert parse_event(fields).verb is verb
