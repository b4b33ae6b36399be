"""The withholding table: the specification's numbers, its joints, and any split of a month."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zengzhi.core.tax import NO_TAX, TABLES, to_withhold, withholding_tax

TABLE = [
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
fen = st.integers(0, 10**9)


def in_fen(yuan: str) -> int:
    whole, _dot, rest = yuan.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


@pytest.mark.parametrize(("income", "tax"), TABLE)
def test_the_table(income, tax):
    assert withholding_tax(in_fen(income)) == in_fen(tax)


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=12))
def test_a_month_paid_in_parts_bears_the_tax_of_its_sum(parts):
    taxed = withheld = 0
    for part in parts:
        tax = to_withhold(taxed, withheld, part)
        assert 0 <= tax <= part
        taxed += part
        withheld += tax
    assert withheld == withholding_tax(sum(parts))


@given(fen, st.integers(0, 10**6))
def test_more_income_never_means_less_tax_and_more_always_remains(income, more):
    assert 0 <= withholding_tax(income + more) - withholding_tax(income) <= more


def test_too_much_withheld_before_is_credited_and_never_paid_out():
    assert to_withhold(3_000_00, 520_00, 100_00) == 0
    assert to_withhold(3_000_00, 520_00, 3_000_00) == 440_00


def test_the_table_can_be_switched_off():
    assert TABLES["none"] is NO_TAX
    assert withholding_tax(10**12, NO_TAX) == 0
    assert to_withhold(0, 0, 10**9, NO_TAX) == 0


def test_a_negative_income_is_a_defect():
    with pytest.raises(ValueError, match="domain"):
        withholding_tax(-1)
