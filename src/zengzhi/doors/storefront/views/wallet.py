"""The wallet: balances, movements, withdrawing, accounts to be paid to, tax certificates."""

import uuid
from contextlib import suppress
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zengzhi.core.errors import IdReused
from zengzhi.doors.shared.messages import explain
from zengzhi.doors.shared.reading import clean, read_id, read_token
from zengzhi.doors.storefront.views.orders import signed_in
from zengzhi.records.control.cooling import is_cooling
from zengzhi.records.members.models import Member
from zengzhi.records.store import clock
from zengzhi.records.wallet import certificates
from zengzhi.records.wallet import service as wallets
from zengzhi.records.wallet.errors import (
    BadPayee,
    Cooling,
    NoPayee,
    QuoteMoved,
    WalletError,
)
from zengzhi.records.wallet.models import PayeeAccount, PayeeKind, State, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payee_of, payees_of, remove_payee, save_payee
from zengzhi.records.wallet.terms_store import current_terms
from zengzhi.records.wallet.withdraw import (
    most_now,
    quote,
    read_amount,
    request_withdrawal,
    today_used,
)

LIST_MAX = 100


@login_required
def wallet(request: HttpRequest) -> HttpResponse:
    """My balances and how they moved."""
    member = signed_in(request)
    kind = request.GET.get("kind", "")
    if kind not in wallets.MOVEMENT_KINDS:
        kind = ""
    context = {
        "balances": wallets.balances(member),
        "movements": wallets.movements(member, kind or None),
        "kind": kind,
        "terms": current_terms(),
        "waiting": member.withdrawals.filter(state__in=wallets.OPEN).count(),
        "years": certificates.years_of(member),
    }
    return render(request, "storefront/wallet.html", context)


def _form_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    form = request.POST if request.method == "POST" else request.GET
    payees = payees_of(member)
    now = clock.now()
    usable = [payee for payee in payees if not is_cooling(payee.usable_from, now)]
    chosen = read_id(form.get("payee", ""))
    if chosen is None and usable and "payee" not in form:
        chosen = usable[-1].pk
    terms = current_terms()
    count, used_fen = today_used(member, now)
    return {
        "balances": wallets.balances(member),
        "terms": terms,
        "left_count": max(0, terms.daily_count - count),
        "left_fen": max(0, terms.daily_fen - used_fen),
        "most_fen": most_now(member, now),
        "payees": payees,
        "usable": usable,
        "now": now,
        "chosen": chosen,
        "raw": form.get("amount", ""),
        "typed": clean(form.get("amount", "")),
        "token": uuid.uuid4(),
    }


@login_required
def withdraw(request: HttpRequest) -> HttpResponse:
    """Choose amount and account, see exactly what arrives, confirm it; once per form."""
    if request.method == "POST" or request.GET.get("step") == "confirm":
        return _confirm(request)
    context = _form_context(request, signed_in(request))
    if context["raw"]:
        _quote_into(context, signed_in(request))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "storefront/parts/withdraw_live.html", context)
    return render(request, "storefront/withdraw.html", context)


def _quote_into(context: dict[str, Any], member: Member) -> None:
    """The quote, or what is wrong and with which field."""
    try:
        fen = read_amount(context["raw"])
        context["quote"] = quote(member, fen, context["chosen"])
    except WalletError as refusal:
        context["error"] = refusal.message
        context["error_field"] = "payee" if isinstance(refusal, NoPayee | Cooling) else "amount"


@reauthentication_required
def _fresh_confirm(request: HttpRequest) -> HttpResponse:
    member = signed_in(request)
    context = _form_context(request, member)
    status = 422
    if request.method == "POST":
        try:
            return _request(request, member, context)
        except (WalletError, IdReused) as refusal:
            context["error"] = explain(refusal)
            context["error_field"] = "amount"
            status = 409 if isinstance(refusal, QuoteMoved | IdReused) else 422
            return render(request, "storefront/withdraw.html", context, status=status)
    _quote_into(context, member)
    if "quote" in context:
        return render(request, "storefront/withdraw_confirm.html", context)
    return render(request, "storefront/withdraw.html", context, status=422)


def _confirm(request: HttpRequest) -> HttpResponse:
    """A wrong form is answered at once; only a right one asks for the password again."""
    member = signed_in(request)
    if request.method == "POST":
        read_token(request.POST.get("token", ""))
        return _fresh_confirm(request)
    context = _form_context(request, member)
    _quote_into(context, member)
    if "quote" not in context:
        return render(request, "storefront/withdraw.html", context, status=422)
    return _fresh_confirm(request)


def _request(request: HttpRequest, member: Member, context: dict[str, Any]) -> HttpResponse:
    token = read_token(request.POST.get("token", ""))
    net = read_id(request.POST.get("net_fen", ""))
    if net is None:
        raise QuoteMoved(0, 0)
    row = request_withdrawal(
        member, read_amount(request.POST.get("amount", "")), context["chosen"], token, net
    )
    return redirect("storefront:withdrawal_done", number=row.number)


