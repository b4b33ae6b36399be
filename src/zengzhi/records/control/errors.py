"""Refusals of control: a stable code and a sentence in the reader's language."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.store import clock


class ReasonNeeded(ZengzhiError):
    """An act on the audit log needs a reason in words."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__(_("Say why, in a sentence: it goes on the audit log."))


class ApprovalError(ZengzhiError):
    """Base of the refusals of approvals."""

    code = "approval"


class SecondPersonNeeded(ApprovalError):
    """Four eyes: who asked cannot approve."""

    code = "second_person_needed"

    def __init__(self) -> None:
        super().__init__(_("You asked for this, so somebody else has to decide it."))


class NotPresent(ApprovalError):
    """The person named is not the one who is signed in to the back office."""

    code = "not_present"

    def __init__(self) -> None:
        super().__init__(_("This is done in the back office, by the person who is signed in."))


class NotYours(ApprovalError):
    """Somebody else asked for it."""

    code = "not_yours"

    def __init__(self) -> None:
        super().__init__(_("Somebody else asked for this."))


class RightMissing(ApprovalError):
    """One of the two has not, or no longer, the right for it."""

    code = "right_missing"

    def __init__(self) -> None:
        super().__init__(_("The right for this is missing, or no longer there."))


class CoolingDown(ApprovalError):
    """One of the two has a new password or new rights."""

    code = "cooling_down"

    def __init__(self, until: datetime) -> None:
        when = clock.local(until).strftime("%Y-%m-%d %H:%M")
        super().__init__(
            _("After a new password or new rights this is possible from %(when)s on.")
            % {"when": when}
        )


class NothingChanges(ApprovalError):
    """What is asked for is so already."""

    code = "nothing_changes"

    def __init__(self) -> None:
        super().__init__(_("That is how it is already: nothing would change."))


class ApprovalOver(ApprovalError):
    """It was decided, withdrawn, has run out, or is not signed for yet."""

    code = "approval_over"

    def __init__(self) -> None:
        super().__init__(_("This cannot be decided any more, or not yet."))


class ApprovalStale(ApprovalError):
    """The thing changed since it was asked for."""

    code = "approval_stale"

    def __init__(self) -> None:
        super().__init__(_("The thing has changed since this was asked for. Ask again."))


class NotRipe(ApprovalError):
    """Time has not decided it yet."""

    code = "not_ripe"

    def __init__(self) -> None:
        super().__init__(_("This has to wait longer."))


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
