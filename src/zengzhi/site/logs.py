"""Lines of the log: one JSON object each, with the number of the request and no secret.

A request is named by the pattern of its address, never by the address itself: links, tokens and
numbers stand in addresses. Phones, cards and mail addresses are masked in every text, and what
breaks lines is escaped by JSON.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from zengzhi.records.control import origin

MASKS = (
    (re.compile(r"(?<![0-9a-zA-Z_.])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9a-zA-Z])"), r"\1****\2"),
    (re.compile(r"(?<![0-9a-zA-Z_.])[0-9]{8,15}([0-9]{3}[0-9xX])(?![0-9a-zA-Z])"), r"****\1"),
    (re.compile(r"([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)"), r"\1***@\2"),
)


def clean(text: str) -> str:
    """A text without numbers and addresses of people.

    >>> clean("13800138000 wang.lei@example.com 6214830012366620")
    '138****8000 w***@example.com ****6620'
    """
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


class JsonFormatter(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        here = origin.now()
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            line["message"] = "request"
            line |= _of(request)
        for name in ("status_code", "took_ms"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if here.request_id:
            line["request_id"] = here.request_id
        if record.exc_info:
            line["error"] = clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _of(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    found: dict[str, Any] = {"method": request.method, "route": match.route if match else "?"}
    user = getattr(request, "_cached_user", None)
    if user is not None and user.pk:
        found["user"] = user.pk
    return found
