"""The journal as a beancount file or CSV, streamed entry by entry.

Points are the commodity ``POINT`` (8 decimals), money is ``CNY``. An account of ours is one of
beancount's by its kind; signs are ours (``accounts.py``: an account holds what it was given), so
that every figure can be compared as it stands. Days are the mall's. Balance assertions at the end
repeat our own sums, and ``bean-check`` verifies them.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import StringIO
from itertools import groupby

from django.db.models import Max, Min, Sum

from zengzhi.core.units import UNITS_PER_POINT
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.store import clock
from zengzhi.records.store.safe_csv import safe_cell

CHUNK = 5_000
"""Entries read at once."""
ROOTS = {
    Kind.CLEARING: "Assets",
    Kind.PLATFORM: "Income",
    Kind.FEES: "Income",
    Kind.EQUITY: "Equity",
    Kind.SUBSIDY_FUND: "Equity",
    Kind.LEGACY_RESERVE: "Equity",
    Kind.ISSUED: "Equity",
}
"""Kind → beancount's root account; everything else is owed: a liability."""
COMMODITIES = {Unit.CNY: "CNY", Unit.POINT: "POINT"}


def beancount_account(account: Account) -> str:
    """``member:17:available`` → ``Liabilities:Member:M17:Available``."""
    parts = [_name(part) for part in account.code.split(":")]
    return ":".join([ROOTS.get(account.kind, "Liabilities"), *parts])


def _name(part: str) -> str:
    words = part.replace("_", " ").title().replace(" ", "-")
    return f"N{words}" if words[0].isdigit() else words


def amount_text(unit: Unit, amount: int) -> str:
    """Yuan with 2 decimals, points with 8, exact."""
    places, whole = (2, 100) if unit is Unit.CNY else (8, UNITS_PER_POINT)
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // whole}.{abs(amount) % whole:0{places}d}"


def entries(after: int = 0) -> Iterator[tuple[Transaction, list[Leg]]]:
    """Every entry with its legs, in the order of their ids, a chunk at a time."""
    while True:
        heads = list(Transaction.objects.filter(pk__gt=after).order_by("pk")[:CHUNK])
        if not heads:
            return
        legs = Leg.objects.filter(
            transaction_id__gt=after, transaction_id__lte=heads[-1].pk
        ).order_by("transaction_id", "position")
        by_entry = {
            key: list(group) for key, group in groupby(legs, lambda leg: leg.transaction_id)
        }
        for head in heads:
            yield head, by_entry.get(head.pk, [])
        after = heads[-1].pk


def sums() -> list[tuple[Account, Unit, int]]:
    """Σ legs of every account and unit, sorted."""
    rows = Leg.objects.values_list("kind", "owner", "unit").annotate(total=Sum("amount"))
    return sorted((Account(Kind(k), owner), Unit(u), int(total)) for k, owner, u, total in rows)


TOLERANCE = "0.1"
"""Of the last digit that is written: bean-check allows no difference of a fen or a unit. Its own
0.5 lets a balance be a whole digit off."""


def beancount() -> Iterator[str]:
    """The lines of a beancount file."""
    span = Transaction.objects.aggregate(first=Min("happened_at"), last=Max("happened_at"))
    yield 'option "title" "Zengzhi 增值"\n'
    yield 'option "operating_currency" "CNY"\n'
    yield f'option "tolerance_multiplier" "{TOLERANCE}"\n'
    if span["first"] is None:
        return
    totals = sums()
    opened = clock.day_of(span["first"])
    yield f'{opened} commodity CNY\n{opened} commodity POINT\n  name: "green points"\n'
    for account in sorted({account for account, _unit, _total in totals}):
        yield f"{opened} open {beancount_account(account)}\n"
    for head, legs in entries():
        yield _transaction(head, legs)
    after = clock.day_of(span["last"]) + timedelta(days=1)
    for account, unit, total in totals:
        yield (
            f"{after} balance {beancount_account(account)}  "
            f"{amount_text(unit, total)} {COMMODITIES[unit]}\n"
        )


def _transaction(head: Transaction, legs: Iterable[Leg]) -> str:
    lines = [f"\n{clock.day_of(head.happened_at)} * {_quoted(head.kind)} {_quoted(head.reference)}"]
    lines.append(f"  entry: {_quoted(str(head.pk))}")
    for leg in legs:
        account, unit = Account(Kind(leg.kind), leg.owner), Unit(leg.unit)
        text = amount_text(unit, leg.amount)
        lines.append(f"  {beancount_account(account)}  {text} {COMMODITIES[unit]}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    plain = "".join(" " if ord(letter) < 32 else letter for letter in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


CSV_COLUMNS = (
    "entry",
    "position",
    "kind",
    "reference",
    "happened_at",
    "recorded_at",
    "version",
    "corrects",
    "account",
    "amount",
    "commodity",
)


def csv_lines() -> Iterator[str]:
    """The lines of a CSV file, one leg each. Only amounts may begin with a minus."""
    yield _csv_line(CSV_COLUMNS)
    for head, legs in entries():
        texts = (head.kind, head.reference)
        moments = [clock.local(at).isoformat() for at in (head.happened_at, head.recorded_at)]
        corrects = "" if head.corrects is None else str(head.corrects)
        for leg in legs:
            account, unit = Account(Kind(leg.kind), leg.owner), Unit(leg.unit)
            yield _csv_line(
                (
                    str(head.pk),
                    str(leg.position),
                    *map(safe_cell, texts),
                    *moments,
                    safe_cell(head.version),
                    corrects,
                    account.code,
                    amount_text(unit, leg.amount),
                    COMMODITIES[unit],
                )
            )


def _csv_line(cells: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
