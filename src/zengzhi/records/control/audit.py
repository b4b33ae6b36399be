"""Write the audit log. Part of the caller's transaction: no act without its row."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from zengzhi.records.control import origin
from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.control.models import Act
from zengzhi.records.control.sealing import Value, plain

Shown = dict[str, Value]


def note(
    by: AbstractBaseUser | None,
    what: str,
    about: object,
    why: str = "",
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    approver: AbstractBaseUser | None = None,
) -> Act:
    """An act on the audit log, with the address and the number of the request it came by.

    ``by`` is ``None`` only for what the system does by itself, and for sign-ins that failed.
    ``before`` and ``after`` name what the act changed, ``approver`` is the second person.
    """
    came = origin.now()
    return Act.objects.create(
        by_id=by.pk if by else None,
        what=what,
        about=str(about)[:80],
        why=why.strip()[:300],
        approver_id=approver.pk if approver else None,
        before=_shown(before),
        after=_shown(after),
        address=came.address,
        request_id=came.request_id,
    )


def changes(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """The two, cut down to what differs.

    >>> changes({"rate": 3, "days": 7}, {"rate": 4, "days": 7})
    ({'rate': 3}, {'rate': 4})
    """
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


def reason(text: str) -> str:
    """A reason that says something. Errors: ``reason_needed``."""
    text = " ".join(text.replace("\x00", "").split())
    if len(text) < 4:
        raise ReasonNeeded
    return text[:300]


def _shown(values: Mapping[str, object] | None) -> Shown | None:
    """Values as JSON says them; texts stay whole, so that they can be read."""
    if values is None:
        return None
    return {
        str(name): value if isinstance(value, str) else plain(value)
        for name, value in values.items()
    }
