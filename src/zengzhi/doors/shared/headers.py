"""What every answer says to the browser: no foreign or inline code, no framing, nothing kept.

The pages carry no inline script, style or handler, so the policy needs no exception; what a page
says in data (charts, passkeys) stands in ``application/json`` blocks, which are never executed.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
FEATURES = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
"""What a page may never ask the browser for."""


def content_security_policy(secure: bool) -> str:
    """The policy as one header; over TLS also nothing over plain http."""
    parts = [f"{name} {sources}" for name, sources in POLICY.items()]
    return "; ".join([*parts, "upgrade-insecure-requests"] if secure else parts)


class HeadersMiddleware:
    """Sets the headers of every answer, also of refusals and static files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = content_security_policy(settings.SESSION_COOKIE_SECURE)
        self.permissions = ", ".join(f"{name}=()" for name in FEATURES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer with its headers; a header that the view set itself stays."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", self.permissions)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = _keeping(request, response)
        return response


def _keeping(request: HttpRequest, response: HttpResponse) -> str:
    """Nothing personal is kept, by nobody: neither what a signed-in person reads, nor an answer to
    a form, nor one that sets a cookie of its own. Prices are asked again also by strangers."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    own = set(response.cookies) - {settings.CSRF_COOKIE_NAME}
    if signed_in or own or request.method not in {"GET", "HEAD"}:
        return "no-store, private"
    return "no-cache"
