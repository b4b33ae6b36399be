"""Tax withheld on commissions: the certificate of a year, of a member or of a person, and every
line of the year. A member's page shows what that member was paid, never other members' money."""

from dataclasses import dataclass
from datetime import date, datetime

from zengzhi.core.units import format_yuan
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock
from zengzhi.records.store.safe_csv import safe_csv
from zengzhi.records.wallet.models import Person, State, TaxPart
from zengzhi.records.wallet.persons import rows_of

EXPORT_HEADER = (
    "paid on",
    "withdrawal",
    "person",
    "member",
    "payee",
    "income month",
    "income type",
    "income",
    "tax withheld",
    "table",
)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One month's part of one paid withdrawal. Money in fen."""

    paid_at: datetime
    withdrawal: str
    person: str
    member_id: int
    holder: str
    month: date
    income_fen: int
    tax_fen: int
    table: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was paid as commissions in a year, and withheld (扣缴凭证)."""

    year: int
    lines: tuple[TaxLine, ...]

    @property
    def income_fen(self) -> int:
        """Commissions paid."""
        return sum(line.income_fen for line in self.lines)

    @property
    def tax_fen(self) -> int:
        """Tax withheld."""
        return sum(line.tax_fen for line in self.lines)


def tax_lines(
    year: int, member: Member | None = None, person: Person | None = None
) -> list[TaxLine]:
    """Everything paid in a local calendar year, in the order of payment."""
    rows = TaxPart.objects.filter(
        withdrawal__state=State.PAID,
        withdrawal__closed_at__gte=clock.midnight(date(year, 1, 1)),
        withdrawal__closed_at__lt=clock.midnight(date(year + 1, 1, 1)),
    ).select_related("withdrawal__payee__person", "withdrawal__terms", "income")
    if member is not None:
        rows = rows.filter(withdrawal__member=member)
    if person is not None:
        rows = rows.filter(rows_of(person, "withdrawal__payee__person__"))
    return [
        TaxLine(
            part.withdrawal.closed_at or part.withdrawal.requested_at,
            part.withdrawal.number,
            str(part.withdrawal.payee.person),
            part.withdrawal.member_id,
            part.withdrawal.payee.holder,
            part.income.month,
            part.amount_fen,
            part.tax_fen,
            part.withdrawal.terms.tax_table,
        )
        for part in rows.order_by("withdrawal__closed_at", "withdrawal_id", "income__month")
    ]


def certificate(member: Member, year: int) -> Certificate:
    """A member's certificate of a year."""
    return Certificate(year, tuple(tax_lines(year, member)))


def person_certificate(person: Person, year: int) -> Certificate:
    """A person's certificate of a year: all their members."""
    return Certificate(year, tuple(tax_lines(year, person=person)))


def years_of(member: Member | None = None, person: Person | None = None) -> list[int]:
    """Years in which commissions were paid out, newest first."""
    rows = TaxPart.objects.filter(withdrawal__state=State.PAID)
    if member is not None:
        rows = rows.filter(withdrawal__member=member)
    if person is not None:
        rows = rows.filter(rows_of(person, "withdrawal__payee__person__"))
    days = rows.dates("withdrawal__closed_at", "year")
    return [day.year for day in reversed(days)]


def export_csv(year: int, member: Member | None = None, person: Person | None = None) -> bytes:
    """The year as CSV: one line per withdrawal and income month, for the tax return."""
    return safe_csv(
        EXPORT_HEADER,
        (
            (
                f"{clock.local(line.paid_at):%Y-%m-%d}",
                line.withdrawal,
                line.person,
                line.member_id,
                line.holder,
                f"{line.month:%Y-%m}",
                "劳务报酬",
                format_yuan(line.income_fen),
                format_yuan(line.tax_fen),
                line.table,
            )
            for line in tax_lines(year, member, person)
        ),
    )
