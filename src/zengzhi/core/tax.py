"""Income tax withheld on commissions (劳务报酬 预扣预缴), per payee and month (spec 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from zengzhi.core.units import PPM


@dataclass(frozen=True, slots=True)
class Bracket:
    """A step of the table (级距): up to ``upto_fen`` of taxable income (``None``: no end)."""

    upto_fen: int | None
    rate_ppm: int
    quick_deduction_fen: int
    """速算扣除数: makes the steps join without a jump."""


@dataclass(frozen=True, slots=True)
class TaxTable:
    """A withholding table. Taxable = income − ``flat_deduction_fen`` up to ``flat_upto_fen``,
    else income less ``expense_ppm`` of it."""

    name: str
    flat_deduction_fen: int
    flat_upto_fen: int
    expense_ppm: int
    brackets: tuple[Bracket, ...]


LABOUR_2019 = TaxTable(
    "labour-2019",
    flat_deduction_fen=800_00,
    flat_upto_fen=4_000_00,
    expense_ppm=200_000,
    brackets=(
        Bracket(20_000_00, 200_000, 0),
        Bracket(50_000_00, 300_000, 2_000_00),
        Bracket(None, 400_000, 7_000_00),
    ),
)
"""劳务报酬所得 for residents: 20 / 30 / 40 % with quick deductions 0 / 2 000 / 7 000 yuan."""
NO_TAX = TaxTable("none", 0, 0, 0, (Bracket(None, 0, 0),))
"""Nothing is withheld: where the platform is not the withholding agent (扣缴义务人)."""
TABLES: Mapping[str, TaxTable] = {table.name: table for table in (LABOUR_2019, NO_TAX)}
"""The tables an installation can switch between, by name."""


def withholding_tax(income_fen: int, table: TaxTable = LABOUR_2019) -> int:
    """预扣税额 of a month's income: taxable × rate − quick deduction, in fen, half up, once.

    taxable = income − 800 up to 4 000, else 80 % of it; both in yuan here. Half up is how the tax
    office rounds to the fen. Errors: ``ValueError`` for a negative income.

    >>> [withholding_tax(yuan * 100) // 100 for yuan in (3_000, 10_000, 30_000, 100_000)]
    [440, 1600, 5200, 25000]
    """
    if income_fen < 0:
        raise ValueError(f"withholding_tax({income_fen}) is outside its domain")
    if income_fen <= table.flat_upto_fen:
        taxable_ppm_fen = max(0, income_fen - table.flat_deduction_fen) * PPM
    else:
        taxable_ppm_fen = income_fen * (PPM - table.expense_ppm)
    step = next(
        bracket
        for bracket in table.brackets
        if bracket.upto_fen is None or taxable_ppm_fen <= bracket.upto_fen * PPM
    )
    tax_exact = taxable_ppm_fen * step.rate_ppm - step.quick_deduction_fen * PPM * PPM
    return (2 * tax_exact + PPM * PPM) // (2 * PPM * PPM)


def to_withhold(
    taxed_fen: int, withheld_fen: int, amount_fen: int, table: TaxTable = LABOUR_2019
) -> int:
    """本次预扣: the tax of the month so far with this payment, less what was withheld; never
    negative, never more than the payment. All in fen of one payee and one month.

    >>> to_withhold(0, 0, 3_000_00), to_withhold(3_000_00, 440_00, 7_000_00)
    (44000, 116000)
    """
    due_fen = withholding_tax(taxed_fen + amount_fen, table) - withheld_fen
    return min(amount_fen, max(0, due_fen))
