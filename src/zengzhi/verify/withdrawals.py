"""Withdrawals and their entries, both ways; the tax on them; the persons who were paid."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Sum

from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState
from zengzhi.records.ledger.journal import facts_text
from zengzhi.records.ledger.models import SETTLED_FROM, Leg, Place, Transaction
from zengzhi.records.wallet.facts import frozen_values
from zengzhi.records.wallet.models import (
    CLOSED_UNPAID,
    PayeeAccount,
    Person,
    State,
    TaxableIncome,
    TaxPart,
    Withdrawal,
)
from zengzhi.records.wallet.persons import account_digest
from zengzhi.verify.problem import Problem, select

CHUNK = 500
TABLE = Withdrawal._meta.db_table
CLOSING = {State.PAID: "payout", **dict.fromkeys(CLOSED_UNPAID, "withdrawal_back")}
KINDS = ("withdrawal", *sorted(set(CLOSING.values())))
HOLDS = {State.PAID: HoldState.POSTED, **dict.fromkeys(CLOSED_UNPAID, HoldState.VOID)}

Legs = dict[tuple[int, int], int]


def withdrawals() -> Iterator[Problem]:
    """Each withdrawal has its entries, once, with its sums and its account frozen, and its hold."""
    keys = list(Withdrawal.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chosen = Withdrawal.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk")
        chunk = list(chosen.select_related("payee").defer("payee__holder", "payee__number"))
        numbers = [row.number for row in chunk]
        heads: dict[tuple[str, str], Transaction] = {
            (head.kind, head.reference): head
            for head in Transaction.objects.filter(
                kind__in=KINDS, reference__in=numbers, pk__lt=SETTLED_FROM
            )
        }
        legs: dict[int, Legs] = defaultdict(lambda: defaultdict(int))
        ids = [head.pk for head in heads.values()]
        for leg in Leg.objects.filter(transaction_id__in=ids):
            legs[leg.transaction_id][leg.kind, leg.owner] += leg.amount
        holds = {
            hold.cause: hold
            for hold in Place.objects.filter(kind=HoldKind.WITHDRAWAL, cause__in=numbers)
        }
        parts = {
            row["withdrawal"]: (row["amount"], row["tax"])
            for row in TaxPart.objects.filter(withdrawal__in=chunk)
            .values("withdrawal")
            .annotate(amount=Sum("amount_fen"), tax=Sum("tax_fen"))
        }
        for row in chunk:
            yield from _entries(row, heads, legs)
            yield from _hold(row, holds.get(row.number))
            if parts.get(row.pk, (0, 0)) != (row.commission_fen, row.tax_fen):
                yield Problem(TABLE, str(row.pk), "tax_fen", "its months say something else")


def _entries(
    row: Withdrawal, heads: dict[tuple[str, str], Transaction], legs: dict[int, Legs]
) -> Iterator[Problem]:
    wanted = {"withdrawal": row.reserved_entry}
    closing = CLOSING.get(State(row.state))
    if closing is not None:
        wanted[closing] = row.closing_entry or 0
    facts = facts_text(frozen_values(row))
    for kind in KINDS:
        head = heads.get((kind, row.number))
        if (head.pk if head else None) != wanted.get(kind):
            message = f"its state needs entry {wanted.get(kind)} as {kind}, the journal has "
            yield Problem(TABLE, str(row.pk), "state", message + str(head.pk if head else None))
        elif head is not None and head.facts != facts:
            message = f"number, sums or account differ from what entry {head.pk} froze"
            yield Problem(TABLE, str(row.pk), "", message)
        elif head is not None and not _moves(row, kind, legs[head.pk]):
            message = f"it does not move what withdrawal {row.number} says"
            yield Problem("ledger_transaction", str(head.pk), "", message)


def _moves(row: Withdrawal, kind: str, legs: Legs) -> bool:
    """Whether the legs of an entry are those of the withdrawal; back can meet a debt."""
    member = row.member_id
    available, reserved, owed = (
        (int(each), member)
        for each in (Kind.MEMBER_AVAILABLE, Kind.MEMBER_RESERVED, Kind.MEMBER_DEBT)
    )
    found = {place: fen for place, fen in legs.items() if fen}
    if kind == "withdrawal":
        return found == {available: -row.amount_fen, reserved: row.amount_fen}
    if kind == "payout":
        paid = {
            reserved: -row.amount_fen,
            (int(Kind.CLEARING), row.provider or 0): row.net_fen,
            (int(Kind.FEES), 0): row.fee_fen,
            (int(Kind.TAX_WITHHELD), 0): row.tax_fen,
        }
        return found == {place: fen for place, fen in paid.items() if fen}
    back = found.pop(available, 0) + found.pop(owed, 0)
    return found == {reserved: -row.amount_fen} and back == row.amount_fen


def _hold(row: Withdrawal, hold: Place | None) -> Iterator[Problem]:
    wanted = HOLDS.get(State(row.state), HoldState.OPEN)
    said = (int(wanted), row.amount_fen, row.reserved_entry)
    if hold is None or (hold.state, hold.amount_fen, hold.entry) != said:
        found = hold and HoldState(hold.state).name
        message = f"its withdrawal is {row.state}, the hold is {found}"
        yield Problem("ledger_place", f"{int(HoldKind.WITHDRAWAL)}/{row.number}", "state", message)


def without_withdrawal() -> Iterator[Problem]:
    """No entry and no hold of a withdrawal that is not there."""
    holes = ", ".join(["%s"] * len(KINDS))
    for entry, number in select(
        "SELECT head.id, head.reference FROM ledger_transaction AS head "  # noqa: S608 (own names)
        f"LEFT JOIN {TABLE} AS row ON row.number = head.reference "
        f"WHERE head.kind IN ({holes}) AND row.id IS NULL ORDER BY head.id",
        *KINDS,
    ):
        message = f"there is no withdrawal {number}"
        yield Problem("ledger_transaction", str(entry), "reference", message)
    for (number,) in select(
        "SELECT hold.cause FROM ledger_place AS hold "  # noqa: S608 (own names)
        f"LEFT JOIN {TABLE} AS row ON row.number = hold.cause "
        "WHERE hold.kind = %s AND row.id IS NULL ORDER BY hold.cause",
        int(HoldKind.WITHDRAWAL),
    ):
        message = "there is no such withdrawal"
        yield Problem("ledger_place", f"{int(HoldKind.WITHDRAWAL)}/{number}", "cause", message)


def taxed_income() -> Iterator[Problem]:
    """What of a member's month was paid and withheld is the sum of the withdrawals' parts."""
    parts = {
        row["income"]: (row["amount"], row["tax"])
        for row in TaxPart.objects.exclude(withdrawal__state__in=CLOSED_UNPAID)
        .values("income")
        .annotate(amount=Sum("amount_fen"), tax=Sum("tax_fen"))
    }
    for income in TaxableIncome.objects.order_by("pk").iterator(CHUNK):
        amount_fen, tax_fen = parts.get(income.pk, (0, 0))
        for name, found in (("taxed_fen", amount_fen), ("withheld_fen", tax_fen)):
            if getattr(income, name) != found:
                message = f"is {getattr(income, name)}, the withdrawals say {found}"
                yield Problem(TaxableIncome._meta.db_table, str(income.pk), name, message)


def persons() -> Iterator[Problem]:
    """Each account belongs to the person that its holder and number say, or that they name."""
    rows = Person.objects.values_list("digest", "pk", "same_as")
    known = {digest: own for digest, *own in rows}
    for pk in list(PayeeAccount.objects.order_by("pk").values_list("pk", flat=True)):
        payee = PayeeAccount.objects.get(pk=pk)  # alone: what does not decrypt ends the check here
        if payee.number and payee.digest != account_digest(payee.kind, payee.holder, payee.number):
            message = "is not the digest of its holder and number"
            yield Problem(PayeeAccount._meta.db_table, str(payee.pk), "digest", message)
        own = known.get(payee.digest)
        if own is None or payee.person_id not in own:
            message = "is not the person of its holder and number"
            yield Problem(PayeeAccount._meta.db_table, str(payee.pk), "person_id", message)
