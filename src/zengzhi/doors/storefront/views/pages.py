"""Profile, rules, errors."""

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zengzhi.core.economy.rules import describe
from zengzhi.doors.shared import still
from zengzhi.doors.shared.signin import notices
from zengzhi.records.members.models import User
from zengzhi.records.members.service import member_of
from zengzhi.records.settlement.holdings import holdings
from zengzhi.records.settlement.pools import default_pool, market
from zengzhi.records.store.away import is_away
from zengzhi.records.wallet.service import balances


def me(request: HttpRequest) -> HttpResponse:
    """My page: where everything of mine is."""
    context = {}
    if isinstance(request.user, User):
        member = member_of(request.user)
        context = {
            "member": member,
            "balances": balances(member),
            "held": holdings(default_pool(), member, closed=0),
            "notices": notices.unseen(request.user),
        }
    return render(request, "storefront/me.html", context)


def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the pool in words."""
    state = market(default_pool())
    return render(
        request, "storefront/rules.html", {"market": state, "rules": describe(state.rules)}
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing here, or not yours."""
    return render(request, "storefront/not_found.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Something broke; nothing moved. Without its database the mall says that it is away: 503."""
    if is_away(sys.exception()):
        return still.answer(503)
    try:
        return render(request, "storefront/failed.html", status=500)
    except DatabaseError:  # of the page of the error itself
        return still.answer(500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere."""
    return render(request, "storefront/csrf.html", status=403)