def own_withdrawal(request: HttpRequest, number: str) -> Withdrawal:
    """The signed-in member's withdrawal; somebody else's is not found."""
    rows = Withdrawal.objects.select_related("payee", "terms")
    row = rows.filter(member=signed_in(request), number=number).first()
    if row is None:
        raise Http404
    return row


@login_required
def withdrawals(request: HttpRequest) -> HttpResponse:
    """My withdrawals, newest first."""
    rows = signed_in(request).withdrawals.select_related("payee")[:LIST_MAX]
    return render(request, "storefront/withdrawals.html", {"withdrawals": rows})


@login_required
def withdrawal_done(request: HttpRequest, number: str) -> HttpResponse:
    """What my request did."""
    row = own_withdrawal(request, number)
    context = {"withdrawal": row, "balances": wallets.balances(row.member)}
    return render(request, "storefront/withdrawal_done.html", context)


@login_required
def withdrawal(request: HttpRequest, number: str) -> HttpResponse:
    """One of my withdrawals: where it stands and how it came there."""
    row = own_withdrawal(request, number)
    return render(
        request,
        "storefront/withdrawal.html",
        {
            "withdrawal": row,
            "timeline": timeline(row),
            "parts": row.tax_parts.select_related("income"),
        },
    )


def timeline(row: Withdrawal) -> list[dict[str, Any]]:
    """The stations of a withdrawal as its member sees them: done, current, still to come."""
    times = {step.state: step.at for step in row.steps.all()}
    states = [State.REQUESTED]
    if row.state == State.HELD:
        states.append(State.HELD)
    if row.state == State.REJECTED:
        states.append(State.REJECTED)
    else:
        states += [State.APPROVED, State.PAYING]
        states.append(State.FAILED if row.state == State.FAILED else State.PAID)
    current = states.index(State(row.state))
    return [
        {
            "state": state,
            "at": times.get(state) if position <= current else None,
            "done": position < current or row.state == State.PAID,
            "current": position == current,
            "bad": state in wallets.CLOSED_UNPAID,
        }
        for position, state in enumerate(states)
    ]


@login_required
def payees(request: HttpRequest) -> HttpResponse:
    """The accounts I can be paid to."""
    context = {"payees": payees_of(signed_in(request)), "now": clock.now()}
    context["terms"] = current_terms()
    return render(request, "storefront/payees.html", context)


@login_required
@reauthentication_required
def payee_add(request: HttpRequest) -> HttpResponse:
    """Add an account."""
    return _payee(request, None)


@login_required
@reauthentication_required
def payee_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an account: the old one is retired, the new one cools down first."""
    try:
        return _payee(request, payee_of(signed_in(request), pk))
    except NoPayee as error:
        raise Http404 from error


def _payee(request: HttpRequest, replaces: PayeeAccount | None) -> HttpResponse:
    member = signed_in(request)
    form = request.POST
    old = {"kind": replaces.kind, "holder": "", "bank": replaces.bank} if replaces else {}
    typed = {
        name: clean(form.get(name, old.get(name, "")), 64)
        for name in ("kind", "holder", "bank", "number", "identity")
    }
    typed["kind"] = typed["kind"] if typed["kind"] in PayeeKind.values else PayeeKind.BANK.value
    first = not PayeeAccount.objects.filter(member=member).exists()
    context: dict[str, Any] = {
        "typed": typed,
        "kinds": PayeeKind.choices,
        "old": replaces,
        "first": first,
        "terms": current_terms(),
        "token": uuid.uuid4(),
    }
    if request.method != "POST":
        return render(request, "storefront/payee_form.html", context)
    token = read_token(form.get("token", ""))
    try:
        wanted = PayeeForm(
            form.get("kind", ""),
            typed["holder"],
            typed["number"],
            typed["bank"],
            typed["identity"],
        )
        payee = save_payee(member, wanted, token, replaces)
    except BadPayee as refusal:
        context["errors"] = {refusal.field: refusal.message}
        return render(request, "storefront/payee_form.html", context, status=422)
    except IdReused as refusal:
        context["errors"] = {"kind": explain(refusal)}
        return render(request, "storefront/payee_form.html", context, status=409)
    if is_cooling(payee.usable_from, clock.now()):
        messages.success(request, Cooling(payee.usable_from).message)
    else:
        messages.success(request, _("The account is saved and can be used."))
    return redirect("storefront:payees")


@login_required
@require_POST
@reauthentication_required
def payee_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop using an account."""
    with suppress(NoPayee):  # Removed already, or not mine: the list shows what there is.
        remove_payee(signed_in(request), pk)
    return redirect("storefront:payees")


@login_required
def tax(request: HttpRequest, year: int) -> HttpResponse:
    """My certificate of tax withheld in a year."""
    member = signed_in(request)
    if year not in certificates.years_of(member):
        raise Http404
    if request.GET.get("format") == "csv":
        answer = HttpResponse(certificates.export_csv(year, member), content_type="text/csv")
        answer["Content-Disposition"] = f'attachment; filename="tax-{year}.csv"'
        return answer
    context = {"certificate": certificates.certificate(member, year), "member": member}
    return render(request, "storefront/tax.html", context)
