"""Write the audit log. Part of the caller's transaction: no act without its row."""

from django.contrib.auth.base_user import AbstractBaseUser

from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.control.models import Act


def note(by: AbstractBaseUser | None, what: str, about: object, why: str = "") -> Act:
    """An act on the audit log; ``by`` is ``None`` only for what the system does by itself."""
    return Act.objects.create(
        by_id=by.pk if by else None, what=what, about=str(about)[:80], why=why.strip()[:300]
    )


def reason(text: str) -> str:
    """A reason that says something. Errors: ``reason_needed``."""
    text = " ".join(text.replace("\x00", "").split())
    if len(text) < 4:
        raise ReasonNeeded
    return text[:300]
