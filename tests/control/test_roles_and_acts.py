"""Role × act: the rows are every registered act and every role; what is right is written here by
hand. A row without an answer fails, and an answer without a row."""

import pytest
from django.contrib.auth.models import Group

from zengzhi.records.control.approvals import acts
from zengzhi.records.members.models import User

pytestmark = pytest.mark.django_db
ASKS, APPROVES, BOTH, NEITHER = "asks", "approves", "asks and approves", ""
"""Who may do both still does not approve what they asked for."""
ROLES = ("owner", "reviewer", "operations", "finance", "support", "auditor")
ANSWERS = {
    #                  owner     reviewer  operations finance  support  auditor
    "appoint_agent": (BOTH, APPROVES, ASKS, ASKS, NEITHER, NEITHER),
    "approve_plan": (BOTH, APPROVES, ASKS, NEITHER, NEITHER, NEITHER),
    "give_rank": (BOTH, APPROVES, ASKS, NEITHER, NEITHER, NEITHER),
    "give_roles": (BOTH, APPROVES, NEITHER, NEITHER, NEITHER, NEITHER),
    "hold_shares": (BOTH, APPROVES, NEITHER, ASKS, NEITHER, NEITHER),
    "pay_dividend": (BOTH, APPROVES, NEITHER, ASKS, NEITHER, NEITHER),
    "pay_out": (APPROVES, APPROVES, NEITHER, ASKS, NEITHER, NEITHER),
    "refund": (BOTH, APPROVES, NEITHER, ASKS, NEITHER, NEITHER),
    "set_price": (BOTH, APPROVES, BOTH, NEITHER, NEITHER, NEITHER),
    "set_rank": (BOTH, APPROVES, ASKS, NEITHER, NEITHER, NEITHER),
    "set_terms": (BOTH, APPROVES, NEITHER, NEITHER, NEITHER, NEITHER),
}


def test_the_table_has_every_role_and_every_act():
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    assert {act.name for act in acts.all_acts()} == set(ANSWERS)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_asks_for_and_approves(role):
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    found = {}
    for act in acts.all_acts():
        words = [
            word
            for word, right in ((ASKS, act.may_ask), (APPROVES, act.may_approve))
            if user.has_perm(right)
        ]
        found[act.name] = " and ".join(words)
    assert found == {name: row[ROLES.index(role)] for name, row in ANSWERS.items()}
