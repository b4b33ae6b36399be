"""The act by which a payout is approved: who pays asks for it, somebody else approves (四眼).

Above the threshold of its terms a withdrawal goes out only so; in a mall of one person each does,
time approves it, and none to the accounts of those who work there.
"""

from collections.abc import Iterator

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.approvals import mode
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import ask, done_at, wanted_of
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.wallet.errors import OwnMoney
from zengzhi.records.wallet.masking import mask_name
from zengzhi.records.wallet.models import State, Step, Withdrawal
from zengzhi.records.wallet.review import allow, is_own, locked, may_go_out, move

PAY_OUT = "pay_out"
BOUND = ("number", "amount_fen", "fee_fen", "tax_fen", "net_fen", "payee_id")


def ask_for_payout(pk: int, by: User, why: str) -> Approval:
    """Who pays asks that it may go out. Errors: those of ``ask``, ``own_money``,
    ``illegal_step``, ``payee_retired``."""
    allow(Withdrawal.objects.select_related("payee__person").get(pk=pk), "approve", by)
    return ask(PAY_OUT, f"withdrawal:{pk}", {}, by, why)


def pay_out(approval: Approval) -> str:
    """It may be paid, as somebody else approved, or time."""
    wanted_of(approval, PAY_OUT)
    row = locked(_key_of(approval.subject))
    may_go_out(row)
    if is_own(row, approval.asked_by_id, approval.decided_by_id):
        raise OwnMoney
    by = approval.decided_by
    fields = {"approved_by": by, "waited": by is None}
    move(row, "approve", State.APPROVED, by, approval.decision, done_at(approval), **fields)
    return f"{row._meta.db_table}:{row.pk}"


def _key_of(subject: str) -> int:
    return int(subject.removeprefix("withdrawal:"))


def _said(row: Withdrawal) -> Values:
    return {"state": str(State.APPROVED), **{name: getattr(row, name) for name in BOUND}}


def _compare(subject: str, _wanted: Values) -> tuple[Values, Values]:
    row = Withdrawal.objects.select_related("payee__person").get(pk=_key_of(subject))
    may_go_out(row)
    if mode.is_one_person() and is_own(row, *_staff()):
        raise OwnMoney
    return {"state": str(row.state)}, _said(row)


def _staff() -> list[int]:
    return list(User.objects.filter(is_staff=True).values_list("pk", flat=True))


def _results() -> Iterator[Result]:
    """Every withdrawal that was approved and needed two people, or time."""
    rows = Withdrawal.objects.filter(Q(approved_by__isnull=False) | Q(waited=True))
    large = Q(four_eyes=True) | Q(amount_fen__gt=F("terms__four_eyes_above_fen"))
    asked = {
        _key_of(subject)
        for subject in Approval.objects.filter(act=PAY_OUT, state="executed").values_list(
            "subject", flat=True
        )
    }
    for row in rows.filter(large | Q(waited=True) | Q(pk__in=asked)).order_by("pk"):
        steps = Step.objects.filter(withdrawal=row, verb="approve").order_by("-pk")
        at = steps.values_list("at", flat=True).first()
        yield Result(row._meta.db_table, str(row.pk), at, _said(row))


def _words(subject: str) -> str:
    row = Withdrawal.objects.select_related("payee", "member").get(pk=_key_of(subject))
    return f"{row.number} · {row.payee} {mask_name(row.payee.holder)}"


ACT = Approvable(
    name=PAY_OUT,
    title=_("withdrawal payout"),
    may_ask="wallet.pay_withdrawal",
    may_approve="control.approve_money",
    compare=_compare,
    execute=pay_out,
    results=_results,
    touches=lambda approval: [
        Withdrawal.objects.values_list("member_id", flat=True).get(pk=_key_of(approval.subject))
    ],
    labels={
        "state": _("state"),
        "number": _("number"),
        "amount_fen": _("amount"),
        "fee_fen": _("fee"),
        "tax_fen": _("tax withheld"),
        "net_fen": _("arrives"),
        "payee_id": _("payee account"),
    },
    words=_words,
)
