"""The verifier's sums find by themselves what the fold of the pools finds too."""

import pytest
from django.db.models import F

from tests.records.books import no_guards
from tests.records.story import mixed_stream
from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Lot
from zengzhi.records.settlement.settle import settle
from zengzhi.verify.checks import RECORDS
from zengzhi.verify.run import run

pytestmark = pytest.mark.django_db


def test_a_lot_with_other_points_than_the_journal_is_found(pool):
    Member.objects.bulk_create(Member(pk=key, nickname=str(key)) for key in range(1, 41))
    settle(pool.pk, mixed_stream(60))
    sums = tuple(check for check in RECORDS if check.name == "points of members")
    assert run(checks=sums).ok
    lot = Lot.objects.filter(remaining_units__gt=5).first()
    with no_guards():
        Lot.objects.filter(pk=lot.pk).update(remaining_units=F("remaining_units") - 1)
    (problem,) = run(checks=sums).problems
    assert (problem.table, problem.field) == ("settlement_lot", "remaining_units")
    assert f"member {lot.member_id}:" in problem.message
