"""Who is paid: a person (收款人), whatever number of members they have (spec 2.6).

A person is known by name and identity number, where one was given; else by the holder and number
of the account. Once an account and an identity number were given together they are one person:
the account's row names the other (``same_as``), so that the income of both counts together.
Only keyed digests are compared.
"""

import json
import unicodedata

from django.db.models import Q
from django.utils.translation import gettext as _

from zengzhi.records.store import clock, keys
from zengzhi.records.wallet.errors import BadPayee
from zengzhi.records.wallet.models import Person


def _plain(text: str) -> str:
    """What makes a name the same, however it is typed.

    >>> _plain("Anna-Maria O'Neil") == _plain("ＡＮＮＡ MARIA ONEIL")
    True
    """
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _digest(kind: str, name: str, number: str) -> str:
    said = json.dumps([kind, _plain(name), number.casefold()], ensure_ascii=False)
    return keys.digest(f"payee {said}".encode())


def account_digest(kind: str, holder: str, number: str) -> str:
    """The keyed digest of an account: what an entry keeps of where money goes."""
    return _digest(kind, holder, number)


def _row(digest: str, name: str, identity: str = "") -> Person:
    return Person.objects.get_or_create(
        digest=digest, defaults={"name": name, "identity": identity, "created_at": clock.now()}
    )[0]


def person_of(kind: str, holder: str, number: str, identity: str = "") -> Person:
    """The person behind an account, made if new. Inside the caller's transaction.

    Errors: ``bad_payee`` when the account was given with another identity number before.
    """
    account = _row(account_digest(kind, holder, number), holder)
    account = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    if not identity:
        return account.same_as or account
    person = _row(_digest("identity", holder, identity), holder, identity)
    if account.same_as_id is None:
        account.same_as = person
        account.save(update_fields=["same_as"])
    elif account.same_as_id != person.pk:
        text = _("This account was given with another identity number before. Compare it again.")
        raise BadPayee("identity", text)
    return person


def lock_person(pk: int) -> Person:
    """Lock the person that everything withheld from them passes through: after the purse, an
    account's row before the row that it names."""
    rows = Person.objects.select_for_update(of=("self",), no_key=True)
    person = rows.get(pk=pk)
    return person if person.same_as_id is None else rows.get(pk=person.same_as_id)


def rows_of(person: Person, path: str = "") -> Q:
    """What belongs to a person or to an account that names them; ``path``: where the person is,
    with its ``__``."""
    root = person.same_as_id or person.pk
    return Q(**{f"{path}id": root}) | Q(**{f"{path}same_as": root})
