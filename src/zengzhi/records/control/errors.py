"""Refusals of control: a stable code and a sentence in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zengzhi.core.errors import ZengzhiError


class ReasonNeeded(ZengzhiError):
    """An act on the audit log needs a reason in words."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__(_("Say why, in a sentence: it goes on the audit log."))


class TooManyTries(ZengzhiError):
    """So many tries that the next one has to wait."""

    code = "too_many_tries"

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        minutes = -(-wait_s // 60)
        super().__init__(
            ngettext(
                "Too many tries. The next one counts in %(n)s minute.",
                "Too many tries. The next one counts in %(n)s minutes.",
                minutes,
            )
            % {"n": minutes}
        )
