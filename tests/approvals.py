"""Two people who are signed in: how tests do what needs both."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zengzhi.records.control.approvals import service
from zengzhi.records.control.approvals.presence import present
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User


@contextmanager
def signed_in(user: User) -> Iterator[None]:
    """This person, in a session of their own, as the office's middleware says it."""
    with present(user.pk, f"session of {user.pk}"):
        yield


def person(name: str) -> User:
    """Somebody of the staff who may ask and approve everything."""
    found = User.objects.filter(username=name).first()
    return found or User.objects.create_superuser(name, password=None)


def asked(
    act: str,
    subject: str,
    wanted: Mapping[str, Any],
    by: User | None = None,
    why: str = "as agreed",
) -> Approval:
    """One person asks, signed in."""
    by = by or person("asker")
    with signed_in(by):
        return service.ask(act, subject, wanted, by, why)


def approve(row: Approval, by: User | None = None) -> Approval:
    """Another one approves, signed in."""
    by = by or person("approver")
    with signed_in(by):
        return service.approve(row.pk, row.digest, by)


def approved(
    act: str,
    subject: str,
    wanted: Mapping[str, Any],
    by: User | None = None,
    second: User | None = None,
    why: str = "as agreed",
) -> Approval:
    """One asks, another approves; it is done."""
    return approve(asked(act, subject, wanted, by, why), second)
