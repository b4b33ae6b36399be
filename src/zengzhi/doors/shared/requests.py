"""Each request has a number, an address it came from, a line in the log, and a share of the tries.

Forms that write spend from a budget by address and by account. A view that takes no token of a
form (``csrf_exempt``) is a callback: it spends only what was refused.
"""

import ipaddress
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zengzhi.doors.shared.signin import devices
from zengzhi.records.control import limiter, origin
from zengzhi.records.control.errors import TooManyTries

log = logging.getLogger("zengzhi.requests")
READS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
Answer = Callable[[HttpRequest], HttpResponse]


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from; a proxy that is trusted is seen through by the server."""
    return str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""


def network_of(address: str) -> str:
    """Whom tries are counted for: one address, or the 64 bits that one IPv6 customer has.

    >>> network_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    >>> network_of("203.0.113.9")
    '203.0.113.9'
    >>> network_of("::ffff:203.0.113.9")
    '203.0.113.9'
    """
    with suppress(ValueError):
        known = ipaddress.ip_address(address)
        if isinstance(known, ipaddress.IPv6Address):
            if known.ipv4_mapped is not None:
                return str(known.ipv4_mapped)
            return str(ipaddress.ip_network((known, 64), strict=False))
    return address


class OriginMiddleware:
    """The number of the request and where it came from, for the audit log and the log."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then write one line."""
        started = time.perf_counter()
        with origin.of(address_of(request), secrets.token_hex(8)) as here:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = here.request_id
            took_ms = int((time.perf_counter() - started) * 1000)
            log.info(
                "request",
                extra={"request": request, "status_code": response.status_code, "took_ms": took_ms},
            )
        return response


class LimitMiddleware:
    """Slow down whoever writes too much; everybody's refusal has one page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a callback that was refused counts; a device may be known from now on."""
        response = self.get_response(request)
        if getattr(request, "is_callback", False) and 400 <= response.status_code < 500:
            with suppress(TooManyTries):
                limiter.take((limiter.BAD_CALLBACK, network_of(address_of(request))))
        devices.remember_now(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Spend a try of everything that writes."""
        if request.method in READS:
            return None
        here = network_of(address_of(request))
        try:
            if getattr(view, "csrf_exempt", False):
                limiter.refuse_if_spent(limiter.BAD_CALLBACK, here)
                request.is_callback = True  # type: ignore[attr-defined]
                return None
            tries: list[limiter.Try] = [(limiter.WRITE, here)]
            if request.user.is_authenticated:
                tries.append((limiter.WRITE, f"user:{request.user.pk}"))
            limiter.take(*tries)
        except TooManyTries as refusal:
            return refused(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A try that was refused anywhere."""
        return refused(request, error) if isinstance(error, TooManyTries) else None


def refused(request: HttpRequest, refusal: TooManyTries) -> HttpResponse:
    """The page that says when the next try counts."""
    answer = render(request, "shared/too_many.html", {"refusal": refusal}, status=429)
    answer.headers["Retry-After"] = str(refusal.wait_s)
    return answer
