"""What the platform hands to the tax office: the year by person, and each quarter the identity and
income of whoever was paid (互联网平台企业涉税信息报送规定, State Council order 810).

Lines are by person and account paid to; a person without an identity number stands there with an
empty cell, to be asked for. To be confirmed with a tax adviser.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from zengzhi.core.units import format_yuan
from zengzhi.records.store import clock
from zengzhi.records.store.safe_csv import safe_csv
from zengzhi.records.wallet.identity import document_of
from zengzhi.records.wallet.models import PayeeAccount, Person, State, Withdrawal

YEAR_HEADER = (
    "year",
    "person",
    "name",
    "document",
    "identity number",
    "members",
    "payments",
    "income",
    "tax withheld",
    "income type",
)
QUARTER_HEADER = (
    "quarter",
    "person",
    "name",
    "document",
    "identity number",
    "members",
    "account kind",
    "bank",
    "account",
    "payments",
    "income months",
    "income",
    "tax withheld",
    "other payouts",
    "fee",
    "paid out",
)
INCOME_TYPE = "劳务报酬"


class Quarter(NamedTuple):
    """A quarter of a calendar year, 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return clock.midnight(date(self.year, 3 * self.number - 2, 1))

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.after.start

    @property
    def after(self) -> "Quarter":
        """The next one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


@dataclass(slots=True)
class Line:
    """What one person was paid in a time. Money in fen."""

    person: Person
    payee: PayeeAccount
    members: set[int] = field(default_factory=set)
    months: set[date] = field(default_factory=set)
    payments: int = 0
    income_fen: int = 0
    tax_fen: int = 0
    other_fen: int = 0
    fee_fen: int = 0
    net_fen: int = 0

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Number here, name, document and its number."""
        person = self.person
        return str(person), person.name, document_of(person.identity), person.identity


def quarters() -> list[Quarter]:
    """Those in which something was paid out, newest first."""
    paid = Withdrawal.objects.filter(state=State.PAID)
    days = paid.dates("closed_at", "month")
    found = {Quarter(day.year, (day.month + 2) // 3) for day in days}
    return sorted(found, reverse=True)


def _lines(
    start: datetime, end: datetime, key: Callable[[Person, PayeeAccount], tuple[int, int]]
) -> Iterable[Line]:
    paid = (
        Withdrawal.objects.filter(state=State.PAID, closed_at__gte=start, closed_at__lt=end)
        .select_related("payee__person__same_as")
        .prefetch_related("tax_parts__income")
        .order_by("closed_at", "pk")
    )
    lines: dict[tuple[int, int], Line] = {}
    for row in paid:
        person = row.payee.person.same_as or row.payee.person
        line = lines.setdefault(key(person, row.payee), Line(person, row.payee))
        line.members.add(row.member_id)
        line.months.update(part.income.month for part in row.tax_parts.all())
        line.payments += 1
        line.income_fen += row.commission_fen
        line.tax_fen += row.tax_fen
        line.other_fen += row.amount_fen - row.commission_fen
        line.fee_fen += row.fee_fen
        line.net_fen += row.net_fen
    return [lines[place] for place in sorted(lines)]


def _members(line: Line) -> str:
    return " ".join(map(str, sorted(line.members)))


def year_csv(year: int) -> bytes:
    """The year by person: one line for each who was paid commissions."""
    start, end = Quarter(year, 1).start, Quarter(year + 1, 1).start
    return safe_csv(
        YEAR_HEADER,
        (
            (
                year,
                *line.identity,
                _members(line),
                line.payments,
                format_yuan(line.income_fen),
                format_yuan(line.tax_fen),
                INCOME_TYPE,
            )
            for line in _lines(start, end, lambda person, _payee: (person.pk, 0))
            if line.income_fen
        ),
    )


def quarter_csv(quarter: Quarter) -> bytes:
    """The quarter: one line for each person and account that was paid to."""
    return safe_csv(
        QUARTER_HEADER,
        (
            (
                quarter,
                *line.identity,
                _members(line),
                line.payee.kind,
                line.payee.bank,
                line.payee.number,
                line.payments,
                " ".join(f"{month:%Y-%m}" for month in sorted(line.months)),
                format_yuan(line.income_fen),
                format_yuan(line.tax_fen),
                format_yuan(line.other_fen),
                format_yuan(line.fee_fen),
                format_yuan(line.net_fen),
            )
            for line in _lines(
                quarter.start, quarter.end, lambda person, payee: (person.pk, payee.pk)
            )
        ),
    )
