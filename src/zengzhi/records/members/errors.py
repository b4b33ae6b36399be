"""Refusals about members: a stable code and a sentence in the reader's language."""

from django.utils.translation import gettext as _

from zengzhi.core.errors import ZengzhiError


class MemberError(ZengzhiError):
    """Base of these refusals."""

    code = "member"


class UnknownInvitation(MemberError):
    """No member has this invitation code."""

    code = "unknown_invitation"

    def __init__(self) -> None:
        super().__init__(_("Nobody has this invitation code. Check it, or leave the field empty."))


class OwnSponsor(MemberError):
    """Somebody would sponsor themselves."""

    code = "own_sponsor"

    def __init__(self) -> None:
        super().__init__(_("Nobody can invite themselves."))


class SponsorCycle(MemberError):
    """The sponsor stands below the member."""

    code = "sponsor_cycle"

    def __init__(self) -> None:
        super().__init__(_("This member is in your own team, so cannot be your sponsor."))


class SponsorFixed(MemberError):
    """The member has a sponsor already, or has paid an order."""

    code = "sponsor_fixed"

    def __init__(self) -> None:
        super().__init__(_("The sponsor can no longer be chosen or changed."))


class RegionTaken(MemberError):
    """The region has an agent in this period."""

    code = "region_taken"

    def __init__(self) -> None:
        super().__init__(_("The region already has an agent in this period."))


class UnknownRegion(MemberError):
    """No such region, or a level that does not exist there."""

    code = "unknown_region"

    def __init__(self) -> None:
        super().__init__(_("There is no such region that can have an agent."))


class NotNow(MemberError):
    """The thing is not in the state this act needs."""

    code = "not_now"

    def __init__(self) -> None:
        super().__init__(_("This was done already or is not possible in this state."))
