"""Refusals of control: a stable code and a sentence in the reader's language."""

from django.utils.translation import gettext as _

from zengzhi.core.errors import ZengzhiError


class ReasonNeeded(ZengzhiError):
    """An act on the audit log needs a reason in words."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__(_("Say why, in a sentence: it goes on the audit log."))
