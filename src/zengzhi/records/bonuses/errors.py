"""Refusals about plans and dividends: a stable code and a sentence in the reader's language."""

from django.utils.translation import gettext as _

from zengzhi.core.errors import ZengzhiError


class BonusError(ZengzhiError):
    """Base of these refusals."""

    code = "bonus"


class PlanStopped(BonusError):
    """A finding stops the plan."""

    code = "plan_stopped"

    def __init__(self, codes: list[str]) -> None:
        super().__init__(
            _("Findings stop this plan: %(codes)s. Change the draft and check it again.")
            % {"codes": ", ".join(codes)}
        )


class AcknowledgementNeeded(BonusError):
    """The plan pays in a way that a second person has to sign for first."""

    code = "acknowledgement_needed"

    def __init__(self, codes: list[str]) -> None:
        super().__init__(
            _("First a second person has to acknowledge: %(codes)s.") % {"codes": ", ".join(codes)}
        )


class PastMoment(BonusError):
    """A plan begins now or later, never in the past."""

    code = "past_moment"

    def __init__(self) -> None:
        super().__init__(_("A plan can begin now or later, not in the past."))


class NoDividend(BonusError):
    """Nothing to distribute, or nobody to distribute it to."""

    code = "no_dividend"

    def __init__(self) -> None:
        super().__init__(_("The dividend pool is empty, or nobody holds shares with a weight."))


class BadPeriod(BonusError):
    """Not a month that is over, or its run exists."""

    code = "bad_period"

    def __init__(self) -> None:
        super().__init__(_("Choose a month that is over and has no run yet, such as 2026-10."))


class NothingToMove(BonusError):
    """No unallocated rest."""

    code = "nothing_to_move"

    def __init__(self) -> None:
        super().__init__(_("Nothing is unallocated now."))
