"""A fresh sign-in for dangerous acts."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse


def fresh(request: HttpRequest, view: Callable[[HttpRequest], Any]) -> HttpResponse:
    """The view, after the password was given a moment ago."""
    answer: HttpResponse = reauthentication_required(view)(request)
    return answer
