"""Without its database, or with a full disk, the mall says so: 503, when to come again, no page of
an error. What is a defect stays one."""

import sqlite3

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from tests.conftest import token
from zengzhi.records.store.away import is_away
from zengzhi.site.database import database_from_url

PAGES = ["/", "/goods/", "/points/", "/me/", "/orders/", "/truth/", "/office/", "/accounts/login/"]
AWAY = [OperationalError("the connection is lost"), InterfaceError("connection already closed")]


@pytest.fixture
def no_database(client):
    """Every statement fails as if the server were gone."""
    client.raise_request_exception = False

    def gone(execute, sql, params, many, context):
        raise AWAY[0]

    return connection.execute_wrapper(gone)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_when_to_come_again(client, pool, member, no_database, address):
    client.force_login(member.user)
    with no_database:
        answer = client.get(address)
    if answer.status_code == 200:  # The page of signing in asks nothing of the database.
        assert address == "/accounts/login/"
        return
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert "商城暂时无法应答" in page
    assert "cannot answer for the moment" in page
    assert client.get(address).status_code in {200, 302, 403, 404}


def test_a_form_is_refused_and_changes_nothing(client, pool, product, member, no_database):
    from tests.web.test_bad_input import DELIVERY, everything

    client.force_login(member.user)
    before = everything()
    form = {"quantity": "1", "token": token(), **DELIVERY}
    with no_database:
        assert client.post(f"/checkout/{product.slug}/", form).status_code == 503
    assert everything() == before


def test_a_defect_is_no_503(client, pool, monkeypatch):
    client.raise_request_exception = False

    def broken(execute, sql, params, many, context):
        raise DatabaseError("a defect")

    with connection.execute_wrapper(broken):
        answer = client.get("/goods/")
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("number", "away"),
    [(sqlite3.SQLITE_FULL, True), (sqlite3.SQLITE_READONLY, True), (sqlite3.SQLITE_ERROR, False)],
)
def test_what_a_statement_says_wrongly_is_a_defect(number, away):
    cause = sqlite3.OperationalError("said by SQLite")
    cause.sqlite_errorcode = number
    error = OperationalError("said by SQLite")
    error.__cause__ = cause
    assert is_away(error) is away
    wrapped = RuntimeError("in a view")
    wrapped.__context__ = error
    assert is_away(wrapped) is away


def test_a_connection_is_checked_before_it_is_used_again():
    """So that the first request after the server came back is answered."""
    made = database_from_url("postgresql://mall@db/mall?connect_timeout=9")
    assert made["CONN_HEALTH_CHECKS"] is True
    assert made["OPTIONS"]["connect_timeout"] == "9"
    assert int(made["OPTIONS"]["tcp_user_timeout"]) <= 60_000
