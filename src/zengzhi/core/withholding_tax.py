"""代扣个税 withholding tax: the income tax kept back from a person's commissions (spec 2.6).

Two methods, both per *person* (however many members a person has), both exact and rounded half up
to the fen once, at the end:

- ``per_payment`` (劳务报酬 预扣预缴): of the income of one month, whose payments count together.
- ``cumulative`` (累计预扣法, platforms from October 2025 on): of the income of the year up to a
  month, less 20 % and 5 000 yuan for each month in a row with income.

Money is in fen. Callers ask :func:`method_of` which method a month has, :func:`due` what has to be
withheld in all of its month or year, and :func:`to_withhold` what is left of it for one payment.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM, Fen

PER_PAYMENT = "per_payment"
CUMULATIVE = "cumulative"
NONE = "none"
"""Nothing is withheld: where the platform is not the withholding agent (扣缴义务人)."""
DATED = "dated"
"""``per_payment`` before October 2025, ``cumulative`` from then on."""
METHODS = (DATED, CUMULATIVE, PER_PAYMENT, NONE)
"""What an installation can choose between; the first is the default."""


class Step(NamedTuple):
    """A step of a table (级距): up to ``upto_fen`` of taxable income (``None``: no end)."""

    upto_fen: int | None
    rate_ppm: int
    quick_deduction_fen: int
    """速算扣除数: makes the steps join without a jump."""


PER_PAYMENT_STEPS = (
    Step(20_000_00, 200_000, 0),
    Step(50_000_00, 300_000, 2_000_00),
    Step(None, 400_000, 7_000_00),
)
YEARLY_STEPS = (
    Step(36_000_00, 30_000, 0),
    Step(144_000_00, 100_000, 2_520_00),
    Step(300_000_00, 200_000, 16_920_00),
    Step(420_000_00, 250_000, 31_920_00),
    Step(660_000_00, 300_000, 52_920_00),
    Step(960_000_00, 350_000, 85_920_00),
    Step(None, 450_000, 181_920_00),
)

EXPENSE_PPM = 200_000
"""20 % of the income count as expenses (费用)."""
FLAT_DEDUCTION_FEN, FLAT_UPTO_FEN = 800_00, 4_000_00
"""Per payment the expenses are 800 yuan up to an income of 4 000."""
MONTHLY_DEDUCTION_FEN = 5_000_00
"""减除费用: 5 000 yuan for each month in a row with income."""


def month_index(year: int, month: int) -> int:
    """Months counted through the years, so that the next month is one more.

    >>> month_index(2026, 1) - month_index(2025, 12)
    1
    """
    return 12 * year + month - 1


CUMULATIVE_FROM = month_index(2025, 10)
"""State Taxation Administration, announcement 2025 No. 16."""


def method_of(choice: str, year: int, month: int) -> str:
    """The method that holds for the income of a month, by the installation's choice.

    >>> method_of(DATED, 2025, 9), method_of(DATED, 2025, 10), method_of(PER_PAYMENT, 2026, 1)
    ('per_payment', 'cumulative', 'per_payment')
    """
    if choice != DATED:
        return choice
    return CUMULATIVE if month_index(year, month) >= CUMULATIVE_FROM else PER_PAYMENT


def _by_table(taxable_ppm_fen: int, steps: tuple[Step, ...]) -> Fen:
    """taxable × rate − quick deduction, half up; the taxable income comes in fen × 10⁶, exact."""
    step = next(s for s in steps if s.upto_fen is None or taxable_ppm_fen <= s.upto_fen * PPM)
    exact = taxable_ppm_fen * step.rate_ppm - step.quick_deduction_fen * PPM * PPM
    return Fen(mul_div(exact, 1, PPM * PPM, Rounding.HALF_UP))


def per_payment_due(income_fen: int) -> Fen:
    """预扣税额 of one month's income of a person: taxable = income − 800 up to 4 000, else 80 % of
    it. Errors: ``ValueError`` for a negative income.

    >>> [per_payment_due(yuan * 100) // 100 for yuan in (3_000, 6_000, 10_000, 30_000, 100_000)]
    [440, 960, 1600, 5200, 25000]
    """
    if income_fen < 0:
        raise ValueError(f"per_payment_due({income_fen}) is outside its domain")
    if income_fen <= FLAT_UPTO_FEN:
        return _by_table(max(0, income_fen - FLAT_DEDUCTION_FEN) * PPM, PER_PAYMENT_STEPS)
    return _by_table(income_fen * (PPM - EXPENSE_PPM), PER_PAYMENT_STEPS)


def cumulative_due(
    incomes: Iterable[tuple[int, int]], year: int, month: int, open_months: Collection[int] = ()
) -> Fen:
    """累计应预扣税额: the tax of a person's income of the year up to and with a month.

    ``incomes`` are (:func:`month_index`, fen) of the months that have this method, in any order;
    rows of one month add up, other years and later months are passed over. Taxable = income of the
    year − 20 % − 5 000 × the months in a row with income that end with this one; a month without
    income restarts that count, not the year's sums. What has to be withheld for the month is this
    less what was withheld in the year before, never below 0 (:func:`to_withhold`).
    ``open_months``: months in which income arose that is not among ``incomes``, because it has not
    been paid: they count among the months in a row, not in the sums.

    Errors: ``ValueError`` for a month whose income is negative.

    >>> rows = [(month_index(2026, m), 10_000_00) for m in (1, 2, 4, 5)]
    >>> [cumulative_due(rows, 2026, m) // 100 for m in (1, 2, 4, 5)]
    [90, 180, 570, 660]
    >>> cumulative_due([(month_index(2026, 1), 100_000_00)], 2026, 1) // 100
    4980
    """
    first, last = month_index(year, 1), month_index(year, month)
    by_month: dict[int, int] = defaultdict(int)
    for index, income_fen in incomes:
        if first <= index <= last:
            by_month[index] += income_fen
    if any(income_fen < 0 for income_fen in by_month.values()):
        raise ValueError("a month with a negative income is outside the domain")
    in_a_row = 0
    while by_month.get(last - in_a_row, 0) or (last - in_a_row) in open_months:
        in_a_row += 1
    taxable_ppm_fen = (
        sum(by_month.values()) * (PPM - EXPENSE_PPM) - in_a_row * MONTHLY_DEDUCTION_FEN * PPM
    )
    return _by_table(max(0, taxable_ppm_fen), YEARLY_STEPS)


def cumulative_year_due(
    incomes: Iterable[tuple[int, int]], year: int, open_months: Collection[int] = ()
) -> Fen:
    """What has to have been withheld of a year's income, month after month and never below 0: the
    highest of :func:`cumulative_due` of the months with income. It does not depend on the order in
    which the parts of the income are paid. Arguments as there.

    >>> rows = [(month_index(2026, 1), 100_000_00), (month_index(2026, 2), 1_00)]
    >>> cumulative_due(rows, 2026, 2) // 100, cumulative_year_due(rows, 2026) // 100
    (4480, 4980)
    """
    rows = list(incomes)
    first = month_index(year, 1)
    months = {index for index, income_fen in rows if income_fen and first <= index < first + 12}
    dues = (cumulative_due(rows, year, index - first + 1, open_months) for index in months)
    return max(dues, default=Fen(0))


def due(
    method: str,
    incomes: Iterable[tuple[int, int]],
    year: int,
    month: int,
    open_months: Collection[int] = (),
) -> Fen:
    """What has to have been withheld by a method: for the month (``per_payment``), for the year
    (``cumulative``: :func:`cumulative_year_due`). Arguments as in :func:`cumulative_due`.

    >>> rows = [(month_index(2026, 1), 3_000_00), (month_index(2026, 1), 3_000_00)]
    >>> [due(method, rows, 2026, 1) // 100 for method in (PER_PAYMENT, CUMULATIVE, NONE)]
    [960, 0, 0]
    """
    if method == NONE:
        return Fen(0)
    if method == CUMULATIVE:
        return cumulative_year_due(incomes, year, open_months)
    index = month_index(year, month)
    return per_payment_due(sum(fen for of, fen in incomes if of == index))


def to_withhold(due_fen: int, withheld_fen: int, amount_fen: int) -> Fen:
    """本次预扣: what is due with this payment less what was withheld of it before; never negative,
    never more than the payment.

    >>> to_withhold(1_600_00, 440_00, 7_000_00), to_withhold(0, 100, 500), to_withhold(90, 0, 50)
    (116000, 0, 50)
    """
    return Fen(min(amount_fen, max(0, due_fen - withheld_fen)))
