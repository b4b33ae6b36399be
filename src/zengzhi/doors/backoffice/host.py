"""The back office on a host of its own, if one is set: no cookie is common to it and the mall."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

OFFICE = ("/office/", "/accounts/", "/i18n/")
"""What the office's host answers; static files are answered before."""


class OfficeHostMiddleware:
    """Elsewhere the office does not exist, and on its host nothing but the office does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.OFFICE_HOST:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, when the address belongs to the host."""
        host = settings.OFFICE_HOST
        if request.get_host().partition(":")[0].lower() != host:
            if request.path.startswith("/office/"):
                raise Http404
        elif request.path == "/":
            return redirect(reverse("admin:index"))
        elif not request.path.startswith(OFFICE):
            raise Http404
        return self.get_response(request)
