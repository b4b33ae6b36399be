"""Desks whose forms ask for what a second person approves, instead of writing it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from zengzhi.core.errors import ZengzhiError
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.records.control.models import Approval


class AskingAdmin(ModelAdmin):  # type: ignore[misc]
    """A form that is right is asked for; one that is not is shown again."""

    def ask_for(self, request: HttpRequest, form: Any, obj: Any) -> Approval:
        """Ask for what the form says; ``obj`` is what there is now, or ``None``."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Nothing is saved here."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        obj = self.get_object(request, object_id) if object_id else None
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if not may or (object_id and obj is None):
            raise PermissionDenied
        form = self.get_form(request, obj, change=obj is not None)(request.POST, instance=obj)
        if not form.is_valid():
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self._answer(request, form, object_id)

    def _answer(self, request: HttpRequest, form: Any, object_id: str | None) -> HttpResponse:
        # The form has written into its instance: what there is now is read again.
        now = self.get_object(request, object_id) if object_id else None
        try:
            messages.success(request, asked(self.ask_for(request, form, now)))
        except ZengzhiError as refusal:
            messages.error(request, refusal.message)
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
