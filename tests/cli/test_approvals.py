"""``zengzhi approvals`` shows what waits and decides nothing."""

import pytest
from click.testing import CliRunner

from tests.approvals import approve, asked
from zengzhi.cli.main import main
from zengzhi.records.control.models import Approval
from zengzhi.records.wallet.terms_store import SET_TERMS

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["approvals", *words])
    return done.exit_code, done.output


def test_what_waits_is_listed_and_one_is_shown_whole():
    row = asked(SET_TERMS, "terms", {"cooling_hours": 0}, why="the bank asks for it")
    code, text = run("list")
    assert (code, text.split("\t")[:5]) == (
        0,
        [str(row.pk), "waiting", SET_TERMS, "terms", "asker"],
    )
    code, text = run("show", str(row.pk))
    assert code == 0
    assert "the bank asks for it" in text
    assert "cooling_hours: 72 → 0" in text
    assert text.count("→") == 1
    approve(row)
    assert run("list") == (0, "")
    assert "\texecuted\t" in run("list", "--all")[1]
    text = run("show", str(row.pk))[1]
    assert "decided by approver" in text
    assert "result wallet_withdrawalterms:" in text


@pytest.mark.parametrize("words", [("show", "7"), ("show", "x"), ("approve", "1"), ("show", "0")])
def test_what_there_is_not_is_said_and_changes_nothing(words):
    row = asked(SET_TERMS, "terms", {"cooling_hours": 0})
    code, text = run(*words) if words != ("show", "7") else run("show", str(row.pk + 7))
    assert code != 0
    assert text
    assert Approval.objects.get() == row
    assert Approval.objects.get().state == "waiting"
