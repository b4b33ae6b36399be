"""Paying by a bank's file: a batch is made once; the bank's result file is booked whole or not."""

import csv
import hashlib
import io
import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from zengzhi.core.errors import InvalidAmount, UnusableRules, ZengzhiError
from zengzhi.core.textfiles import decode_desk
from zengzhi.core.units import format_yuan, parse_yuan
from zengzhi.records.control.approvals.service import must_be_present
from zengzhi.records.control.cooling import is_cooling
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.store.safe_csv import grouped, safe_csv
from zengzhi.records.wallet.channels import require
from zengzhi.records.wallet.errors import NotStaff, WalletError
from zengzhi.records.wallet.models import PayeeKind, PayoutBatch, State, Withdrawal
from zengzhi.records.wallet.review import (
    NOTE_MAX,
    book_failed,
    book_paid,
    check_booking,
    first_payout_from,
    goes_out,
    is_paid_to,
    locked,
    move,
    persons_behind,
)

PROVIDER = 2
LINES_MAX = 2000
BYTES_MAX = 2_000_000
FILE_HEADER = ("number", "holder", "bank", "account", "amount", "currency", "batch")
RESULT_HEADER = ("number", "amount", "result", "reason")
RESULTS = {"paid": True, "success": True, "成功": True, "failed": False, "失败": False}


class EmptyBatch(WalletError):
    """Nothing approved waits for a bank file."""

    code = "empty_batch"

    def __init__(self) -> None:
        super().__init__(_("No approved withdrawal to a bank card is waiting."))


@dataclass(frozen=True, slots=True)
class LineError:
    """A line of the result file that cannot be booked."""

    line: int
    text: str


class BadFile(WalletError):
    """The result file has errors; nothing of it was booked."""

    code = "bad_file"

    def __init__(self, errors: list[LineError]) -> None:
        super().__init__(_("Nothing was booked: the file has errors."))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Booked:
    """What a result file did."""

    paid: int
    failed: int
    before: int
    """Lines that had been booked before, the same way."""


def waiting(by: User | None = None) -> list[Withdrawal]:
    """Approved withdrawals to bank cards still in use that may be paid now, oldest first; not
    one's own, nor those that one approved."""
    now = clock.now()
    rows = Withdrawal.objects.filter(
        state=State.APPROVED, payee__kind=PayeeKind.BANK, payee__retired_at=None
    ).select_related("payee__person", "member", "terms")
    if by is not None:
        rows = rows.exclude(owner=by).exclude(approved_by=by)
    own = persons_behind(by.pk) if by is not None else set()
    found = (row for row in rows.order_by("pk") if not is_cooling(first_payout_from(row), now))
    return list(islice((row for row in found if not is_paid_to(row, own)), LINES_MAX))


def make_batch(by: User, token: uuid.UUID, at: datetime | None = None) -> PayoutBatch:
    """All that waits goes into one file and is ``paying``; the same token returns the same file.

    Errors: ``empty_batch``, ``not_staff``, ``not_present``, ``just_reset``, ``cooling_down``,
    ``channel_not_configured``.
    """
    require(PROVIDER)
    at = at or clock.now()
    if not (by.is_active and by.is_staff):
        raise NotStaff
    must_be_present(by)
    with transaction.atomic():
        made = PayoutBatch.objects.filter(token=token).first()
        if made is not None:
            return made
        chosen = [locked(row.pk) for row in waiting(by)]
        chosen = [row for row in chosen if row.state == State.APPROVED]
        if not chosen:
            raise EmptyBatch
        for row in chosen:
            goes_out(row, by)
        number = f"B{clock.local(at):%Y%m%d}{token.hex[:8].upper()}"
        content = safe_csv(FILE_HEADER, (_line(row, number) for row in chosen))
        batch = PayoutBatch.objects.create(
            number=number,
            token=token,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            lines=len(chosen),
            total_fen=sum(row.net_fen for row in chosen),
            created_at=at,
            created_by=by,
        )
        sent = {"provider": PROVIDER, "batch": batch, "sent_by": by}
        for row in chosen:
            move(row, "submit", State.PAYING, by, number, at, **sent)
        return batch


