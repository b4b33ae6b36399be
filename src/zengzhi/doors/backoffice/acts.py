"""Acts of the desks: one page that says what will happen, asks for what is needed, does it once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from zengzhi.core.errors import ZengzhiError


@dataclass(frozen=True, slots=True)
class Act:
    """What a page of an act shows and does. ``perform`` gets the form's clean data and returns the
    sentence that says what was done."""

    title: str
    sentence: str
    button: str
    back: str
    perform: Callable[[dict[str, Any]], str]
    form: type[forms.BaseForm] = forms.Form
    initial: dict[str, Any] = field(default_factory=dict)
    facts: Sequence[tuple[str, object]] = ()


def run(desk: ModelAdmin[Any], request: HttpRequest, permission: str, act: Act) -> HttpResponse:
    """Show the act, or do it: a refusal is shown on the page, and nothing has changed."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    form = act.form(request.POST if request.method == "POST" else None, initial=act.initial)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, act.perform(form.cleaned_data))
            return redirect(act.back)
        except ZengzhiError as refusal:
            form.add_error(None, refusal.message)
    context = {
        **desk.admin_site.each_context(request),
        "title": act.title,
        "form": form,
        "sentence": act.sentence,
        "button": act.button,
        "back": act.back,
        "facts": act.facts,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "backoffice/act.html", context, status=status)
