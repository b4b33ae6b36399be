"""The desks of users and roles on rights: they are asked for, and given by somebody else."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from zengzhi.doors.backoffice import acts
from zengzhi.doors.backoffice.admin.approvals import asked
from zengzhi.doors.backoffice.forms import WhyForm
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.members.models import User
from zengzhi.records.members.rights import GIVE_ROLES, roles_of

RIGHTS = ("is_superuser", "groups", "user_permissions")


class RolesForm(WhyForm):
    """The roles somebody shall have."""

    roles = forms.MultipleChoiceField(
        label=_("roles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("roles", "why")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Group.objects.order_by("pk").values_list("name", flat=True)
        self.fields["roles"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class AskForRoles:
    """Roles are changed by an approval."""

    def has_roles_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change users."""
        return request.user.has_perm("members.change_user")

    @action(description=_("Ask for roles"), url_path="roles", permissions=["roles"])
    def ask_roles(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From the approval on, after a cooling time."""
        user = get_object_or_404(User, pk=object_id)

        def perform(data: dict[str, Any]) -> str:
            wanted, by = {"roles": sorted(data["roles"])}, cast(User, request.user)
            return asked(ask(GIVE_ROLES, f"user:{user.pk}", wanted, by, data["why"]))

        act = acts.Act(
            title=gettext("Ask for roles"),
            sentence=gettext(
                "Somebody else gives them. For a time after that this user neither asks nor "
                "approves."
            ),
            button=gettext("Ask for roles"),
            back=reverse("admin:members_user_change", args=(user.pk,)),
            perform=perform,
            form=RolesForm,
            initial={"roles": roles_of(user)},
            facts=[(gettext("user"), user.get_username())],
        )
        return acts.run(cast(Any, self), request, "members.change_user", act)
