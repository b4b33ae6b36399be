"""A member's accounts to be paid to: added, changed, removed; a change starts a cooling period."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zengzhi.core.errors import IdReused
from zengzhi.records.control import cooling
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock, keys
from zengzhi.records.store.constraints import is_unique
from zengzhi.records.wallet.errors import BadPayee, NoPayee
from zengzhi.records.wallet.identity import is_identity, tidy_identity
from zengzhi.records.wallet.models import PayeeAccount, PayeeKind
from zengzhi.records.wallet.persons import account_digest, person_of
from zengzhi.records.wallet.terms_store import current_terms

PAYEES_MAX = 5
_CARD = re.compile(r"[0-9]{12,19}", re.ASCII)
_PHONE = re.compile(r"1[0-9]{10}", re.ASCII)
_MAIL = re.compile(r"[A-Za-z0-9._+-]{1,40}@[A-Za-z0-9-]{1,30}(\.[A-Za-z0-9-]{1,20}){1,3}", re.ASCII)
_WECHAT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,19}", re.ASCII)
_NAME = re.compile(r"[^\W\d_][^\W_]*([ ·.'-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class PayeeForm:
    """What a member typed."""

    kind: str
    holder: str
    number: str
    bank: str = ""
    identity: str = ""
    """The holder's identity number, if given."""


def luhn(number: str) -> bool:
    """The check digit of a card number.

    >>> luhn("6214830012366620"), luhn("6214830012366621")
    (True, False)
    """
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def check_payee(form: PayeeForm) -> PayeeForm:
    """The form tidied. Errors: ``bad_payee`` with the field and what works."""
    if form.kind not in PayeeKind.values:
        raise BadPayee("kind", _("Choose a bank card, Alipay or WeChat."))
    holder = form.holder.strip()
    if not (2 <= len(holder) <= 40 and _NAME.fullmatch(holder)):
        raise BadPayee("holder", _("Enter the holder's full name as the account has it."))
    number = form.number.strip()
    bank = ""
    if form.kind == PayeeKind.BANK:
        number = number.replace(" ", "")
        bank = form.bank.strip()
        if not (2 <= len(bank) <= 40 and _NAME.fullmatch(bank)):
            raise BadPayee("bank", _("Enter the name of the bank."))
        if not _CARD.fullmatch(number):
            raise BadPayee("number", _("A card number has 12 to 19 digits."))
        if not luhn(number):
            raise BadPayee("number", _("This card number has a typing mistake. Compare it again."))
    elif form.kind == PayeeKind.ALIPAY:
        if not (_PHONE.fullmatch(number) or _MAIL.fullmatch(number)):
            raise BadPayee("number", _("Enter the phone number or mail address of the account."))
    elif not (_PHONE.fullmatch(number) or _WECHAT.fullmatch(number)):
        raise BadPayee("number", _("Enter the phone number or WeChat ID of the account."))
    identity = tidy_identity(form.identity)
    if identity and not is_identity(identity):
        raise BadPayee(
            "identity", _("This identity number has a typing mistake. Compare it again.")
        )
    return PayeeForm(form.kind, holder, number, bank, identity)


def fingerprint_of(kind: str, number: str) -> str:
    """The keyed digest by which an account is found: its number is encrypted."""
    return keys.digest(f"payee_account {kind} {number}".encode())


def payees_of(member: Member) -> list[PayeeAccount]:
    """The accounts in use, oldest first."""
    return list(PayeeAccount.objects.filter(member=member, retired_at=None))


def payee_of(member: Member, pk: int) -> PayeeAccount:
    """One of the member's accounts in use. Errors: ``no_payee``."""
    rows = PayeeAccount.objects.select_related("person").filter(member=member, retired_at=None)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NoPayee
    return found


def save_payee(
    member: Member,
    form: PayeeForm,
    token: uuid.UUID,
    replaces: PayeeAccount | None = None,
    at: datetime | None = None,
) -> PayeeAccount:
    """Add an account, or change one: the old one is retired, the new one cools down first.

    Only a member's very first account can be used at once. The same token returns the account it
    made. Errors: ``bad_payee``, ``no_payee``, ``id_reused``.
    """
    form = check_payee(form)
    at = at or clock.now()
    try:
        with transaction.atomic():
            _lock(member)
            made = PayeeAccount.objects.filter(member=member, token=token).first()
            if made is not None:
                return _made_of(made, form, replaces)
            if replaces is not None:
                _retire(member, replaces.pk, at)
            elif len(payees_of(member)) >= PAYEES_MAX:
                raise BadPayee("kind", _("You have five accounts. Remove one first."))
            fingerprint = fingerprint_of(form.kind, form.number)
            if PayeeAccount.objects.filter(
                member=member, fingerprint=fingerprint, retired_at=None
            ).exists():
                raise BadPayee("number", _("You have this account already."))
            first = not PayeeAccount.objects.filter(member=member).exists()
            return PayeeAccount.objects.create(
                member=member,
                token=token,
                kind=form.kind,
                holder=form.holder,
                bank=form.bank,
                number=form.number,
                fingerprint=fingerprint,
                digest=account_digest(form.kind, form.holder, form.number),
                person=person_of(form.kind, form.holder, form.number, form.identity),
                replaces=replaces,
                created_at=at,
                usable_from=cooling.usable_from(at, current_terms().cooling_hours, first),
            )
    except IntegrityError as error:
        if not is_unique(error, "wallet_payeeaccount", "token"):
            raise
        raise NoPayee from error  # The token is somebody else's.


def _lock(member: Member) -> None:
    """One change of a member's accounts at a time; withdrawals need not wait for it."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)


def _made_of(made: PayeeAccount, form: PayeeForm, replaces: PayeeAccount | None) -> PayeeAccount:
    """What the token made, if it is what is asked for now. Errors: ``id_reused``."""
    then = made.kind, made.holder, made.number, made.bank, made.replaces_id
    now = form.kind, form.holder, form.number, form.bank, replaces and replaces.pk
    if then != now or form.identity not in {"", made.person.identity}:
        raise IdReused(str(made.token))
    return made


def remove_payee(member: Member, pk: int, at: datetime | None = None) -> None:
    """Stop using an account. Errors: ``no_payee``."""
    with transaction.atomic():
        _lock(member)
        _retire(member, pk, at or clock.now())


def _retire(member: Member, pk: int, at: datetime) -> None:
    if not PayeeAccount.objects.filter(pk=pk, member=member, retired_at=None).update(retired_at=at):
        raise NoPayee
