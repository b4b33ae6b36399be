"""Whatever is changed, deleted or inserted past the program: the database refuses it, or verify
names the row. Generated: every table × every column × change, empty, delete, insert; on the
database of the run; with the guards, and with the guards dropped.
"""

import pytest
from django.apps import apps
from django.db import Error, connection, transaction

from tests.conftest import GUARDS
from tests.verify.manipulate import forgeries
from tests.verify.story import small_mall
from zengzhi.verify.checks import CHECKS
from zengzhi.verify.control import sealed_models
from zengzhi.verify.run import found, run
from zengzhi.verify.tables import FREE_TABLES, declaration, undeclared

pytestmark = pytest.mark.django_db
MODELS = {
    model._meta.db_table: model
    for model in apps.get_models(include_auto_created=True)
    if model._meta.db_table not in FREE_TABLES and model._meta.managed
}


def nothing_waits_for_the_commit():
    """PostgreSQL looks at all that still waits, again after each savepoint that is rolled back:
    what the story has left to look at is looked at once."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture(scope="module")
def mall(django_db_setup, django_db_blocker):
    """The small mall, once for all tests here."""
    with django_db_blocker.unblock():
        atom = transaction.atomic()
        atom._from_testcase = True  # as in Django's own: a settlement is never inside another
        atom.__enter__()
        try:
            small_mall()
            nothing_waits_for_the_commit()
            report = run()
            assert report.ok, "\n".join(map(str, report.problems))
            yield
        finally:
            transaction.set_rollback(True)
            atom.__exit__(None, None, None)


class _Executor:
    connection = connection

    def execute(self, statement, params=None):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def refused(forgery):
    """Whether the database refuses it, at once or at the commit."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(forgery.sql, forgery.values)
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            if cursor.rowcount == 0 and connection.vendor != "postgresql":
                return True
    except Error:
        return True
    return False


def fits(problem, forgery):
    """Whether a problem names the table, the row and, for a changed column, the column."""
    field_fits = "" in (forgery.field, problem.field) or problem.field == forgery.field
    return problem.table == forgery.table and problem.id in forgery.ids and field_fits


def named(forgery, checks):
    """Whether one of the checks names it; the one that did is asked first the next time."""
    for place, check in enumerate(checks):
        if any(fits(problem, forgery) for problem in found(check)):
            checks.insert(0, checks.pop(place))
            return True
    return False


def is_free(model, field):
    what = declaration(model)
    names = {item.column: item.name for item in model._meta.concrete_fields}
    return bool(field) and names[field] in what.free


def unnoticed(model):
    """The manipulations that nothing stopped and none of the checks of the table named."""
    names = []
    checks = [check for check in CHECKS if model._meta.db_table in check.tables]
    for forgery in forgeries(model):
        if is_free(model, forgery.field):
            continue
        point = transaction.savepoint()
        if not refused(forgery) and not named(forgery, checks):
            names.append(forgery.name)
        transaction.savepoint_rollback(point)
    return names


def test_every_column_is_declared():
    assert undeclared() == []


def test_every_sealed_table_is_held_against_its_control_records():
    names = {check.name for check in CHECKS}
    assert {f"control records of {model._meta.db_table}" for model in sealed_models()} <= names


@pytest.mark.parametrize("table", sorted(MODELS))
def test_nothing_goes_unnoticed(mall, table):
    assert unnoticed(MODELS[table]) == []


@pytest.mark.parametrize("table", sorted(MODELS))
def test_nothing_goes_unnoticed_without_guards(mall, table):
    point = transaction.savepoint()
    if connection.vendor == "postgresql":  # nothing may wait for the commit
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for guards in GUARDS:
        guards.remove(_Executor())
    try:
        assert unnoticed(MODELS[table]) == []
    finally:
        transaction.savepoint_rollback(point)
