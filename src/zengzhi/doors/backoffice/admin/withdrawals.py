"""The desk of withdrawals: the queue, one withdrawal with its trail, and what staff may do."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from zengzhi.core.errors import ZengzhiError
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.desk import RecordAdmin, day, moment, money
from zengzhi.payments.payout_channels import channel_named, channel_of, configured_channels
from zengzhi.records.members.models import User
from zengzhi.records.wallet import review
from zengzhi.records.wallet.bank_file import PROVIDER
from zengzhi.records.wallet.channels import is_configured
from zengzhi.records.wallet.models import PayeeAccount, State, Withdrawal
from zengzhi.records.wallet.payout import ask, submit
from zengzhi.records.wallet.payout_act import ask_for_payout

REVIEW = "wallet.review_withdrawal"
PAY = "wallet.pay_withdrawal"
COLOURS = {
    State.REQUESTED: "warning",
    State.HELD: "danger",
    State.APPROVED: "info",
    State.PAYING: "info",
    State.PAID: "success",
    State.FAILED: "danger",
    State.REJECTED: "danger",
}
HELD_FOR = {
    "new_payee": _("first withdrawal to a changed account"),
    "staff": _("held by staff"),
}
VERBS = {
    "request": _("requested by the member"),
    "hold": _("held"),
    "release": _("released"),
    "approve": _("approved"),
    "reject": _("rejected"),
    "submit": _("sent to the channel"),
    "unknown": _("channel asked, no answer yet"),
    "paid": _("paid"),
    "failed": _("failed"),
}
TITLES = {
    "release": _("Release"),
    "approve": _("Approve"),
    "ask_two": _("Ask for the payout"),
    "hold": _("Hold"),
    "reject": _("Reject"),
    "submit": _("Pay through a channel"),
    "ask": _("Ask the channel"),
}
EXPLAINED = {
    "release": _("You have looked at it and let it go on to approval."),
    "approve": _("It can be paid after this, by somebody else."),
    "ask_two": _("It can be paid once it is approved in the approvals, by somebody else."),
    "hold": _("It waits until somebody releases it. The note is for colleagues."),
    "reject": _("All of the money goes back to the member, who reads your reason."),
    "submit": _("The payment is sent once. Without an answer it stays “paying”."),
    "ask": _("Its answer is booked: paid, failed, or still unknown."),
}
RIGHTS = {"submit": PAY, "ask": PAY, "ask_two": PAY}
CHANNELS = {"demo": _("Demo channel (no real money)"), "bank": _("Bank file")}
WITH_NOTE = ("release", "approve", "ask_two", "hold", "reject")
NOTE_NEEDED = ("reject", "hold", "ask_two")


def act(verb: str, row: Withdrawal, by: User, note: str, channel: str) -> str:
    """Do what the button says; what became of it, in words. Errors: in words."""
    pk = row.pk
    match verb:
        case "ask_two":
            return asked(ask_for_payout(pk, by, note))
        case "submit":
            done = submit(pk, channel_named(channel), by)
        case "ask":
            done = ask(pk, channel_of(row.provider or 0), by)
        case _:
            done = getattr(review, verb)(pk, by, note)
    words = gettext("%(number)s: %(state)s.")
    return words % {"number": done.number, "state": done.get_state_display()}


def fits(verb: str, row: Withdrawal) -> bool:
    """Whether a button makes sense now."""
    if verb == "ask":
        return row.state == State.PAYING and row.batch_id is None
    if verb in {"approve", "ask_two"}:
        return row.state in review.EDGES["approve"] and review.needs_two(row) == (verb != "approve")
    return row.state in review.EDGES[verb]


@admin.register(Withdrawal)
class WithdrawalAdmin(RecordAdmin):
    """Withdrawals."""

    change_form_template = "admin/wallet/withdrawal_change.html"
    list_display = ("number", "member", "amount", "arrives", "shown_payee", "shown_state", "asked")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    search_fields = ("number", "member__nickname")
    list_select_related = ("member", "payee", "terms")
    actions_list = ("bank_file",)
    fields = (
        "number",
        "member",
        "state_now",
        "sums",
        "shown_payee",
        "checks",
        "reason",
        "terms",
        "trail",
        "journal",
    )
    readonly_fields = fields

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: Withdrawal) -> SafeString:
        """What leaves the wallet."""
        return money(obj.amount_fen)

    @display(description=_("arrives"), ordering="net_fen")
    def arrives(self, obj: Withdrawal) -> SafeString:
        """What the member receives."""
        return money(obj.net_fen)

    @display(description=_("requested"), ordering="requested_at")
    def asked(self, obj: Withdrawal) -> str:
        """When."""
        return moment(obj.requested_at)

    @display(description=_("payee"))
    def shown_payee(self, obj: Withdrawal) -> str:
        """Masked, and whether it is still in use."""
        text = f"{obj.payee} {obj.payee.masked_holder}"
        return f"{text} · {gettext('changed or removed since')}" if obj.payee.retired_at else text

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, obj: Withdrawal) -> tuple[str, str]:
        """The state as a badge."""
        return obj.state, obj.get_state_display()

    @display(description=_("state"))
    def state_now(self, obj: Withdrawal) -> str:
        """The state in words."""
        return str(obj.get_state_display())

    @display(description=_("amounts"))
    def sums(self, obj: Withdrawal) -> SafeString:
        """Amount = fee + tax + what arrives."""
        return format_html(
            "{} − {} {} − {} {} = <b>{}</b>",
            money(obj.amount_fen),
            gettext("fee"),
            money(obj.fee_fen),
            gettext("tax"),
            money(obj.tax_fen),
            money(obj.net_fen),
        )

    @display(description=_("checks"))
    def checks(self, obj: Withdrawal) -> SafeString | str:
        """Why it is held and whether two people decide."""
        found = [str(HELD_FOR[obj.held_for])] if obj.held_for in HELD_FOR else []
        if review.needs_two(obj):
            found.append(gettext("two people decide"))
        return " · ".join(found) or "–"

    @display(description=_("trail"))
    def trail(self, obj: Withdrawal) -> SafeString:
        """Who did what, when, and why."""
        return format_html(
            '<table class="zz-plain">{}</table>',
            format_html_join(
                "",
                '<tr><td class="zz-key">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>',
                (
                    (moment(step.at), VERBS.get(step.verb, step.verb), step.by or "–", step.note)
                    for step in obj.steps.select_related("by")
                ),
            ),
        )

    @display(description=_("journal"))
    def journal(self, obj: Withdrawal) -> SafeString:
        """The journal entries."""
        entries = [(obj.reserved_entry, gettext("reserved"))]
        if obj.closing_entry:
            entries.append((obj.closing_entry, obj.get_state_display()))
        return format_html_join(
            " · ",
            '<a href="{}">{} {}</a>',
            (
                (reverse("admin:ledger_transaction_change", args=(pk,)), label, f"#{pk}")
                for pk, label in entries
            ),
        )

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may pay withdrawals out, where bank files are a channel."""
        return request.user.has_perm(PAY) and is_configured(PROVIDER)

    @action(description=_("Bank file"), url_path="bank-file", permissions=["pay"])
    def bank_file(self, request: HttpRequest) -> HttpResponse:
        """To the page that makes one."""
        return redirect("admin:wallet_payoutbatch_new")

    def get_urls(self) -> list[Any]:
        """The page of each button."""
        own = path(
            "<int:pk>/do/<slug:verb>/",
            self.admin_site.admin_view(self.do),
            name="wallet_withdrawal_do",
        )
        return [own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The record, with the buttons that fit its state and the reader's rights."""
        row = Withdrawal.objects.filter(pk=object_id).first() if object_id.isdigit() else None
        buttons = self.buttons(request, row) if row else []
        context = {**(extra_context or {}), "buttons": buttons, "withdrawal": row}
        return super().change_view(request, object_id, form_url, context)

    def buttons(self, request: HttpRequest, row: Withdrawal) -> list[tuple[str, Any]]:
        """Verb and title of what can be done now."""
        return [
            (verb, title)
            for verb, title in TITLES.items()
            if fits(verb, row)
            and request.user.has_perm(RIGHTS.get(verb, REVIEW))
            and not (verb == "submit" and not self.channels(row))
        ]

    def channels(self, row: Withdrawal) -> list[tuple[str, Any]]:
        """Name and title of the channels that can be chosen for it."""
        found = configured_channels().items()
        return [(name, CHANNELS[name]) for name, channel in found if channel.pays(row.payee.kind)]

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Ask once more, then do it; refusals in words, nothing changed."""
        row = Withdrawal.objects.select_related("payee", "member", "terms").filter(pk=pk).first()
        if row is None or verb not in TITLES:
            raise Http404
        if not request.user.has_perm(RIGHTS.get(verb, REVIEW)):
            raise PermissionDenied
        return self._fresh(request, row, verb)

    def _fresh(self, request: HttpRequest, row: Withdrawal, verb: str) -> HttpResponse:
        @reauthentication_required
        def fresh(request: HttpRequest) -> HttpResponse:
            return self._do(request, row, verb)

        return fresh(request)

    def _do(self, request: HttpRequest, row: Withdrawal, verb: str) -> HttpResponse:
        error = ""
        note = request.POST.get("note", "")
        chosen = request.POST.get("channel") or next(iter(configured_channels()), "–")
        if request.method == "POST":
            assert isinstance(request.user, User)  # noqa: S101
            try:
                messages.success(request, act(verb, row, request.user, note, chosen))
                return redirect("admin:wallet_withdrawal_change", row.pk)
            except ZengzhiError as refusal:
                error = refusal.message
        context = {
            **self.admin_site.each_context(request),
            "title": f"{TITLES[verb]} {row.number}",
            "row": row,
            "verb": verb,
            "verb_title": TITLES[verb],
            "explained": EXPLAINED[verb],
            "with_note": verb in WITH_NOTE,
            "note_needed": verb in NOTE_NEEDED,
            "note": note[: review.NOTE_MAX],
            "channels": self.channels(row) if verb == "submit" else [],
            "error": error,
            "expected": day(row.expected_at),
        }
        return render(
            request, "admin/wallet/withdrawal_do.html", context, status=409 if error else 200
        )


@admin.register(PayeeAccount)
class PayeeAccountAdmin(RecordAdmin):
    """Accounts of members, masked."""

    list_display = ("member", "shown", "shown_holder", "created_at", "usable_from", "retired_at")
    search_fields = ("member__nickname",)
    list_select_related = ("member",)
    fields = (
        "member",
        "kind",
        "shown",
        "shown_holder",
        "created_at",
        "usable_from",
        "retired_at",
        "replaces",
    )
    readonly_fields = fields

    @display(description=_("account"))
    def shown(self, obj: PayeeAccount) -> str:
        """Bank and last digits."""
        return str(obj)

    @display(description=_("account holder"))
    def shown_holder(self, obj: PayeeAccount) -> str:
        """Masked."""
        return obj.masked_holder
