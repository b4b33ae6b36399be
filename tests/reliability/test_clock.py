"""A clock that jumps reorders nothing: events are numbered by the pool, not by the time."""

from datetime import timedelta

import pytest

from tests.records.books import assert_books_hold
from zengzhi.core.economy.events import Order
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Event, Lot
from zengzhi.records.settlement.settle import settle_one
from zengzhi.records.store import clock


@pytest.mark.django_db
def test_the_sequence_goes_on_however_the_clock_jumps(pool):
    members = [Member.objects.create(nickname=str(number)) for number in range(4)]
    began = clock.now()
    jumps = (timedelta(), timedelta(days=365), timedelta(days=-1), timedelta())
    for number, (member, jump) in enumerate(zip(members, jumps, strict=True)):
        with clock.at(began + jump):
            assert settle_one(pool.pk, Order(f"o{number}", str(member.pk), 100_000), clock.now()).ok
    events = Event.objects.order_by("sequence").values_list("event_id", "sequence")
    assert list(events) == [(f"o{number}", number + 1) for number in range(4)]
    granted = list(Lot.objects.order_by("id").values_list("granted_units", flat=True))
    assert granted == sorted(granted, reverse=True)
    assert_books_hold()