def _line(row: Withdrawal, batch_number: str) -> tuple[str, ...]:
    """A line of the file; the card number in fours, so that nothing rounds it."""
    payee = row.payee
    amount = format_yuan(row.net_fen)
    account = grouped(payee.number)
    return (row.number, payee.holder, payee.bank, account, amount, "CNY", batch_number)


def read_file(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Lines with their numbers, in UTF-8 or GB 18030. Errors: ``bad_file``."""
    if len(content) > BYTES_MAX:
        raise BadFile([LineError(1, _("The file is too large."))])
    try:
        text = decode_desk(content)
    except UnusableRules as error:
        raise BadFile([LineError(1, _("This is not a CSV file."))]) from error
    try:
        rows = list(csv.reader(io.StringIO(text.replace("\x00", "")), strict=True))
    except csv.Error as error:
        raise BadFile([LineError(1, _("This is not a CSV file."))]) from error
    if not rows or tuple(cell.strip() for cell in rows[0]) != RESULT_HEADER:
        wanted = ",".join(RESULT_HEADER)
        text = _("The first line must be: %(header)s") % {"header": wanted}
        raise BadFile([LineError(1, text)])
    lines = [(at, row) for at, row in enumerate(rows[1:], 2) if any(row)]
    short = [LineError(at, _("This line needs 4 fields.")) for at, row in lines if len(row) != 4]
    if short or not lines:
        raise BadFile(short or [LineError(2, _("The file has no lines."))])
    fields = [(at, [cell.strip().lstrip("'") for cell in row]) for at, row in lines]
    return [(at, dict(zip(RESULT_HEADER, row, strict=True))) for at, row in fields]


def import_results(
    batch: PayoutBatch, content: bytes, by: User, at: datetime | None = None
) -> Booked:
    """Book the bank's results: every line is checked first, one error and nothing is booked.

    Errors: ``bad_file`` with every line's error.
    """
    lines = read_file(content)
    at = at or clock.now()
    with transaction.atomic():
        PayoutBatch.objects.select_for_update().get(pk=batch.pk)
        rows = {row.number: row.pk for row in batch.withdrawals.order_by("pk")}
        held = {number: locked(pk) for number, pk in rows.items()}
        errors = []
        seen: set[str] = set()
        for number, line in lines:
            wrong = _wrong(line, held.get(line["number"]), seen, by)
            seen.add(line["number"])
            if wrong:
                errors.append(LineError(number, wrong))
        if errors:
            raise BadFile(errors)
        return _book([line for _at, line in lines], held, by, at)


def _wrong(line: dict[str, str], row: Withdrawal | None, seen: set[str], by: User) -> str:
    """What is wrong with a line; empty: nothing."""
    if row is None:
        return _("No withdrawal of this file has the number %(number)s.") % {
            "number": line["number"][:40]
        }
    if line["number"] in seen:
        return _("The number %(number)s appears twice.") % {"number": row.number}
    paid = RESULTS.get(line["result"])
    if paid is None:
        return _("The result must be paid or failed.")
    try:
        fen = parse_yuan(line["amount"])
    except InvalidAmount:
        return _("The amount cannot be read.")
    if fen != row.net_fen:
        return _("The amount is %(theirs)s, ours is %(ours)s.") % {
            "theirs": line["amount"][:20],
            "ours": format_yuan(row.net_fen),
        }
    if row.state == (State.PAID if paid else State.FAILED):
        return ""
    try:
        check_booking(row, "paid" if paid else "failed", by)
    except ZengzhiError as error:
        return error.message
    return ""


def _book(
    lines: list[dict[str, str]], held: dict[str, Withdrawal], by: User, at: datetime
) -> Booked:
    paid = failed = before = 0
    for line in lines:
        row = held[line["number"]]
        reason = line["reason"][:NOTE_MAX]
        if row.state != State.PAYING:
            before += 1
        elif RESULTS[line["result"]]:
            book_paid(row.pk, by, reason, at)
            paid += 1
        else:
            book_failed(row.pk, by, reason or _("The bank did not pay."), at)
            failed += 1
    return Booked(paid, failed, before)
