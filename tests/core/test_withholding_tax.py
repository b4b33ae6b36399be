"""The two methods of withholding: the specification's numbers, their joints, any split."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zengzhi.core.withholding_tax import (
    CUMULATIVE,
    DATED,
    METHODS,
    NONE,
    PER_PAYMENT,
    cumulative_due,
    due,
    method_of,
    month_index,
    per_payment_due,
    to_withhold,
)

PER_PAYMENT_TABLE = [
    # income, tax (yuan): the specification's four
    ("3000", "440"),
    ("10000", "1600"),
    ("30000", "5200"),
    ("100000", "25000"),
    # the ends of the flat deduction
    ("0", "0"),
    ("800", "0"),
    ("800.02", "0"),
    ("800.03", "0.01"),
    ("4000", "640"),
    ("4000.01", "640"),
    ("4000.05", "640.01"),
    # the joints at 20 000 and 50 000 of taxable income
    ("25000", "4000"),
    ("25000.05", "4000.01"),
    ("62500", "13000"),
    ("62500.05", "13000.02"),
]
CUMULATIVE_STORIES = [
    # month → income (yuan), month → withheld then
    (dict.fromkeys(range(1, 13), "10000"), dict.fromkeys(range(1, 13), "90")),
    ({1: "10000", 2: "10000", 4: "10000", 5: "10000"}, {1: "90", 2: "90", 4: "390", 5: "90"}),
    ({1: "100000"}, {1: "4980"}),
    ({6: "3000"}, {6: "0"}),
    ({6: "20000"}, {6: "330"}),
    # what was withheld before is never paid back by withholding less than nothing
    ({1: "100000", 2: "1"}, {1: "4980", 2: "0"}),
    # half up at a fen: taxable 0.16 and 0.17 yuan at 3 %
    ({3: "6250.20"}, {3: "0"}),
    ({3: "6250.21"}, {3: "0.01"}),
    # the joints of the yearly table: taxable 36 000, 144 000, 300 000, 420 000, 660 000, 960 000
    ({1: "51250"}, {1: "1080"}),
    ({1: "186250"}, {1: "11880"}),
    ({1: "381250"}, {1: "43080"}),
    ({1: "531250"}, {1: "73080"}),
    ({1: "831250"}, {1: "145080"}),
    ({1: "1206250"}, {1: "250080"}),
    ({1: "1206251.25"}, {1: "250080.45"}),
]
fen = st.integers(0, 10**9)


def in_fen(yuan: str) -> int:
    whole, _dot, rest = yuan.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


@pytest.mark.parametrize(("income", "tax"), PER_PAYMENT_TABLE)
def test_the_table_of_payments(income, tax):
    assert per_payment_due(in_fen(income)) == in_fen(tax)


@pytest.mark.parametrize(("incomes", "withheld"), CUMULATIVE_STORIES)
def test_the_year_month_by_month(incomes, withheld):
    rows = [(month_index(2026, month), in_fen(yuan)) for month, yuan in incomes.items()]
    before_fen = 0
    for month, yuan in incomes.items():
        tax_fen = to_withhold(cumulative_due(rows, 2026, month), before_fen, in_fen(yuan))
        assert tax_fen == in_fen(withheld[month]), month
        before_fen += tax_fen


def test_two_members_of_one_person_are_one_income():
    rows = [(month_index(2026, 3), 10_000_00)] * 2
    assert due(CUMULATIVE, rows, 2026, 3) == 330_00
    assert due(PER_PAYMENT, [(month_index(2026, 3), 3_000_00)] * 2, 2026, 3) == 960_00


def test_neither_the_count_of_months_nor_the_sums_cross_the_year():
    rows = [(month_index(year, month), 10_000_00) for year, month in ((2025, 12), (2026, 1))]
    assert cumulative_due(rows, 2026, 1) == 90_00


@given(st.dictionaries(st.integers(1, 12), fen, min_size=1), st.integers(1, 12))
def test_the_year_equals_the_law_written_down_again(incomes, month):
    """The marginal form of the table, without quick deductions, in fractions."""
    rows = [(month_index(2026, of), income) for of, income in incomes.items()]
    months = 0
    while incomes.get(month - months, 0) > 0:
        months += 1
    income = sum((Fraction(f, 100) for of, f in incomes.items() if of <= month), Fraction(0))
    taxable = max(Fraction(0), income * 4 / 5 - 5_000 * months)
    edges = [0, 36_000, 144_000, 300_000, 420_000, 660_000, 960_000, taxable + 1]
    rates = (3, 10, 20, 25, 30, 35, 45)
    tax = sum(
        (
            Fraction(rate, 100) * max(Fraction(0), min(taxable, Fraction(high)) - low)
            for rate, low, high in zip(rates, edges[:-1], edges[1:], strict=True)
        ),
        Fraction(0),
    )
    tax_fen = tax * 100
    assert cumulative_due(rows, 2026, month) == (2 * tax_fen.numerator + tax_fen.denominator) // (
        2 * tax_fen.denominator
    )


@pytest.mark.parametrize("method", [PER_PAYMENT, CUMULATIVE])
@given(parts=st.lists(st.integers(1, 10**7), min_size=1, max_size=12))
def test_a_month_paid_in_parts_bears_the_tax_of_its_sum(method, parts):
    index, taxed, withheld = month_index(2026, 7), 0, 0
    for part in parts:
        taxed += part
        tax = to_withhold(due(method, [(index, taxed)], 2026, 7), withheld, part)
        assert 0 <= tax <= part
        withheld += tax
    assert withheld == due(method, [(index, sum(parts))], 2026, 7)


@given(fen, st.integers(0, 10**6))
def test_more_income_never_means_less_tax_and_more_always_remains(income, more):
    assert 0 <= per_payment_due(income + more) - per_payment_due(income) <= more


def test_the_method_is_dated_and_can_be_chosen():
    assert METHODS[0] == DATED
    days = [date(2025, 9, 30), date(2025, 10, 1), date(2026, 1, 1)]
    dated = [method_of(DATED, day.year, day.month) for day in days]
    assert dated == [PER_PAYMENT, CUMULATIVE, CUMULATIVE]
    for choice in (CUMULATIVE, PER_PAYMENT, NONE):
        assert {method_of(choice, day.year, day.month) for day in days} == {choice}
    assert due(NONE, [(month_index(2026, 1), 10**12)], 2026, 1) == 0


def test_a_negative_income_is_a_defect():
    with pytest.raises(ValueError, match="domain"):
        per_payment_due(-1)
    with pytest.raises(ValueError, match="domain"):
        cumulative_due([(month_index(2026, 1), -1)], 2026, 1)
