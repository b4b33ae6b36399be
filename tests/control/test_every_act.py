"""Each registered act, by every way past the second person: a shell with a colleague's name, an
invented approval, an older date, rows written by hand, with and without their control record."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction

from tests.approvals import approve, asked, person, signed_in
from tests.control.cases import CASES, World
from zengzhi.core.errors import ZengzhiError
from zengzhi.records.control import sealing
from zengzhi.records.control.approvals import acts, service
from zengzhi.records.control.errors import NotPresent
from zengzhi.records.control.models import Approval, ApprovalState
from zengzhi.records.control.sealing import text_of
from zengzhi.records.store import clock
from zengzhi.verify import approvals as check
from zengzhi.verify import control

pytestmark = pytest.mark.django_db
EARLIER = timedelta(days=30)


@pytest.fixture
def world(pool, product, member, settings) -> World:
    settings.REFUND_BOUND_FEN = 1
    people = person("asker"), person("approver")
    return World(member, product, *people, clock.now() - EARLIER)


def named() -> set[str]:
    """What verify says of approvals, their results, and rows against their control records."""
    checks = [check.approvals, check.results]
    found = [problem for find in checks for problem in find()]
    for model in control.sealed_models():
        found += control.rows_against_records(model)
    return {str(problem) for problem in found}


def test_each_act_has_its_case_and_each_case_its_act():
    assert {act.name for act in acts.all_acts()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_two_people_do_it_and_nothing_is_named(world, name):
    subject, wanted = CASES[name].asked(world)
    before = named()
    approve(asked(name, subject, wanted, world.one), world.colleague)
    assert named() <= before


@pytest.mark.parametrize("name", CASES)
def test_a_shell_with_a_colleagues_name_does_nothing(world, name):
    subject, wanted = CASES[name].asked(world)
    before = named()
    act = acts.act_of(name)
    with clock.at(world.earlier):
        row = service.ask(name, subject, wanted, world.colleague, "from a shell")
        with pytest.raises(NotPresent):
            service.approve(row.pk, row.digest, world.one)
        with signed_in(world.one), pytest.raises(NotPresent):
            service.approve(row.pk, row.digest, world.colleague)
        with pytest.raises(ZengzhiError), transaction.atomic():
            act.execute(row)
    for step in ("'approved'", "'executed'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE control_approval SET state = {step}, decided_by_id = {world.one.pk}, "
                "decided_in = 'x', decided_at = asked_at, result = 'a:1'"
            )
    assert named() - before <= {text for text in named() if "control_approval" in text}


@pytest.mark.parametrize("name", CASES)
def test_an_approval_that_is_only_said_is_refused_or_named(world, name):
    """Who calls the service itself, with an approval of the colleague's that is in no table."""
    approve(asked("set_terms", "terms", {"daily_count": 9}))  # the founding is over
    subject, wanted = CASES[name].asked(world)
    before = named()
    said = Approval(
        act=name,
        subject=subject,
        wanted=text_of(wanted),
        state=ApprovalState.APPROVED,
        reason="as agreed",
        asked_by=world.one,
        asked_at=world.earlier,
        decided_by=world.colleague,
        decided_at=world.earlier,
    )
    try:
        with transaction.atomic():
            acts.act_of(name).execute(said)
    except (ZengzhiError, DatabaseError):
        return
    assert named() - before


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("with_record", [True, False])
def test_its_result_written_by_one_person_is_refused_or_named(world, name, with_record):
    """By the models, with its control record; or as SQL of the serving role, without one."""
    approve(asked("set_terms", "terms", {"daily_count": 9}))  # the founding is over
    if name in WITH_A_SUBJECT:
        CASES[name].asked(world)
    before = named()
    with patch.object(sealing, "_write", sealing._write if with_record else lambda _rows: None):
        try:
            with transaction.atomic():
                CASES[name].by_hand(world)
        except (ZengzhiError, DatabaseError):
            return
    assert named() - before


WITH_A_SUBJECT = {
    "give_rank",
    "give_roles",
    "pay_dividend",
    "approve_plan",
    "pay_out",
    "refund",
}
