"""The desk of bonuses: every line with its sum or its reason; dividend runs and their holders."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from zengzhi.core.regions import full_name
from zengzhi.core.units import format_rate, format_yuan
from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.admin.ranks import PeriodDesk
from zengzhi.doors.backoffice.desk import RecordAdmin, moment, money
from zengzhi.doors.backoffice.forms import PeriodForm, SharesForm, WhyForm
from zengzhi.doors.shared.templatetags.team_tags import bonus_reason, bonus_sum
from zengzhi.records.bonuses import dividend_pool, dividends, shareholders
from zengzhi.records.bonuses.models import (
    LINE_STATES,
    ORDER_STATES,
    BonusLine,
    DividendRun,
    LineState,
    OrderBonus,
    OrderState,
    Shareholding,
    with_hold,
)
from zengzhi.records.bonuses.team import shown
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.intake import remainder
from zengzhi.records.members.models import User
from zengzhi.records.settlement.pools import default_pool

LINE_COLOURS = {
    LineState.PENDING: "warning",
    LineState.AVAILABLE: "success",
    LineState.REVERSED: "danger",
    LineState.NOTHING: "info",
}
ORDER_COLOURS = {
    OrderState.PENDING: "warning",
    OrderState.SETTLED: "success",
    OrderState.REVERSED: "danger",
}
RUN = "bonuses.run_dividend"


class LineStateFilter(DropdownFilter):  # type: ignore[misc]
    """By the state, which is the order's hold."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every state."""
        return [(str(state.value), state.label) for state in LineState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those of the state."""
        value = self.value()
        if value == str(LineState.NOTHING.value):
            return queryset.filter(amount_fen=0)
        holds = [hold for hold, state in LINE_STATES.items() if str(state.value) == value]
        return queryset.filter(amount_fen__gt=0, hold_state__in=holds) if holds else queryset


class OrderStateFilter(DropdownFilter):  # type: ignore[misc]
    """By the state, which is the order's hold."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every state."""
        return [(str(state.value), state.label) for state in OrderState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those of the state."""
        value = self.value()
        holds = [hold for hold, state in ORDER_STATES.items() if str(state.value) == value]
        return queryset.filter(hold_state__in=holds) if holds else queryset


def because(line: BonusLine) -> str:
    """The sum of a line, or why it is nothing."""
    row = shown([line])[0]
    return bonus_sum(row) if row.sum_text[0] else bonus_reason(row)


@admin.register(BonusLine)
class BonusLineAdmin(RecordAdmin):
    """Bonus lines."""

    list_display = (
        "order",
        "beneficiary",
        "shown_kind",
        "trace_words",
        "amount",
        "back",
        "shown_state",
        "paid_when",
    )
    list_filter = (("kind", ChoicesDropdownFilter), LineStateFilter)
    list_filter_submit = True
    search_fields = ("order__order", "beneficiary__nickname", "beneficiary__invite_code")
    list_select_related = ("order__member", "order__plan", "beneficiary")
    fields = (
        "order",
        "beneficiary",
        "kind_words",
        "trace_words",
        "rate",
        "base",
        "amount",
        "back",
        "state_words",
        "plan",
        "paid_when",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the hold of each order."""
        return with_hold(super().get_queryset(request), "order__order")

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, obj: BonusLine) -> str:
        """The kind in words."""
        return str(obj.get_kind_display())

    kind_words = shown_kind

    @display(description=_("why"))
    def trace_words(self, obj: BonusLine) -> str:
        """Rate × base = amount, or the reason."""
        return because(obj) or "–"

    @display(description=_("rate"))
    def rate(self, obj: BonusLine) -> str:
        """In percent."""
        return format_rate(obj.rate_ppm)

    @display(description=_("base"))
    def base(self, obj: BonusLine) -> SafeString:
        """B."""
        return money(obj.base_fen)

    @display(description=_("amount"), ordering="amount_fen")
    def amount(self, obj: BonusLine) -> SafeString:
        """What was given."""
        return money(obj.amount_fen)

    @display(description=_("taken back"))
    def back(self, obj: BonusLine) -> SafeString | str:
        """By refunds."""
        return money(obj.reversed_fen) if obj.reversed_fen else "–"

    @display(description=_("state"), label=LINE_COLOURS)
    def shown_state(self, obj: BonusLine) -> tuple[int, str]:
        """The state as a badge."""
        return obj.state, str(obj.get_state_display())

    @display(description=_("state"))
    def state_words(self, obj: BonusLine) -> str:
        """The state in words."""
        return str(obj.get_state_display())

    @display(description=_("plan"))
    def plan(self, obj: BonusLine) -> str:
        """The version it was paid under."""
        return str(obj.order.plan or "–")

    @display(description=_("paid"), ordering="id")
    def paid_when(self, obj: BonusLine) -> str:
        """When the order was paid."""
        return moment(obj.paid_at)


@admin.register(OrderBonus)
class OrderBonusAdmin(RecordAdmin):
    """The distribution of each order."""

    list_display = (
        "order",
        "member",
        "paid_fen",
        "budget",
        "given",
        "dividend",
        "rest",
        "shown_state",
        "paid_when",
    )
    list_filter = (OrderStateFilter,)
    list_filter_submit = True
    search_fields = ("order", "member__nickname")
    list_select_related = ("member", "plan")
    fields = (
        "order",
        "member",
        "plan",
        "paid_fen",
        "budget",
        "given",
        "dividend",
        "rest",
        "refunded",
        "place",
        "above",
        "parts",
        "state_words",
        "paid_when",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the hold of each order."""
        return with_hold(super().get_queryset(request), "order")

    actions_list = ("move_rest",)

    def has_move_rest_permission(self, request: HttpRequest) -> bool:
        """Whether moving is offered."""
        return request.user.has_perm(RUN)

    @action(description=_("Move the unallocated rest"), url_path="rest", permissions=["move_rest"])
    def move_rest(self, request: HttpRequest) -> HttpResponse:
        """To the platform or into the pool, as the plan says."""
        to_pool = remainder.destination() == "pool"

        def perform(data: dict[str, Any]) -> str:
            fen = remainder.move_rest(default_pool().pk, request.user, data["why"])  # type: ignore[arg-type]
            return gettext("Moved: ¥%(amount)s.") % {"amount": format_yuan(fen)}

        act = acts.Act(
            title=gettext("Move the unallocated rest"),
            sentence=gettext("The active plan says: into the profit pool.")
            if to_pool
            else gettext("The active plan says: to the platform."),
            button=gettext("Move"),
            back=reverse("admin:bonuses_orderbonus_changelist"),
            perform=perform,
            form=WhyForm,
            facts=[(gettext("unallocated"), money(remainder.unallocated_fen()))],
        )
        return acts.run(self, request, RUN, act)

    @display(description=_("paid amount"))
    def paid_fen(self, obj: OrderBonus) -> SafeString:
        """V."""
        return money(obj.base_fen)

    @display(description=_("budget"))
    def budget(self, obj: OrderBonus) -> SafeString:
        """The distribution part."""
        return money(obj.budget_fen)

    @display(description=_("bonuses"))
    def given(self, obj: OrderBonus) -> SafeString:
        """Σ lines."""
        return money(obj.lines_fen)

    @display(description=_("into the dividend"))
    def dividend(self, obj: OrderBonus) -> SafeString | str:
        """For the dividend pool."""
        return money(obj.dividend_fen) if obj.dividend_fen else "–"

    @display(description=_("unallocated"))
    def rest(self, obj: OrderBonus) -> SafeString:
        """What nobody gets."""
        return money(obj.budget_fen - obj.lines_fen - obj.dividend_fen)

    @display(description=_("refunded"))
    def refunded(self, obj: OrderBonus) -> SafeString | str:
        """All refunds."""
        return money(obj.refunded_fen) if obj.refunded_fen else "–"

    @display(description=_("delivery region"))
    def place(self, obj: OrderBonus) -> str:
        """In words."""
        return full_name(obj.region) if obj.region else gettext("unmapped")

    @display(description=_("upline then"))
    def above(self, obj: OrderBonus) -> str:
        """As stored: member, rank."""
        return obj.upline or "–"

    @display(description=_("bonus lines"))
    def parts(self, obj: OrderBonus) -> SafeString | str:
        """Each with its sum."""
        lines = with_hold(obj.lines.all(), "order__order").select_related(
            "beneficiary", "order__member", "order__plan"
        )
        rows = (
            (line.beneficiary, line.get_kind_display(), because(line), money(line.kept_fen))
            for line in lines.order_by("id")
        )
        return format_html_join("", "<div>{} · {} · {} · {}</div>", rows) or "–"

    @display(description=_("state"), label=ORDER_COLOURS)
    def shown_state(self, obj: OrderBonus) -> tuple[int, str]:
        """The state as a badge."""
        return obj.state, str(obj.get_state_display())

    @display(description=_("state"))
    def state_words(self, obj: OrderBonus) -> str:
        """The state in words."""
        return str(obj.get_state_display())

    @display(description=_("paid"), ordering="id")
    def paid_when(self, obj: OrderBonus) -> str:
        """When."""
        return moment(obj.paid_at)


@admin.register(Shareholding)
class ShareholdingAdmin(PeriodDesk):
    """Who holds shares that weigh in the dividend."""

    list_display = ("member", "shares", "from_when", "until_when")
    fields = list_display
    readonly_fields = fields
    actions_list = ("set_shares",)

    def has_set_shares_permission(self, request: HttpRequest) -> bool:
        """Whether setting is offered."""
        return request.user.has_perm(RUN)

    @action(description=_("Set shares"), url_path="set", permissions=["set_shares"])
    def set_shares(self, request: HttpRequest) -> HttpResponse:
        """From now on."""

        def perform(data: dict[str, Any]) -> str:
            subject, wanted = f"member:{data['member'].pk}", {"shares": data["shares"]}
            user = cast(User, request.user)
            return asked(ask(shareholders.HOLD_SHARES, subject, wanted, user, data["why"]))

        act = acts.Act(
            title=gettext("Set shares"),
            sentence=gettext("Weight = shares × the weight of the rank. Holds from now on."),
            button=gettext("Set"),
            back=reverse("admin:bonuses_shareholding_changelist"),
            perform=perform,
            form=SharesForm,
        )
        return acts.run(self, request, RUN, act)


@admin.register(DividendRun)
class DividendRunAdmin(RecordAdmin):
    """Dividend runs."""

    list_display = ("period", "pool", "paid_out", "people", "shown_stage", "listed_by", "paid_by")
    list_select_related = ("listed_by", "paid_by")
    fields = (
        "period",
        "record_when",
        "plan",
        "pool",
        "paid_out",
        "stage_words",
        "listed_by",
        "paid_by",
        "parts_list",
    )
    readonly_fields = fields
    actions_list = ("freeze",)
    actions_detail = ("pay",)

    def has_freeze_permission(self, request: HttpRequest) -> bool:
        """Whether freezing is offered."""
        return request.user.has_perm(RUN)

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether paying is offered."""
        run = DividendRun.objects.filter(pk=object_id).first()
        waits = run is not None and run.stage == DividendRun.Stage.LISTED
        return request.user.has_perm(RUN) and (request.method == "POST" or waits)

    @action(description=_("Freeze a month's list"), url_path="freeze", permissions=["freeze"])
    def freeze(self, request: HttpRequest) -> HttpResponse:
        """The list of a month."""

        def perform(data: dict[str, Any]) -> str:
            run = dividends.freeze(data["period"], request.user)  # type: ignore[arg-type]
            return gettext("The list of %(period)s is frozen; a second person pays it.") % {
                "period": run.period
            }

        act = acts.Act(
            title=gettext("Freeze a month's list"),
            sentence=gettext(
                "Holders and ranks as of the end of the month; parts by weight that sum exactly to "
                "the pool."
            ),
            button=gettext("Freeze"),
            back=reverse("admin:bonuses_dividendrun_changelist"),
            perform=perform,
            form=PeriodForm,
            facts=[(gettext("In the dividend pool"), money(dividend_pool.unlisted_fen()))],
        )
        return acts.run(self, request, RUN, act)

    @action(description=_("Pay"), url_path="pay", permissions=["pay"])
    def pay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One asks for the payment; another one pays by approving it."""
        run = get_object_or_404(DividendRun, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            user = cast(User, request.user)
            subject = f"dividend:{run.period}"
            return asked(ask(dividends.PAY_DIVIDEND, subject, {}, user, data["why"]))

        act = acts.Act(
            title=gettext("Pay the dividend of %(period)s") % {"period": run.period},
            sentence=gettext(
                "Each holder gets the frozen part; where refunds have left less in the pool, "
                "all parts shrink alike."
            ),
            button=gettext("Pay"),
            back=reverse("admin:bonuses_dividendrun_change", args=(run.pk,)),
            perform=perform,
            form=WhyForm,
            facts=[
                (gettext("To distribute"), money(run.pool_fen)),
                (gettext("There for it"), money(dividends.payable_fen(run))),
                (gettext("holders"), run.parts.count()),
            ],
        )
        return acts.run(self, request, RUN, act)

    @display(description=_("to distribute"))
    def pool(self, obj: DividendRun) -> SafeString:
        """The money."""
        return money(obj.pool_fen)

    @display(description=_("paid out"))
    def paid_out(self, obj: DividendRun) -> SafeString | str:
        """Less where refunds came between list and payment."""
        return "–" if obj.paid_fen is None else money(obj.paid_fen)

    @display(description=_("holders"))
    def people(self, obj: DividendRun) -> int:
        """How many."""
        return obj.parts.count()

    @display(description=_("stage"), label={"listed": "warning", "paid": "success"})
    def shown_stage(self, obj: DividendRun) -> tuple[str, str]:
        """The stage as a badge."""
        return obj.stage, str(obj.get_stage_display())

    @display(description=_("stage"))
    def stage_words(self, obj: DividendRun) -> str:
        """The stage in words."""
        return str(obj.get_stage_display())

    @display(description=_("record date"))
    def record_when(self, obj: DividendRun) -> str:
        """The end of the month."""
        return moment(obj.record_at)

    @display(description=_("parts"))
    def parts_list(self, obj: DividendRun) -> SafeString | str:
        """The first parts, by member."""
        parts = obj.parts.select_related("member").order_by("member_id")[:200]
        rows = ((p.member, p.shares, p.weight, money(p.amount_fen)) for p in parts)
        english = (get_language() or "").startswith("en")
        words = (
            "<div>{} · {} shares · weight {} · {}</div>"
            if english
            else "<div>{} · {} 股 · 权重 {} · {}</div>"
        )
        return format_html_join("", words, rows) or "–"
