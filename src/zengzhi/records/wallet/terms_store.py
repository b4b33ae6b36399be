"""Which withdrawal terms hold now, and the act by which two people set others."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import ask, done_at, wanted_of
from zengzhi.records.control.models import Approval
from zengzhi.records.wallet.models import WithdrawalTerms
from zengzhi.records.wallet.terms import DEFAULTS

SET_TERMS = "set_terms"
NAMES = tuple(DEFAULTS.__dataclass_fields__)


def current_terms() -> WithdrawalTerms:
    """The newest version; the defaults become the first on first use.

    Its number is the database's to give: an explicit one would leave PostgreSQL's sequence behind.
    """
    newest = WithdrawalTerms.objects.order_by("-pk").first()
    return newest or WithdrawalTerms.objects.create()


def ask_for_terms(values: Values, by: AbstractBaseUser, why: str) -> Approval:
    """Ask for terms that differ in ``values`` from those now; a second person sets them."""
    return ask(SET_TERMS, "terms", dict(values), by, why)


def set_terms(approval: Approval) -> str:
    """A new version, as approved."""
    changed = wanted_of(approval, SET_TERMS)
    row = WithdrawalTerms.objects.create(
        **{**_values(current_terms()), **changed},
        created_at=done_at(approval),
        created_by_id=approval.asked_by_id,
    )
    return _result(row).name


def _values(row: WithdrawalTerms) -> dict[str, Any]:
    return {name: getattr(row, name) for name in NAMES}


def _compare(_subject: str, wanted: Values) -> tuple[Values, Values]:
    before = _values(current_terms())
    after = {**before, **wanted}
    WithdrawalTerms(**after).full_clean()
    return before, after


def _result(row: WithdrawalTerms) -> Result:
    values = _values(row)
    first = row.created_by_id is None and values == _values(WithdrawalTerms())
    return Result(row._meta.db_table, str(row.pk), row.created_at, values, founding=first)


def _results() -> Iterator[Result]:
    return map(_result, WithdrawalTerms.objects.order_by("pk"))


ACT = Approvable(
    name=SET_TERMS,
    title=_("withdrawal terms"),
    may_ask="wallet.add_withdrawalterms",
    may_approve="control.approve_money",
    compare=_compare,
    execute=set_terms,
    results=_results,
    touches=None,
    labels={
        **{
            item.name: item.verbose_name
            for item in WithdrawalTerms._meta.concrete_fields
            if item.name in NAMES
        },
        "fee_ppm": _("fee rate"),
    },
)
