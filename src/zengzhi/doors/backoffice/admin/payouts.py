"""The desks of bank files, of tax withheld, and of the withdrawal terms."""

import uuid
from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from zengzhi.core.errors import InvalidAmount, ZengzhiError
from zengzhi.core.units import parse_yuan
from zengzhi.core.withholding_tax import CUMULATIVE, DATED, METHODS, NONE, PER_PAYMENT
from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.admin.withdrawals import PAY
from zengzhi.doors.backoffice.desk import RecordAdmin, money
from zengzhi.doors.backoffice.fields import RateField, YuanField
from zengzhi.doors.backoffice.forms import WhyForm
from zengzhi.doors.shared.reading import read_token
from zengzhi.records.members.models import Member, User
from zengzhi.records.wallet import bank_file, certificates, tax_reports
from zengzhi.records.wallet.channels import is_configured
from zengzhi.records.wallet.masking import mask_name
from zengzhi.records.wallet.models import PayoutBatch, Person, TaxableIncome, WithdrawalTerms
from zengzhi.records.wallet.persons import rows_of
from zengzhi.records.wallet.terms_store import ask_for_terms


def csv_answer(content: bytes, name: str) -> HttpResponse:
    """A file to be saved."""
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _fresh_csv(request: HttpRequest, write: Callable[[], bytes], name: str) -> HttpResponse:
    """A file with personal data: after a fresh sign-in."""
    return reauthentication_required(  # type: ignore[no-any-return]
        lambda _request: csv_answer(write(), name)
    )(request)


