"""Purses are locked in the order of members, however they are asked for."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from zengzhi.records.ledger.purses import lock_purses

MEMBERS = (900_003, 900_001, 900_002)


@pytest.mark.django_db
def test_purses_are_locked_in_one_order():
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as seen,
    ):
        assert list(lock_purses(MEMBERS)) == sorted(MEMBERS)
    made, read = (
        next(query["sql"] for query in seen if query["sql"].startswith(verb))
        for verb in ("INSERT", "SELECT")
    )
    places = [made.index(str(member)) for member in sorted(MEMBERS)]
    assert places == sorted(places)
    assert "ORDER BY" in read
