"""Roles and rights of staff: one asks, another gives them; whoever got them cools down first.

An installation begins with the people that its command line made before anything was asked for;
from the first request on a right that nobody approved is named by verify.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zengzhi.records.control.approvals import cooling
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import wanted_of
from zengzhi.records.control.errors import SecondPersonNeeded
from zengzhi.records.control.models import Approval, ApprovalState, Record
from zengzhi.records.control.records import values_of
from zengzhi.records.members.models import User

GIVE_ROLES = "give_roles"
TABLE = User._meta.db_table
ROLE_TABLE, RIGHT_TABLE = (
    through._meta.db_table for through in (User.groups.through, User.user_permissions.through)
)


def give_roles(approval: Approval) -> str:
    """Somebody has exactly these roles from now on, as approved by somebody else."""
    wanted = wanted_of(approval, GIVE_ROLES)
    user = User.objects.select_for_update().get(pk=_key_of(approval.subject))
    if user.pk == approval.decided_by_id:
        raise SecondPersonNeeded
    user.groups.set(Group.objects.filter(name__in=wanted["roles"]))
    if wanted["roles"] and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    cooling.begin(user, cooling.RIGHTS)
    return f"{TABLE}:{user.pk}@{approval.pk}"


def roles_of(user: User) -> list[str]:
    """The names of somebody's roles."""
    return sorted(user.groups.values_list("name", flat=True))


def _key_of(subject: str) -> int:
    return int(subject.removeprefix("user:"))


def _compare(subject: str, wanted: Values) -> tuple[Values, Values]:
    user = User.objects.get(pk=_key_of(subject))
    known = Group.objects.filter(name__in=wanted["roles"])
    return _said(user), {**_said(user), "roles": sorted(known.values_list("name", flat=True))}


def _said(user: User) -> dict[str, Any]:
    rights = user.user_permissions.values_list("content_type__app_label", "codename")
    return {
        "roles": roles_of(user),
        "rights": sorted(".".join(names) for names in rights),
        "everything": user.is_superuser,
    }


def _holders() -> Iterator[Result]:
    """Everybody who has a right: by the newest approval, or from the beginning."""
    first = Record.objects.filter(of_table=Approval._meta.db_table).order_by("pk")
    begun = first.values_list("pk", flat=True).first()
    approved = {
        row.subject: row
        for row in Approval.objects.filter(act=GIVE_ROLES, state=ApprovalState.EXECUTED).order_by(
            "pk"
        )
    }
    some = Q(is_superuser=True) | Q(groups__isnull=False) | Q(user_permissions__isnull=False)
    held = list(User.objects.filter(some).distinct().order_by("pk"))
    given = User.objects.filter(pk__in=[_key_of(subject) for subject in approved])
    for user in {user.pk: user for user in (*held, *given)}.values():
        row = approved.get(f"user:{user.pk}")
        if row is not None:
            yield Result(TABLE, f"{user.pk}@{row.pk}", None, _said(user))
        else:
            founding = begun is None or _since(user) < begun
            yield Result(TABLE, str(user.pk), None, founding=founding)
    for row in Approval.objects.filter(act=GIVE_ROLES, state=ApprovalState.EXECUTED):
        if row.pk != approved[row.subject].pk:  # a later one decides what holds
            yield Result(TABLE, f"{_key_of(row.subject)}@{row.pk}", None)


def _since(user: User) -> int:
    """The number of the control record from which on somebody has what they have."""
    newest = 0
    for through, table in (
        (User.groups.through, ROLE_TABLE),
        (User.user_permissions.through, RIGHT_TABLE),
    ):
        keys = [str(pk) for pk in through.objects.filter(user=user).values_list("pk", flat=True)]
        rows = Record.objects.filter(of_table=table, row_key__in=keys).order_by("-pk")
        newest = max(newest, rows.values_list("pk", flat=True).first() or 0)
    if user.is_superuser:
        was: Any = None
        for pk, content in (
            Record.objects.filter(of_table=TABLE, row_key=str(user.pk))
            .order_by("pk")
            .values_list("pk", "content")
        ):
            now = (values_of(content) or {}).get("is_superuser")
            newest, was = (max(newest, pk) if now and not was else newest), now
    return newest


ACT = Approvable(
    name=GIVE_ROLES,
    title=_("roles of staff"),
    may_ask="members.change_user",
    may_approve="control.approve_rights",
    compare=_compare,
    execute=give_roles,
    results=_holders,
    labels={"roles": _("roles"), "rights": _("rights"), "everything": _("every right")},
    words=lambda subject: str(User.objects.get(pk=_key_of(subject))),
)