@admin.register(PayoutBatch)
class PayoutBatchAdmin(RecordAdmin):
    """Bank files."""

    change_form_template = "admin/wallet/batch_change.html"
    list_display = ("number", "lines", "total", "open_lines", "created_by", "created_at")
    list_select_related = ("created_by",)
    actions_list = ("make",)
    fields = (
        "number",
        "lines",
        "total",
        "open_lines",
        "created_by",
        "created_at",
        "sha256",
        "rows",
    )
    readonly_fields = fields

    @display(description=_("total"), ordering="total_fen")
    def total(self, obj: PayoutBatch) -> SafeString:
        """What the file pays."""
        return money(obj.total_fen)

    @display(description=_("without result"))
    def open_lines(self, obj: PayoutBatch) -> int:
        """Lines the bank has not answered."""
        return obj.withdrawals.filter(closing_entry=None).count()

    @display(description=_("withdrawals"))
    def rows(self, obj: PayoutBatch) -> SafeString:
        """Line by line."""
        return format_html_join(
            "",
            "<div>{} · {} · {} · {}</div>",
            (
                (row.number, row.payee, money(row.net_fen), row.get_state_display())
                for row in obj.withdrawals.select_related("payee").order_by("pk")
            ),
        )

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may pay withdrawals out, where bank files are a channel."""
        return request.user.has_perm(PAY) and is_configured(bank_file.PROVIDER)

    @action(description=_("Make a bank file"), url_path="make", permissions=["pay"])
    def make(self, request: HttpRequest) -> HttpResponse:
        """To the page that makes one."""
        return redirect("admin:wallet_payoutbatch_new")

    def get_urls(self) -> list[Any]:
        """Making, downloading, importing."""
        view = self.admin_site.admin_view
        return [
            path("new/", view(self.new), name="wallet_payoutbatch_new"),
            path("<int:pk>/file/", view(self.file), name="wallet_payoutbatch_file"),
            path("<int:pk>/results/", view(self.results), name="wallet_payoutbatch_results"),
            *super().get_urls(),
        ]

    def _staff(self, request: HttpRequest) -> User:
        if not request.user.has_perm(PAY):
            raise PermissionDenied
        assert isinstance(request.user, User)  # noqa: S101
        return request.user

    def _fresh(self, request: HttpRequest, view: Any) -> HttpResponse:
        return reauthentication_required(view)(request)  # type: ignore[no-any-return]

    def new(self, request: HttpRequest) -> HttpResponse:
        """What waits, and one button that makes the file, once."""
        user = self._staff(request)
        return self._fresh(request, lambda request: self._new(request, user))

    def _new(self, request: HttpRequest, user: User) -> HttpResponse:
        error = ""
        if request.method == "POST":
            try:
                batch = bank_file.make_batch(user, read_token(request.POST.get("token", "")))
                return redirect("admin:wallet_payoutbatch_change", batch.pk)
            except ZengzhiError as refusal:
                error = refusal.message
        rows = bank_file.waiting(user)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Make a bank file"),
            "rows": rows,
            "total_fen": sum(row.net_fen for row in rows),
            "token": uuid.uuid4(),
            "error": error,
        }
        return render(request, "admin/wallet/batch_new.html", context, status=409 if error else 200)

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file, the same bytes every time."""
        self._staff(request)
        batch = self._batch(pk)
        return self._fresh(request, lambda _request: csv_answer(bytes(batch.content), batch.number))

    def results(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Import the bank's answer: all of it, or nothing and every line's error."""
        user = self._staff(request)
        batch = self._batch(pk)
        return self._fresh(request, lambda request: self._results(request, user, batch))

    def _batch(self, pk: int) -> PayoutBatch:
        batch = PayoutBatch.objects.filter(pk=pk).first()
        if batch is None:
            raise Http404
        return batch

    def _results(self, request: HttpRequest, user: User, batch: PayoutBatch) -> HttpResponse:
        errors: list[bank_file.LineError] = []
        if request.method == "POST":
            sent = request.FILES.get("file")
            try:
                content = sent.read(bank_file.BYTES_MAX + 1) if sent else b""
                done = bank_file.import_results(batch, content, user)
                text = gettext("Booked: %(paid)s paid, %(failed)s failed, %(before)s known before.")
                messages.success(
                    request,
                    text % {"paid": done.paid, "failed": done.failed, "before": done.before},
                )
                return redirect("admin:wallet_payoutbatch_change", batch.pk)
            except bank_file.BadFile as refusal:
                errors = refusal.errors
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import the bank's results"),
            "batch": batch,
            "errors": errors,
            "header": ",".join(bank_file.RESULT_HEADER),
        }
        status = 422 if errors else 200
        return render(request, "admin/wallet/batch_results.html", context, status=status)


@admin.register(TaxableIncome)
class TaxableIncomeAdmin(RecordAdmin):
    """Commission income by member and month."""

    list_display = ("member", "shown_month", "income", "taxed", "withheld")
    search_fields = ("member__nickname",)
    list_select_related = ("member",)
    actions_list = ("export", "quarters")
    fields = list_display
    readonly_fields = fields

    @display(description=_("month"), ordering="month")
    def shown_month(self, obj: TaxableIncome) -> str:
        """2026-06."""
        return f"{obj.month:%Y-%m}"

    @display(description=_("bonuses"), ordering="income_fen")
    def income(self, obj: TaxableIncome) -> SafeString:
        """Became available, less reversed."""
        return money(obj.income_fen)

    @display(description=_("paid or being paid"), ordering="taxed_fen")
    def taxed(self, obj: TaxableIncome) -> SafeString:
        """In withdrawals."""
        return money(obj.taxed_fen)

    @display(description=_("tax withheld"), ordering="withheld_fen")
    def withheld(self, obj: TaxableIncome) -> SafeString:
        """From them."""
        return money(obj.withheld_fen)

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may take the year's tax list away."""
        return request.user.has_perm("wallet.export_tax")

    @action(description=_("Yearly export"), url_path="export", permissions=["export"])
    def export(self, request: HttpRequest) -> HttpResponse:
        """The years there are; one of them as CSV, by person or line by line."""
        years = certificates.years_of()
        chosen = request.GET.get("year", "")
        if chosen in map(str, years):
            by_person = request.GET.get("by") == "person"
            write = tax_reports.year_csv if by_person else certificates.export_csv
            name = f"tax-persons-{chosen}" if by_person else f"tax-{chosen}"
            return _fresh_csv(request, lambda: write(int(chosen)), name)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Yearly export"),
            "years": [certificates.Certificate(y, tuple(certificates.tax_lines(y))) for y in years],
        }
        return render(request, "admin/wallet/tax_export.html", context)

    @action(description=_("Quarterly report"), url_path="quarters", permissions=["export"])
    def quarters(self, request: HttpRequest) -> HttpResponse:
        """The quarters in which something was paid; one of them as CSV."""
        quarters = {str(quarter): quarter for quarter in tax_reports.quarters()}
        chosen = quarters.get(request.GET.get("quarter", ""))
        if chosen is not None:
            return _fresh_csv(request, lambda: tax_reports.quarter_csv(chosen), f"payees-{chosen}")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Quarterly report of payees"),
            "quarters": list(quarters),
        }
        return render(request, "admin/wallet/tax_quarters.html", context)


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    """Who was paid, over all their members; tax is withheld by person."""

    list_display = ("__str__", "shown_name", "has_identity", "members", "created_at")
    fields = (*list_display, "certificates")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        """Without the accounts that name somebody."""
        return super().get_queryset(request).filter(same_as=None)

    @display(description=_("name"))
    def shown_name(self, obj: Person) -> str:
        """Masked."""
        return mask_name(obj.name)

    @display(description=_("identity number given"), boolean=True)
    def has_identity(self, obj: Person) -> bool:
        """Whether the tax report can name them."""
        return bool(obj.identity)

    @display(description=_("members"))
    def members(self, obj: Person) -> str:
        """Whose money was or is to be paid to them."""
        rows = Member.objects.filter(rows_of(obj, "payees__person__")).distinct()
        return ", ".join(map(str, rows.order_by("pk")))

    @display(description=_("Tax certificates"))
    def certificates(self, obj: Person) -> SafeString:
        """One file a year."""
        return format_html_join(
            " · ",
            '<a href="{}">{}</a>',
            (
                (reverse("admin:wallet_person_certificate", args=(obj.pk, year)), year)
                for year in certificates.years_of(person=obj)
            ),
        )

    def get_urls(self) -> list[Any]:
        """The certificate of a year."""
        own = path(
            "<int:pk>/certificate/<int:year>/",
            self.admin_site.admin_view(self.certificate),
            name="wallet_person_certificate",
        )
        return [own, *super().get_urls()]

    def certificate(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """The person's certificate of a year as CSV."""
        if not request.user.has_perm("wallet.export_tax"):
            raise PermissionDenied
        person = Person.objects.filter(pk=pk).first()
        if person is None or year not in certificates.years_of(person=person):
            raise Http404
        return _fresh_csv(
            request, lambda: certificates.export_csv(year, person=person), f"tax-{person}-{year}"
        )


class FreeYuanField(YuanField):
    """An amount in yuan that may be zero."""

    def to_python(self, value: Any) -> Any:
        """Fen."""
        text = str(value or "").strip()
        try:
            return 0 if text.strip("0.") == "" and text[:1] == "0" else parse_yuan(text)
        except InvalidAmount:
            return super().to_python(value)


TABLES = {
    DATED: _("by date: per payment until September 2025, cumulative from October 2025"),
    CUMULATIVE: _("cumulative over the year"),
    PER_PAYMENT: _("per payment, a month at a time"),
    NONE: _("nothing is withheld"),
}


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    """New terms, in yuan and percent."""

    minimum_fen = YuanField(label=_("minimum (yuan)"))
    maximum_fen = YuanField(label=_("maximum (yuan)"))
    daily_fen = YuanField(label=_("limit a day (yuan)"))
    fee_fen = FreeYuanField(label=_("fixed fee (yuan)"))
    fee_ppm = RateField(label=_("fee rate"))
    four_eyes_above_fen = FreeYuanField(label=_("two people above (yuan)"))
    tax_table = forms.ChoiceField(
        label=_("tax table"),
        help_text=_("To be confirmed with a tax adviser."),
        choices=[(name, TABLES[name]) for name in METHODS],
        widget=UnfoldAdminSelectWidget,
    )
    why = WhyForm.base_fields["why"]

    class Meta:
        model = WithdrawalTerms
        fields = (
            "minimum_fen",
            "maximum_fen",
            "daily_fen",
            "daily_count",
            "fee_fen",
            "fee_ppm",
            "four_eyes_above_fen",
            "cooling_hours",
            "arrival_days",
            "tax_table",
        )

    def clean(self) -> dict[str, Any]:
        """Limits that contradict each other are named."""
        cleaned = super().clean() or self.cleaned_data
        minimum = cleaned.get("minimum_fen") or 0
        for name in ("maximum_fen", "daily_fen"):
            if (cleaned.get(name) or 0) < minimum:
                self.add_error(name, gettext("This cannot be below the minimum."))
        if cleaned.get("daily_count") == 0:
            self.add_error("daily_count", gettext("At least 1."))
        if (cleaned.get("fee_ppm") or 0) >= 1_000_000:
            self.add_error("fee_ppm", gettext("This must be below 100%."))
        return cleaned


@admin.register(WithdrawalTerms)
class WithdrawalTermsAdmin(ModelAdmin):  # type: ignore[misc]
    """The terms: a new version is added, an old one never changed."""

    form = TermsForm
    list_display = ("__str__", "minimum", "maximum", "daily", "fee", "threshold", "created_at")
    list_fullwidth = True

    @display(description=_("minimum"))
    def minimum(self, obj: WithdrawalTerms) -> SafeString:
        """In yuan."""
        return money(obj.minimum_fen)

    @display(description=_("maximum"))
    def maximum(self, obj: WithdrawalTerms) -> SafeString:
        """In yuan."""
        return money(obj.maximum_fen)

    @display(description=_("limit a day"))
    def daily(self, obj: WithdrawalTerms) -> SafeString:
        """In yuan."""
        return money(obj.daily_fen)

    @display(description=_("fixed fee"))
    def fee(self, obj: WithdrawalTerms) -> SafeString:
        """In yuan."""
        return money(obj.fee_fen)

    @display(description=_("two people above"))
    def threshold(self, obj: WithdrawalTerms) -> SafeString:
        """In yuan."""
        return money(obj.four_eyes_above_fen)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The terms now, to be changed where needed."""
        newest = WithdrawalTerms.objects.order_by("-pk").first() or WithdrawalTerms()
        return {name: getattr(newest, name) for name in TermsForm.Meta.fields}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """New terms are asked for; a second person sets them."""

        def perform(data: dict[str, Any]) -> str:
            values = {name: data[name] for name in TermsForm.Meta.fields}
            user: Any = request.user
            return asked(ask_for_terms(values, user, data["why"]))

        act = acts.Act(
            title=gettext("New withdrawal terms"),
            sentence=gettext(
                "They hold for withdrawals from then on, once a second person approved."
            ),
            button=gettext("Ask for them"),
            back=reverse("admin:wallet_withdrawalterms_changelist"),
            perform=perform,
            form=TermsForm,
            initial=self.get_changeform_initial_data(request),
        )
        return acts.run(self, request, "wallet.add_withdrawalterms", act)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A version stays as it is."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A version stays."""
        return False
