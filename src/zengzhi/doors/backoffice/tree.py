"""The referral tree as a page of its own: a member, the way up, one level down at a time.

Every read is by key or by an index and has a limit, so the page is as quick with 10⁶ members.
"""

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from zengzhi.records.members.models import Member, Rank
from zengzhi.records.members.standing import load_ranks, load_suspensions, load_tree
from zengzhi.records.store import clock

CHILDREN = 30
UPLINE = 20
FEW = 3
"""So few on the first level: the second is shown too."""
FOUND = 20


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _below(members: list[int]) -> dict[int, int]:
    rows = Member.objects.filter(sponsor_id__in=members).values_list("sponsor_id")
    return dict(rows.annotate(n=Count("id")))


def _nodes(members: list[Member]) -> list[dict[str, Any]]:
    keys = [member.pk for member in members]
    below, ranks, now = _below(keys), load_ranks(keys), clock.now()
    suspended = load_suspensions(keys)
    codes = dict(Rank.objects.values_list("level", "code"))
    return [
        {
            "id": member.pk,
            "name": member.nickname,
            "below": below.get(member.pk, 0),
            "rank": codes.get(ranks.at(member.pk, now, 0), ""),
            "suspended": suspended.at(member.pk, now) is not None,
        }
        for member in members
    ]


def level(member_pk: int, start: int) -> dict[str, Any]:
    """A page of those whom a member invited, the earliest first, and how many follow."""
    rows = list(
        Member.objects.filter(sponsor_id=member_pk).order_by("pk")[start : start + CHILDREN + 1]
    )
    total = Member.objects.filter(sponsor_id=member_pk).count() if len(rows) > CHILDREN else 0
    return {
        "children": _nodes(rows[:CHILDREN]),
        "more": max(0, total - start - CHILDREN),
    }


def _upline(member: Member) -> list[Member]:
    now = clock.now()
    keys = load_tree([member.pk], UPLINE, now, now).upline(member.pk, now, UPLINE)
    found = Member.objects.in_bulk(keys)
    return [found[key] for key in reversed(keys)]


def _search(words: str) -> list[Member]:
    found = list(
        Member.objects.filter(
            Q(invite_code=words.upper()) | Q(nickname__startswith=words) | Q(user__username=words)
        ).order_by("pk")[:FOUND]
    )
    below = _below([row.pk for row in found])
    for row in found:
        row.below = below.get(row.pk, 0)  # type: ignore[attr-defined]
    return found


def _largest() -> list[Member]:
    """Members with most invited; counted over the index of sponsors, a few times a day at most."""
    rows = Member.objects.filter(sponsor__isnull=False).values_list("sponsor_id")
    top = dict(rows.annotate(n=Count("id")).order_by("-n")[:10])
    found = Member.objects.in_bulk(top)
    for key, number in top.items():
        found[key].below = number  # type: ignore[attr-defined]
    return [found[key] for key in top]


def page(site: Any, request: HttpRequest) -> HttpResponse:
    """The page: search, or a member with the first level below."""
    words = request.GET.get("q", "").strip()[:60]
    key = _key(request.GET.get("member", ""))
    member = Member.objects.filter(pk=key).first() if key is not None else None
    found = _search(words) if words else []
    if member is None and len(found) == 1:
        member, found = found[0], []
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": gettext("Referral tree"),
        "q": words,
        "found": found or (member is not None and words),
        "member": member,
    }
    if isinstance(context["found"], str):
        context["found"] = []
        context["q"] = ""
    if member is not None:
        upline = _upline(member)
        context["first"] = first = {**_nodes([member])[0], **level(member.pk, 0)}
        if len(first["children"]) <= FEW:
            for child in first["children"]:
                child.update(level(child["id"], 0))
        context["second"] = Member.objects.filter(sponsor__sponsor=member).count()
        context["upline"], context["cut"] = upline, len(upline) == UPLINE
        context["children_address"] = reverse("admin:members_member_children")
    elif not words:
        context["largest"] = _largest()
    return TemplateResponse(request, "backoffice/tree.html", context)


def children(request: HttpRequest) -> HttpResponse:
    """A page of the next level, as JSON."""
    key, start = _key(request.GET.get("member", "")), _key(request.GET.get("start", "0"))
    if key is None or start is None:
        raise Http404
    return JsonResponse(level(key, start))
