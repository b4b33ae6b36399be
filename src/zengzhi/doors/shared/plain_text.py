"""What no view is asked about: a NUL byte anywhere, and a row of the office that has no number.

PostgreSQL keeps no NUL in a text and SQLite cuts some texts there: 400. Every row that the office
shows has a whole number that a database holds; an address that names another is no address: 404.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from zengzhi.doors.shared import still

DIGITS = 18
"""Of a number that fits in eight bytes."""
FORMS = frozenset(("application/x-www-form-urlencoded", "multipart/form-data"))


class PlainTextMiddleware:
    """Refuses NUL in the address, the query and the form of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or 400."""
        if _has_nul(request):
            return still.answer(400)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let a form pass without NUL, and an address whose row can be one. What takes no token of
        a form is a callback: its body is the provider's, and is left to it. Errors: ``Http404``."""
        if not getattr(view, "csrf_exempt", False) and _has_nul_in_form(request):
            return still.answer(400)
        number = str(kwargs.get("object_id", "1"))
        if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
            raise Http404
        return None


def _has_nul(request: HttpRequest) -> bool:
    query = request.META.get("QUERY_STRING", "")
    return "\0" in request.path_info or "\0" in unquote_plus(query)


def _has_nul_in_form(request: HttpRequest) -> bool:
    if request.method == "POST" and request.content_type in FORMS:
        return _in(request.POST)
    return False


def _in(form: QueryDict) -> bool:
    return any("\0" in name or any("\0" in text for text in texts) for name, texts in form.lists())
