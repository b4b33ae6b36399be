"""A NUL byte is in no name, number or address: whatever carries one is answered 400, here alone.

PostgreSQL keeps no NUL in a text, SQLite cuts some texts there, so no view is asked about it.
"""

from collections.abc import Callable
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, QueryDict

from zengzhi.doors.shared import still

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


def _has_nul(request: HttpRequest) -> bool:
    if "\0" in request.path_info or "\0" in unquote_plus(request.META.get("QUERY_STRING", "")):
        return True
    if request.method == "POST" and request.content_type in FORMS:
        return _in(request.POST)
    return False


def _in(form: QueryDict) -> bool:
    return any("\0" in name or any("\0" in text for text in texts) for name, texts in form.lists())
