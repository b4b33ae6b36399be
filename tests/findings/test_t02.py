"""T2: 33 of 40 manipulations of rows went unnoticed. These are the ones of the finding, each named
by ``verify`` with its table; tests/verify generates the others, for every table and column.
"""

import pytest
from django.db import Error, connection, transaction

from tests.conftest import GUARDS
from tests.verify.test_manipulations import _Executor
from tests.verify.test_manipulations import mall as mall
from zengzhi.verify.checks import CHECKS
from zengzhi.verify.run import run

pytestmark = pytest.mark.django_db
LAST = "(SELECT max(id) FROM {0})"
MANIPULATIONS = {
    "a bonus line is deleted": ("bonuses_bonusline", "DELETE FROM {0} WHERE id = {last}"),
    "its person": ("bonuses_bonusline", "UPDATE {0} SET beneficiary_id = 1 WHERE id = {last}"),
    "its amount": ("bonuses_bonusline", "UPDATE {0} SET amount_fen = 1 WHERE id = {last}"),
    "pending becomes available": ("ledger_place", "UPDATE {0} SET state = 2 WHERE state = 1"),
    "a plan's text": ("bonuses_plan", "UPDATE {0} SET text = 'name = \"x\"' WHERE id = {last}"),
    "an order's total": ("mall_order", "UPDATE {0} SET total_fen = 1 WHERE id = {last}"),
    "an order's buyer": ("mall_order", "UPDATE {0} SET member_id = 1 WHERE id = {last}"),
    "an order's state": ("mall_order", "UPDATE {0} SET delivery = 'x' WHERE id = {last}"),
    "a withdrawal's amount": ("wallet_withdrawal", "UPDATE {0} SET amount_fen = amount_fen + 1"),
    "the four-eyes flag": ("wallet_withdrawal", "UPDATE {0} SET four_eyes = NOT four_eyes"),
    "the trail": ("wallet_step", "DELETE FROM {0} WHERE id = {last}"),
    "a payee's number": ("wallet_payeeaccount", "UPDATE {0} SET number = '1' WHERE id = {last}"),
    "the tax of a part": ("wallet_taxpart", "UPDATE {0} SET tax_fen = tax_fen + 1"),
    "the terms": ("wallet_withdrawalterms", "UPDATE {0} SET four_eyes_above_fen = 99999999900"),
    "a leg goes elsewhere": ("ledger_leg", "UPDATE {0} SET owner = owner + 1 WHERE kind = 2"),
    "the pool's rules": ("settlement_rulesversion", "UPDATE {0} SET text = '' WHERE id = {last}"),
    "the audit log is emptied": ("control_act", "DELETE FROM {0}"),
}


def goes_through(table, sql):
    """Whether the database lets it happen, its triggers dropped: at once and at the commit."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format(table, last=LAST.format(table)))
            assert cursor.rowcount > 0, "nothing was changed: the test tries nothing"
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except Error:
        return False
    return True


@pytest.mark.parametrize("name", MANIPULATIONS)
def test_it_is_refused_or_named(mall, name):
    table, sql = MANIPULATIONS[name]
    point = transaction.savepoint()
    if connection.vendor == "postgresql":  # nothing may wait for the commit
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for guards in GUARDS:
        guards.remove(_Executor())
    try:
        if goes_through(table, sql):
            of_table = [check for check in CHECKS if table in check.tables]
            assert table in {problem.table for problem in run(checks=of_table).problems}
    finally:
        transaction.savepoint_rollback(point)
