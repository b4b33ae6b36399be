"""The team: my invitation, whom I invited, each bonus and why, also why not."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zengzhi.core.errors import ZengzhiError
from zengzhi.doors.storefront import invitations, poster
from zengzhi.doors.storefront.views.orders import signed_in
from zengzhi.records.bonuses import team as teams
from zengzhi.records.members.models import Member, User
from zengzhi.records.members.service import member_of
from zengzhi.records.members.tree import bind, by_invite_code
from zengzhi.records.store import clock
from zengzhi.records.wallet.service import balances

FILTERS = ("received", "pending")
PAGE = 20


def invite_link(request: HttpRequest, member: Member) -> str:
    """The member's invitation as an address."""
    path = reverse("storefront:invitation", args=(member.invite_code,))
    return request.build_absolute_uri(path)


def _merged(member: Member, size: int) -> list[teams.Shown]:
    """The newest bonuses and the newest orders that paid nothing, together."""
    rows = [*teams.shown(teams.lines_of(member, size=size)), *teams.not_received(member, size)]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:size]


@login_required
def team(request: HttpRequest) -> HttpResponse:
    """My invitation, my people, my last bonuses."""
    member = signed_in(request)
    link = invite_link(request, member)
    months = teams.by_month(member, 1)
    this_month = clock.today().replace(day=1)
    current = months[0] if months and months[0][0] == this_month else (this_month, 0, 0)
    return render(
        request,
        "storefront/team.html",
        {
            "member": member,
            "link": link,
            "qr": poster.qr_svg(link, _("QR code of my invitation")),
            "counts": teams.counts(member),
            "month_fen": current[1] + current[2],
            "month": this_month,
            "bonuses": _merged(member, 5),
            "people": teams.members_of(member, 1, size=5),
            "balances": balances(member),
            "can_accept": invitations.may_accept(member),
            "offered": invitations.remembered(request),
        },
    )


@login_required
def bonuses(request: HttpRequest) -> HttpResponse:
    """All my bonuses, month by month and one by one; also what I did not get."""
    member = signed_in(request)
    chosen = request.GET.get("show", "")
    before = request.GET.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    lines: list[Any] = []
    more = None
    if chosen == "nothing":
        lines = teams.shown(teams.lines_of(member, size=PAGE, show="nothing"))
        lines = sorted([*lines, *teams.not_received(member, PAGE)], key=lambda r: r.at)[::-1]
    else:
        chosen = chosen if chosen in FILTERS else ""
        stored = teams.lines_of(member, key, PAGE + 1, chosen)
        more = stored[PAGE - 1].pk if len(stored) > PAGE else None
        lines = teams.shown(stored[:PAGE])
    return render(
        request,
        "storefront/team_bonuses.html",
        {"bonuses": lines, "show": chosen, "more": more, "months": teams.by_month(member)},
    )


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """The members I invited, or those whom they invited; masked."""
    member = signed_in(request)
    level = 2 if request.GET.get("level") == "2" else 1
    text = request.GET.get("start", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    rows = teams.members_of(member, level, start, PAGE + 1)
    return render(
        request,
        "storefront/team_people.html",
        {
            "people": rows[:PAGE],
            "level": level,
            "more": start + PAGE if len(rows) > PAGE else None,
            "counts": teams.counts(member),
        },
    )


@login_required
def poster_file(request: HttpRequest) -> HttpResponse:
    """The poster as a file to save."""
    member = signed_in(request)
    svg = poster.poster_svg(
        invite_link(request, member),
        _("Zengzhi Mall"),
        _("%(name)s invites you to look around") % {"name": member.nickname},
        _("Invitation code"),
        member.invite_code,
        _("No purchase or fee is needed to invite or to receive a bonus."),
    )
    answer = HttpResponse(svg, content_type="image/svg+xml")
    answer["Content-Disposition"] = f'attachment; filename="zengzhi-{member.invite_code}.svg"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody opened an invitation: who invites, and what can be done with it."""
    try:
        sponsor = by_invite_code(code)
    except ZengzhiError as error:
        raise Http404 from error
    member = member_of(request.user) if isinstance(request.user, User) else None
    if member is None or invitations.may_accept(member):
        invitations.remember(request, sponsor)
    kept = invitations.remembered(request) or sponsor
    return render(
        request,
        "storefront/invitation.html",
        {
            "sponsor": kept if member is None else sponsor,
            "other_first": kept.pk != sponsor.pk,
            "member": member,
            "own": member is not None and member.pk == sponsor.pk,
            "can_accept": member is not None and invitations.may_accept(member),
        },
    )


@login_required
@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """A member without a sponsor takes an invitation, by its code."""
    member = signed_in(request)
    try:
        if not invitations.may_accept(member):
            raise Http404
        bind(member.pk, request.POST.get("invite", ""))
    except ZengzhiError as refusal:
        messages.error(request, refusal.message)
    else:
        request.session.pop(invitations.KEY, None)
        messages.success(request, _("Your inviter is noted."))
    return redirect("storefront:team")
