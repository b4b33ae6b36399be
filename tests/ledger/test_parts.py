"""An account is explained to the fen by its parts, and every part has a name."""

import json
import uuid
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import translation

from tests.bonuses.story import TWO_LEVEL, activate, chain, pay, settle, users
from zengzhi.cli.main import main
from zengzhi.core.economy.events import WindDown
from zengzhi.core.economy.verbs import VERBS
from zengzhi.mall.after_sales.service import refund_order
from zengzhi.records.intake import remainder
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.ledger.chart import SINGLE_KINDS, Account, Kind, account_of
from zengzhi.records.ledger.journal import Entry, account_fen, record
from zengzhi.records.ledger.kinds import ENTRY_KINDS, kind_label
from zengzhi.records.ledger.models import Leg
from zengzhi.records.ledger.parts import explain
from zengzhi.records.ledger.seal import seal_tail
from zengzhi.records.settlement.settle import settle_one
from zengzhi.records.store import clock

PLATFORM = Account(Kind.PLATFORM)


@pytest.fixture
def books(pool, product):
    """Orders with bonuses, refunds, the rest moved, a sale, the end of the pool; half is sealed."""
    at = clock.now() - timedelta(days=40)
    activate(TWO_LEVEL, at - timedelta(days=1))
    *_uplines, buyer = chain("top", "middle", "buyer")
    orders = [settle(pay(buyer, product, at=at), at + timedelta(days=n)) for n in (1, 2, 3)]
    remainder.move_rest(pool.pk, users()[0], "end of month", at + timedelta(days=4))
    seal_tail()
    refund_order(orders[0].pk, None, uuid.uuid4(), at + timedelta(days=5))
    refund_order(orders[1].pk, 25_001, uuid.uuid4(), at + timedelta(days=6))
    sell_points(pool, buyer, 10**9, uuid.uuid4())
    assert settle_one(pool.pk, WindDown("end"), clock.now()).ok
    return pool


def parts_of(account):
    return {(part.kind, part.fen > 0): part.fen for part in explain(account).parts}


def test_the_platform_is_the_sum_of_its_parts(books):
    found = explain(PLATFORM)
    assert found.fen == account_fen(PLATFORM) == sum(part.fen for part in found.parts)
    assert parts_of(PLATFORM) == {
        ("order", True): 30_000,
        ("remainder", True): 45_000,
        ("remainder", False): -18_750,
        ("refund", False): -12_500,
    }
    assert [part.entries for part in found.parts] == [3, 1, 2, 2]
    assert found.complete


def test_every_account_of_the_books_is_explained_and_no_part_is_unnamed(books):
    accounts = {
        Account(Kind(kind), owner)
        for kind, owner in Leg.objects.values_list("kind", "owner").distinct()
        if kind not in (Kind.ISSUED, Kind.POINTS)
    }
    kinds = {account.kind for account in accounts}
    assert {Kind.PLATFORM, Kind.UNALLOCATED_DISTRIBUTION, Kind.POOL, Kind.CLEARING} <= kinds
    assert Kind.MEMBER_AVAILABLE in kinds
    for account in accounts:
        found = explain(account)
        assert found.complete, account.code
        assert all(part.fen and part.name for part in found.parts), account.code
        assert account_of(account.code) == account


def test_an_entry_without_a_name_leaves_its_fen_unexplained(books):
    strange = Entry("gift", "g1", clock.now()).money(PLATFORM, 7).money(Account(Kind.FEES), -7)
    record(strange)
    found = explain(PLATFORM)
    assert (found.complete, found.unexplained_fen) == (False, 7)
    done = CliRunner().invoke(main, ["explain", "platform"])
    assert done.exit_code == 1
    assert "unnamed: gift" in done.stdout


def test_the_command_says_the_parts_and_the_sum(books):
    done = CliRunner().invoke(main, ["explain", "platform", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["account"], said["fen"]) == ("platform", account_fen(PLATFORM))
    assert said["unexplained_fen"] == 0
    assert [part["name"] for part in said["parts"]] == [
        "order settled",
        "unallocated rest moved",
        "refund",
        "unallocated rest moved",
    ]
    text = CliRunner().invoke(main, ["explain", "platform"]).stdout
    assert [line.split() for line in text.splitlines()] == [
        ["300.00", "order", "settled", "(3)"],
        ["450.00", "unallocated", "rest", "moved", "(1)"],
        ["-125.00", "refund", "(2)"],
        ["-187.50", "unallocated", "rest", "moved", "(2)"],
        ["437.50", "platform"],
    ]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x",
        "platform:1",
        "pool",
        "pool:01",
        "member:1:rich",
        "pool:x",
        "issued:1",
        f"pool:{1 << 63}",
    ],
)
def test_a_code_that_names_no_account_of_money_is_refused(db, code):
    done = CliRunner().invoke(main, ["explain", code])
    assert done.exit_code == 2
    assert "ACCOUNT" in done.stderr


def test_every_verb_and_every_single_account_can_be_named():
    assert {verb.entry for verb in VERBS} <= set(ENTRY_KINDS)
    for kind in SINGLE_KINDS:
        assert account_of(Account(kind).code) == Account(kind)
    with translation.override("zh-hans"):
        chinese = {kind: kind_label(kind) for kind in ENTRY_KINDS}
    with translation.override("en"):
        assert [kind for kind in ENTRY_KINDS if chinese[kind] == kind_label(kind)] == []
