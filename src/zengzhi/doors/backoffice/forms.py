"""Forms that several desks ask with."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from zengzhi.core import regions
from zengzhi.core.errors import UnusableRules, ZengzhiError
from zengzhi.records.members.models import Member, Rank
from zengzhi.records.members.tree import by_invite_code


class MemberField(forms.CharField):
    """A member by the invitation code, which is unique; names are not."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: object) -> Member | None:  # type: ignore[override]
        """The member. Errors in words."""
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return by_invite_code(str(text))
        except ZengzhiError as refusal:
            raise ValidationError(refusal.message) from refusal


class RegionField(forms.CharField):
    """A region by its code."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: object) -> str:  # type: ignore[override]
        """A region that can have an agent, by its code of today."""
        code = str(super().to_python(value) or "").strip()
        try:
            return regions.agent_region(code) if code else ""
        except UnusableRules as error:
            raise ValidationError(
                gettext("Enter the code of a province, city or district that is one of its own.")
            ) from error


class WhyForm(forms.Form):
    """A reason for the audit log."""

    why = forms.CharField(
        label=_("why, for the audit log"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class SponsorForm(WhyForm):
    """The new sponsor; empty: none."""

    sponsor = MemberField(
        label=_("invitation code of the new sponsor"), required=False, help_text=_("Empty: none.")
    )
    field_order = ("sponsor", "why")


class RankForm(WhyForm):
    """The rank from now on."""

    level = forms.ChoiceField(label=_("rank"), widget=UnfoldAdminSelectWidget)
    field_order = ("level", "why")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("0", gettext("no rank")),
            *((str(row.level), str(row)) for row in Rank.objects.all()),
        ]


class AgentForm(WhyForm):
    """Who shall be the agent of which region, from when to when."""

    region = RegionField(label=_("region code"), help_text=_("2, 4 or 6 digits, such as 330106"))
    member = MemberField(label=_("invitation code of the member"))
    since = forms.DateField(label=_("from"), widget=UnfoldAdminSingleDateWidget)
    until = forms.DateField(
        label=_("until (exclusive)"), required=False, widget=UnfoldAdminSingleDateWidget
    )
    field_order = ("region", "member", "since", "until", "why")

    def clean(self) -> dict[str, object]:
        """The period has a length."""
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until <= since:
            raise ValidationError(gettext("The end lies before the beginning."))
        return data


class SharesForm(WhyForm):
    """Shares of a member that weigh in the dividend."""

    member = MemberField(label=_("invitation code of the member"))
    shares = forms.IntegerField(
        label=_("shares"),
        min_value=0,
        max_value=10**12,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("0 ends it."),
    )
    field_order = ("member", "shares", "why")


class PeriodForm(forms.Form):
    """A month."""

    period = forms.CharField(
        label=_("month"),
        max_length=7,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A month that is over, such as 2026-10."),
    )


class PlanForm(forms.Form):
    """The text of a plan."""

    name = forms.CharField(label=_("name"), max_length=40, widget=UnfoldAdminTextInputWidget)
    text = forms.CharField(
        label=_("plan (TOML)"),
        max_length=20_000,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 22, "class": "zz-code"}),
    )
