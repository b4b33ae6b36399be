"""The exported journal: bean-check accepts it, and its balances are ours."""

import csv
import io
import subprocess
import sys
from datetime import datetime

import pytest
from beancount import loader
from beancount.core import realization
from click.testing import CliRunner

from tests.purses import all_balances
from tests.records.books import assert_books_hold
from tests.records.story import START, in_batches, mixed_stream
from zengzhi.cli.main import main
from zengzhi.core.economy.events import Order
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.export import (
    COMMODITIES,
    amount_text,
    beancount_account,
    sums,
)
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.ledger.models import Leg
from zengzhi.records.ledger.purses import PURSE_KINDS
from zengzhi.records.settlement.settle import settle, settle_one
from zengzhi.records.store.safe_csv import safe_cell

pytestmark = pytest.mark.django_db


def exported(kind):
    result = CliRunner().invoke(main, ["export", "ledger", "--format", kind])
    assert result.exit_code == 0
    return result.stdout


def test_ten_thousand_events_of_every_verb_pass_bean_check_with_our_balances(pool, tmp_path):
    for part in in_batches(mixed_stream(10_000, members=300), 1_000):
        settle(pool.pk, part)
    assert_books_hold()
    path = tmp_path / "ledger.beancount"
    path.write_text(exported("beancount"), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "beancount.scripts.check", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    entries, errors, _options = loader.load_file(str(path))
    assert errors == []
    root = realization.realize(entries)
    for account, unit, total in sums():
        found = realization.get(root, beancount_account(account)).balance
        held = found.get_currency_units(COMMODITIES[unit]).number
        assert f"{held:f}" == amount_text(unit, total) or (held == 0 and total == 0), account
    kept = {(kind, owner): amount for kind, owner, amount in all_balances()}
    for account, _unit, total in sums():
        assert (
            kept.get((account.kind, account.owner), 0 if account.kind in PURSE_KINDS else total)
            == total
        )
    assert len(entries) > 7_000


@pytest.mark.parametrize("kind", [Kind.POOL, Kind.POINTS])
@pytest.mark.parametrize("by", [1, -1])
def test_a_balance_that_is_one_fen_or_unit_wrong_is_refused_by_bean_check(pool, kind, by):
    settle_one(pool.pk, Order("o1", "7", 100_000), START)
    account = Account(kind, pool.pk if kind == Kind.POOL else 7)
    ((unit, total),) = [(unit, total) for of, unit, total in sums() if of == account]
    text, name = exported("beancount"), f"balance {beancount_account(account)}  "
    line = name + amount_text(unit, total)
    assert text.count(line) == 1
    assert loader.load_string(text)[1] == []
    (error,) = loader.load_string(text.replace(line, name + amount_text(unit, total + by)))[1]
    assert beancount_account(account) in error.message


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (Account(Kind.MEMBER_AVAILABLE, 17), "Liabilities:Member:N17:Available"),
        (Account(Kind.CLEARING, 1), "Assets:Clearing:Demo"),
        (Account(Kind.UNALLOCATED_DISTRIBUTION), "Liabilities:Unallocated-Distribution"),
        (Account(Kind.ISSUED, 2), "Equity:Issued:N2"),
        (Account(Kind.POINTS, 3), "Liabilities:Points:N3"),
    ],
)
def test_accounts_have_valid_names_in_beancount(account, name):
    assert beancount_account(account) == name


def test_amounts_are_exact_texts():
    assert amount_text(Unit.CNY, -5) == "-0.05"
    assert amount_text(Unit.CNY, 123_456) == "1234.56"
    assert amount_text(Unit.POINT, -(10**8) - 1) == "-1.00000001"


def test_every_leg_is_a_line_of_the_csv(pool):
    settle(pool.pk, mixed_stream(100))
    rows = list(csv.DictReader(io.StringIO(exported("csv"))))
    assert len(rows) == Leg.objects.count()
    assert {row["commodity"] for row in rows} == {"CNY", "POINT"}


@pytest.mark.parametrize("reference", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(reference):
    entry = Entry("x", reference, START)
    record(entry.money(Account(Kind.PLATFORM), 5).money(Account(Kind.EQUITY), -5))
    rows = list(csv.DictReader(io.StringIO(exported("csv"), newline="")))
    assert {row["reference"] for row in rows} == {f"'{reference}"}
    assert safe_cell("o1") == "o1"


def test_quotes_and_line_breaks_in_a_reference_keep_the_file_valid():
    entry = Entry("x", 'a"b\\c\nd', START)
    record(entry.money(Account(Kind.PLATFORM), 5).money(Account(Kind.EQUITY), -5))
    _entries, errors, _options = loader.load_string(exported("beancount"))
    assert errors == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-31T15:59:59+00:00", "2026-01-31"),
        ("2026-01-31T16:30:00+00:00", "2026-02-01"),
        ("2026-12-31T20:00:00+00:00", "2027-01-01"),
    ],
)
def test_an_entry_is_booked_on_the_day_of_the_mall(moment, day):
    entry = Entry("x", "o1", datetime.fromisoformat(moment))
    record(entry.money(Account(Kind.PLATFORM), 5).money(Account(Kind.EQUITY), -5))
    text = exported("beancount")
    assert f"\n{day} * " in text
    assert f"{day} open " in text
    (row, _other) = csv.DictReader(io.StringIO(exported("csv")))
    assert row["happened_at"].startswith(day)
    assert datetime.fromisoformat(row["happened_at"]) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("6222021234567890123", "'6222021234567890123"),
        ("330106199001011234", "'330106199001011234"),
        ("123456789012", "'123456789012"),
        ("13800138000", "13800138000"),
        ("00123", "'00123"),
        ("0", "0"),
        ("1234.56", "1234.56"),
        ("6222 0212 3456 7890 123", "6222 0212 3456 7890 123"),
        ("33010619900101123X", "33010619900101123X"),
    ],
)
def test_no_cell_is_a_number_that_a_spreadsheet_rounds(text, cell):
    assert safe_cell(text) == cell
