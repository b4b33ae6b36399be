"""Purses are locked in the order of members, however they are asked for."""

import pytest
from django.db import connection, transaction

from zengzhi.records.ledger.purses import lock_purses

MEMBERS = (900_003, 900_001, 900_002)


@pytest.mark.django_db
def test_purses_are_locked_in_one_order():
    seen: list[tuple[str, str]] = []

    def note(execute, sql, params, many, context):
        seen.append((sql.strip(), str(params)))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        assert list(lock_purses(MEMBERS)) == sorted(MEMBERS)
    made = next(values for sql, values in seen if "INSERT" in sql)
    read = next(sql for sql, _values in seen if sql.startswith("SELECT"))
    places = [made.index(str(member)) for member in sorted(MEMBERS)]
    assert places == sorted(places)
    assert "ORDER BY" in read
