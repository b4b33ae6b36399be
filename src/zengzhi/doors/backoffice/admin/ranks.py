"""The desk of ranks: conditions, an evaluation on demand, who was promoted and why."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from zengzhi.core.distribution.promotion import promotion_from_toml
from zengzhi.core.errors import UnusableRules
from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.asking import AskingAdmin
from zengzhi.doors.backoffice.desk import RecordAdmin, moment
from zengzhi.doors.backoffice.forms import WhyForm
from zengzhi.mall.ranks import evaluate_ranks
from zengzhi.records.bonuses import shareholders
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.control.audit import note
from zengzhi.records.control.models import Approval
from zengzhi.records.members.changes import BY_HAND
from zengzhi.records.members.models import MemberRank, Rank, Sponsorship, Suspension, User


class RankModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rank whose conditions can be read together with those below it."""

    dividend_weight = forms.IntegerField(
        label=_("weight of a share in the dividend"),
        min_value=0,
        max_value=10**6,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("From now on; months that are over keep theirs."),
    )
    why = WhyForm.base_fields["why"]

    class Meta:
        model = Rank
        fields = ("level", "code", "name_zh", "name_en", "rule")
        widgets = {"rule": UnfoldAdminTextareaWidget(attrs={"rows": 8})}
        help_texts = {
            "rule": _(
                'Any of own_spend = "1000.00", direct_members = 5, team_size = 30, '
                'team_sales = "50000.00", legs = { count = 2, rank = "V1" }, product = "name"; '
                'match = "all" or "any". Empty: given by staff only.'
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["dividend_weight"] = shareholders.weight_now(self.instance.level)

    def clean(self) -> dict[str, Any]:
        """All ranks' conditions stay readable with this one."""
        data = super().clean() or {}
        level, code, rule = data.get("level"), data.get("code"), data.get("rule", "")
        level = self.instance.level if self.instance.pk else level
        if level is None or not code:
            return data
        if level == 0:
            raise ValidationError({"level": gettext("Level 0 is everybody's; ranks begin at 1.")})
        rows = [
            (row.level, row.code, row.rule)
            for row in Rank.objects.exclude(pk=self.instance.pk).exclude(rule="")
        ]
        if rule.strip():
            rows.append((level, code, rule))
        text = "\n".join(f'["{name}"]\n{body}' for _level, name, body in sorted(rows))
        try:
            promotion_from_toml(text)
        except UnusableRules as error:
            raise ValidationError({"rule": error.message}) from error
        return data


@admin.register(Rank)
class RankAdmin(AskingAdmin):
    """Ranks."""

    form = RankModelForm
    list_display = ("code", "level", "name_zh", "name_en", "conditions", "holders")
    list_fullwidth = True
    actions_list = ("evaluate",)

    def has_delete_permission(self, request: HttpRequest, obj: Rank | None = None) -> bool:
        """Records point to ranks; empty its conditions instead."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Rank | None = None) -> Any:
        """A rank keeps its level."""
        return () if obj is None else ("level",)

    def ask_for(self, request: HttpRequest, form: Any, obj: Rank | None) -> Approval:
        """What is new of a rank holds once a second person approved."""
        data, user = form.cleaned_data, cast(User, request.user)
        wanted = {name: data[name] for name in shareholders.RANK_NAMES}
        level = obj.level if obj else data["level"]
        wanted["weight"] = data["dividend_weight"]
        return ask(shareholders.SET_RANK, f"rank:{level}", wanted, user, data["why"])

    def has_evaluate_permission(self, request: HttpRequest) -> bool:
        """Whether an evaluation is offered."""
        return request.user.has_perm("members.rank_member")

    @action(description=_("Evaluate now"), url_path="evaluate", permissions=["evaluate"])
    def evaluate(self, request: HttpRequest) -> HttpResponse:
        """Everybody's rank by the conditions."""

        def perform(data: dict[str, Any]) -> str:
            changed = evaluate_ranks()
            note(request.user, "evaluate_ranks", f"{len(changed)} changed")  # type: ignore[arg-type]
            return gettext("Evaluated: %(n)s members changed rank.") % {"n": len(changed)}

        act = acts.Act(
            title=gettext("Evaluate ranks now"),
            sentence=gettext(
                "Everybody is promoted to the highest rank whose conditions are met. Orders paid "
                "before keep the ranks of their moment."
            ),
            button=gettext("Evaluate"),
            back=reverse("admin:members_rank_changelist"),
            perform=perform,
        )
        return acts.run(self, request, "members.rank_member", act)

    @display(description=_("conditions"))
    def conditions(self, obj: Rank) -> str:
        """The conditions on one line."""
        return " · ".join(obj.rule.split("\n")) or gettext("given by staff only")

    @display(description=_("members"))
    def holders(self, obj: Rank) -> int:
        """How many hold it now."""
        return MemberRank.objects.filter(level=obj.level, until=None).count()


class PeriodDesk(RecordAdmin):
    """Records with a beginning and an end."""

    list_select_related = ("member",)
    search_fields = ("member__nickname", "member__invite_code")

    @display(description=_("from"), ordering="since")
    def from_when(self, obj: Any) -> str:
        """The beginning."""
        return moment(obj.since)

    @display(description=_("until"), ordering="until")
    def until_when(self, obj: Any) -> str:
        """The end."""
        return moment(obj.until) or "–"


@admin.register(MemberRank)
class MemberRankAdmin(PeriodDesk):
    """The history of ranks."""

    list_display = ("member", "rank", "from_when", "until_when", "reason")
    fields = ("member", "rank", "from_when", "until_when", "reason")
    readonly_fields = fields
    ordering = ("-since", "-pk")

    @display(description=_("rank"), ordering="level")
    def rank(self, obj: MemberRank) -> str:
        """The rank's name."""
        row = Rank.objects.filter(level=obj.level).first()
        return str(row) if row else str(obj.level)

    @display(description=_("why"))
    def reason(self, obj: MemberRank) -> str:
        """Why, in words."""
        known = {
            "conditions met": gettext("conditions met"),
            "conditions unmet": gettext("conditions unmet"),
        }
        return known.get(obj.why, obj.why.removeprefix(BY_HAND))


@admin.register(Sponsorship)
class SponsorshipAdmin(PeriodDesk):
    """The history of sponsors."""

    list_display = ("member", "sponsor", "how", "from_when", "until_when")
    list_select_related = ("member", "sponsor")
    fields = list_display
    readonly_fields = fields
    ordering = ("-pk",)


@admin.register(Suspension)
class SuspensionAdmin(PeriodDesk):
    """Suspensions and their reasons."""

    list_display = ("member", "reason", "from_when", "until_when")
    fields = list_display
    readonly_fields = fields
    ordering = ("-pk",)
