"""Commission income (劳务报酬) by member and month as it becomes available, and the tax of the
person who is paid, over all members of theirs.

Called inside the caller's transaction, after its posting: the member's purse is then locked, and
this order (purse, person, income) is the same everywhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import F, Sum

from zengzhi.core.withholding_tax import CUMULATIVE, due, method_of, month_index, to_withhold
from zengzhi.records.store import clock
from zengzhi.records.wallet.models import (
    CLOSED_UNPAID,
    PayeeAccount,
    Person,
    TaxableIncome,
    TaxPart,
    Withdrawal,
)
from zengzhi.records.wallet.persons import rows_of


@dataclass(frozen=True, slots=True)
class Part:
    """What a payment takes of one month's commissions, and the tax on it. Money in fen."""

    income_id: int
    month: date
    amount_fen: int
    tax_fen: int


def month_of(at: date | datetime) -> date:
    """The first day of the local month."""
    if isinstance(at, datetime):
        at = clock.day_of(at)
    return at.replace(day=1)


def record_incomes(amounts: Iterable[tuple[int, int, date | datetime]]) -> None:
    """Many commissions (member, fen, when) at once; taken back ones are negative."""
    sums: dict[tuple[int, str], int] = defaultdict(int)
    months: dict[date | datetime, str] = {}
    for member_id, amount_fen, at in amounts:
        if at not in months:
            months[at] = month_of(at).isoformat()
        sums[member_id, months[at]] += amount_fen
    rows = [(*key, fen) for key, fen in sorted(sums.items()) if fen]
    if not rows:
        return
    upsert = (
        "INSERT INTO wallet_taxableincome (member_id, month, income_fen, taxed_fen, withheld_fen) "
        "{} ON CONFLICT (member_id, month) DO UPDATE "
        "SET income_fen = wallet_taxableincome.income_fen + excluded.income_fen"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*rows, strict=True)]
            found = "SELECT *, 0, 0 FROM unnest(%s::bigint[], %s::date[], %s::bigint[])"
            cursor.execute(upsert.format(found), columns)
        else:
            cursor.executemany(upsert.format("VALUES (%s, %s, %s, 0, 0)"), rows)


@dataclass(slots=True)
class History:
    """What a person was paid of each month's income, with what is being paid, and what was
    withheld of it; by ``month_index``, in fen."""

    paid_fen: dict[int, int]
    withheld_fen: dict[int, int]
    open_months: set[int]
    """Months in which income arose that has not been paid yet."""

    def withhold(self, choice: str, month: date, amount_fen: int) -> int:
        """The tax on a further part of a month's income, which counts as paid from now on."""
        index = month_index(month.year, month.month)
        method = method_of(choice, month.year, month.month)
        self.paid_fen[index] = self.paid_fen.get(index, 0) + amount_fen
        months = [index]
        if method == CUMULATIVE:
            months = [
                month_index(month.year, each)
                for each in range(1, 13)
                if method_of(choice, month.year, each) == CUMULATIVE
            ]
        paid = [(m, self.paid_fen[m]) for m in months if m in self.paid_fen]
        open_months = self.open_months.intersection(months)
        due_fen = due(method, paid, month.year, month.month, open_months)
        before_fen = sum(self.withheld_fen.get(m, 0) for m in months)
        tax_fen = to_withhold(due_fen, before_fen, amount_fen)
        self.withheld_fen[index] = self.withheld_fen.get(index, 0) + tax_fen
        return tax_fen


def history_of(person: Person) -> History:
    """What the person was paid through all members and accounts they ever had. What was paid to
    somebody else before a member changed the account stays theirs."""
    paid = (
        TaxPart.objects.filter(rows_of(person, "withdrawal__payee__person__"))
        .exclude(withdrawal__state__in=CLOSED_UNPAID)
        .values_list("income__month")
        .annotate(amount=Sum("amount_fen"), tax=Sum("tax_fen"))
        .order_by("income__month")
    )
    rows = [(month_index(month.year, month.month), amount, tax) for month, amount, tax in paid]
    members = PayeeAccount.objects.filter(rows_of(person, "person__"), retired_at=None)
    unpaid = TaxableIncome.objects.filter(
        member__in=members.values("member"), income_fen__gt=F("taxed_fen")
    )
    months = unpaid.order_by("month").values_list("month", flat=True).distinct()
    return History(
        {index: amount for index, amount, _tax in rows},
        {index: tax for index, _amount, tax in rows},
        {month_index(month.year, month.month) for month in months},
    )


def split_payment(member_id: int, amount_fen: int, choice: str, person: Person) -> list[Part]:
    """Commissions first, the oldest month first: the taxed part of a payment of ``amount_fen`` to
    a person. Locked beforehand: the purse, the person.

    The tax depends on the person's income, not on how it is withdrawn. Months paid beyond their
    income (by a reversal) are made up by the oldest unpaid ones, untaxed.
    """
    rows = list(
        TaxableIncome.objects.filter(member_id=member_id)
        .exclude(income_fen=F("taxed_fen"))
        .order_by("month")
    )
    overpaid_fen = sum(max(0, row.taxed_fen - row.income_fen) for row in rows)
    history = history_of(person) if rows else None
    parts = []
    for row in rows:
        open_fen = max(0, row.income_fen - row.taxed_fen)
        made_up_fen = min(open_fen, overpaid_fen)
        overpaid_fen -= made_up_fen
        taken_fen = min(amount_fen, open_fen - made_up_fen)
        if taken_fen and history is not None:
            tax_fen = history.withhold(choice, row.month, taken_fen)
            parts.append(Part(row.pk, row.month, taken_fen, tax_fen))
            amount_fen -= taken_fen
    return parts


def take_parts(withdrawal: Withdrawal, parts: Sequence[Part]) -> None:
    """The parts are being paid by this withdrawal."""
    TaxPart.objects.bulk_create(
        TaxPart(
            withdrawal=withdrawal,
            income_id=part.income_id,
            amount_fen=part.amount_fen,
            tax_fen=part.tax_fen,
        )
        for part in parts
    )
    for part in parts:
        TaxableIncome.objects.filter(pk=part.income_id).update(
            taxed_fen=F("taxed_fen") + part.amount_fen,
            withheld_fen=F("withheld_fen") + part.tax_fen,
        )


def give_back_parts(withdrawal: Withdrawal) -> None:
    """The withdrawal was not paid: its commissions are unpaid and untaxed again."""
    for part in withdrawal.tax_parts.order_by("income__month"):
        TaxableIncome.objects.filter(pk=part.income_id).update(
            taxed_fen=F("taxed_fen") - part.amount_fen,
            withheld_fen=F("withheld_fen") - part.tax_fen,
        )
