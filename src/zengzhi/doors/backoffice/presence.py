"""Says to the records who is signed in to the back office, for the time of a request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from zengzhi.records.control.approvals.presence import present


class PresenceMiddleware:
    """Only below the office's address, only for staff."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The rest of the request, with somebody there."""
        if not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        user, session = request.user, request.session.session_key
        if not (user.is_authenticated and user.is_staff and session):
            return self.get_response(request)
        with present(user.pk, session):
            return self.get_response(request)
