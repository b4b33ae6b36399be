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


class BadName(MemberError):
    """A name to sign in with that is no name."""

    code = "bad_name"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Use 2 to 40 letters of the Latin alphabet or Chinese characters, digits, dots and "
                "dashes, in their plain width."
            )
        )


class ReservedName(MemberError):
    """A name that would speak for the mall."""

    code = "reserved_name"

    def __init__(self) -> None:
        super().__init__(_("This name is kept for the mall itself. Choose another one."))


class NameTaken(MemberError):
    """Somebody has this name, or one that reads like it."""

    code = "name_taken"

    def __init__(self) -> None:
        super().__init__(_("This name, or one that reads like it, is taken. Choose another one."))


class BadLink(MemberError):
    """A one-time link that is wrong, used or too old."""

    code = "bad_link"

    def __init__(self) -> None:
        super().__init__(_("This link was used already, is too old, or was never one of ours."))


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
