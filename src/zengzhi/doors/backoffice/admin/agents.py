"""The desk of region agents: who serves which region, asked for by one, approved by another."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from zengzhi.core import regions
from zengzhi.doors.backoffice import acts, region_map
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.desk import RecordAdmin, moment
from zengzhi.doors.backoffice.forms import AgentForm, WhyForm
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.members import changes
from zengzhi.records.members.models import RegionAgent, User
from zengzhi.records.store import clock

LEVELS = {2: _("province"), 4: _("city"), 6: _("district")}
MAY = "members.appoint_agent"


class LevelFilter(admin.SimpleListFilter):
    """District, city, province."""

    title = _("level")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The three levels."""
        return [(str(digits), name) for digits, name in LEVELS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Codes of that length."""
        if self.value() in {"2", "4", "6"}:
            return queryset.filter(region__regex=rf"^[0-9]{{{self.value()}}}$")
        return queryset


def _day(value: Any) -> datetime | None:
    return None if value is None else clock.midnight(value)


def state_of(row: RegionAgent) -> str:
    """To come, now, over."""
    now = clock.now()
    if row.until is not None and row.until <= now:
        return "over"
    return "now" if row.since <= now else "to_come"


STATES = {
    "now": _("serving"),
    "to_come": _("from later on"),
    "over": _("ended"),
}
COLOURS = {"now": "success", "to_come": "info", "over": "danger"}


@admin.register(RegionAgent)
class RegionAgentAdmin(RecordAdmin):
    """Agents by region."""

    list_display = ("region", "place", "level", "member", "state", "from_when", "until_when")
    list_filter = (LevelFilter,)
    search_fields = ("region", "member__nickname", "member__invite_code")
    list_select_related = ("member",)
    ordering = ("region", "-since")
    fields = (
        "place",
        "region",
        "level",
        "member",
        "state_words",
        "from_when",
        "until_when",
    )
    readonly_fields = fields
    actions_list = ("to_map", "propose")
    actions_detail = ("end",)

    def get_urls(self) -> list[Any]:
        """The map is a page of its own."""
        return [
            path(
                "map/",
                self.admin_site.admin_view(self.map_page),
                name="members_regionagent_map",
            ),
            *super().get_urls(),
        ]

    def map_page(self, request: HttpRequest) -> HttpResponse:
        """Provinces, and a province city by city."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return region_map.page(self.admin_site, request)

    @action(description=_("Map"), url_path="to-map", permissions=["view"])
    def to_map(self, request: HttpRequest) -> HttpResponse:
        """To the map."""
        return redirect("admin:members_regionagent_map")

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """Whether proposing is offered."""
        return request.user.has_perm(MAY)

    def _row_may(self, request: HttpRequest, object_id: Any, states: set[str]) -> bool:
        row = RegionAgent.objects.filter(pk=object_id).first()
        return request.user.has_perm(MAY) and (
            request.method == "POST" or (row is not None and state_of(row) in states)
        )

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether ending is offered."""
        return self._row_may(request, object_id, {"now", "to_come"})

    @action(description=_("Propose an agent"), url_path="propose", permissions=["propose"])
    def propose(self, request: HttpRequest) -> HttpResponse:
        """A new proposal."""

        def perform(data: dict[str, Any]) -> str:
            since = _day(data["since"]) or clock.now()
            wanted = changes.agent_wanted(data["member"], since, _day(data["until"]))
            subject, user = f"region:{data['region']}", cast(User, request.user)
            return asked(ask(changes.APPOINT_AGENT, subject, wanted, user, data["why"]))

        act = acts.Act(
            title=gettext("Propose an agent"),
            sentence=gettext(
                "An agent serves a region free of charge. Only one person per region and period; "
                "a second person approves."
            ),
            button=gettext("Propose"),
            back=reverse("admin:members_regionagent_changelist"),
            perform=perform,
            form=AgentForm,
            initial={"since": clock.today()},
        )
        return acts.run(self, request, MAY, act)

    def _decide(
        self, request: HttpRequest, object_id: str, title: str, sentence: str, do: Any
    ) -> Any:
        row = get_object_or_404(RegionAgent, pk=object_id)
        back = reverse("admin:members_regionagent_change", args=(row.pk,))

        def perform(data: dict[str, Any]) -> str:
            do(row.pk, request.user, data["why"])
            return gettext("Done: %(what)s.") % {"what": title}

        facts = [
            (gettext("region"), regions.full_name(row.region)),
            (gettext("member"), f"{row.member} · {row.member.invite_code}"),
        ]
        act = acts.Act(title, sentence, title, back, perform, WhyForm, {}, facts)
        return acts.run(self, request, MAY, act)

    @action(description=_("End"), url_path="end", permissions=["end"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The agency ends, or the proposal is withdrawn."""
        return self._decide(
            request,
            object_id,
            gettext("End the agency"),
            gettext("Orders paid until now keep this agent."),
            changes.end_agent,
        )

    @display(description=_("place"))
    def place(self, obj: RegionAgent) -> str:
        """The region in words."""
        return regions.full_name(obj.region)

    @display(description=_("level"))
    def level(self, obj: RegionAgent) -> str:
        """District, city or province."""
        return str(LEVELS[len(obj.region)])

    @display(description=_("state"), label=COLOURS)
    def state(self, obj: RegionAgent) -> tuple[str, str]:
        """The state as a badge."""
        return state_of(obj), str(STATES[state_of(obj)])

    @display(description=_("state"))
    def state_words(self, obj: RegionAgent) -> str:
        """The state in words."""
        return str(STATES[state_of(obj)])

    @display(description=_("from"), ordering="since")
    def from_when(self, obj: RegionAgent) -> str:
        """The beginning."""
        return moment(obj.since)

    @display(description=_("until"), ordering="until")
    def until_when(self, obj: RegionAgent) -> str:
        """The end."""
        return moment(obj.until) or "–"
