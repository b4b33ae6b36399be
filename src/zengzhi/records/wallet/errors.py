"""Refusals of the wallet: a stable code, the numbers, and a sentence in the reader's language."""

from datetime import datetime

from django.utils.translation import gettext as _

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.store import clock


def yuan(fen: int) -> str:
    """¥1,234.50 in a sentence."""
    return f"¥{fen // 100:,}.{fen % 100:02d}"


class WalletError(ZengzhiError):
    """Base of the wallet's refusals; a refused verb changes nothing."""

    code = "wallet"


class BadAmount(WalletError):
    """Not an amount of money."""

    code = "invalid_amount"

    def __init__(self) -> None:
        super().__init__(
            _("Enter an amount above 0 in plain digits, with at most 2 decimals, such as 12.50.")
        )


class MoreThanAvailable(WalletError):
    """More than the available balance."""

    code = "insufficient_balance"

    def __init__(self, asked_fen: int, available_fen: int) -> None:
        if available_fen:
            text = _("%(over)s too much. You can withdraw at most %(held)s.") % {
                "over": yuan(asked_fen - available_fen),
                "held": yuan(available_fen),
            }
        else:
            text = _("There is nothing to withdraw yet.")
        super().__init__(text)
        self.asked_fen = asked_fen
        self.available_fen = available_fen


class BelowMinimum(WalletError):
    """Less than one withdrawal must be."""

    code = "below_minimum"

    def __init__(self, minimum_fen: int) -> None:
        super().__init__(_("One withdrawal is at least %(fen)s.") % {"fen": yuan(minimum_fen)})


class AboveMaximum(WalletError):
    """More than one withdrawal may be."""

    code = "above_maximum"

    def __init__(self, maximum_fen: int) -> None:
        super().__init__(_("One withdrawal is at most %(fen)s.") % {"fen": yuan(maximum_fen)})


class DailyLimit(WalletError):
    """More than may be withdrawn in a day."""

    code = "daily_limit"

    def __init__(self, left_fen: int) -> None:
        if left_fen:
            text = _("Today you can still withdraw %(left)s. More from tomorrow.") % {
                "left": yuan(left_fen)
            }
        else:
            text = _("Today's limit is reached. You can withdraw again from tomorrow.")
        super().__init__(text)
        self.left_fen = left_fen


class DailyCount(WalletError):
    """Too many withdrawals in a day."""

    code = "daily_count"

    def __init__(self, count: int) -> None:
        super().__init__(
            _("You can withdraw %(count)s times a day. You can again from tomorrow.")
            % {"count": count}
        )


class NothingLeft(WalletError):
    """Fee and tax take all of it."""

    code = "nothing_left"

    def __init__(self) -> None:
        super().__init__(_("Nothing would arrive after fee and tax. Withdraw a larger amount."))


class OwesDebt(WalletError):
    """A member who owes cannot withdraw."""

    code = "owes_debt"

    def __init__(self, debt_fen: int) -> None:
        super().__init__(
            _("%(debt)s is still to be set off. You can withdraw after that.")
            % {"debt": yuan(debt_fen)}
        )


class NoPayee(WalletError):
    """No such account of this member."""

    code = "no_payee"

    def __init__(self) -> None:
        super().__init__(_("Choose one of your accounts to receive the money."))


class Cooling(WalletError):
    """The account was added or changed too recently."""

    code = "cooling"

    def __init__(self, usable_from: datetime) -> None:
        local = clock.local(usable_from)
        super().__init__(
            _("This account was changed recently. It can be used from %(at)s.")
            % {"at": f"{local:%Y-%m-%d %H:%M}"}
        )
        self.usable_from = usable_from


class JustReset(WalletError):
    """The password was set by a link a short while ago."""

    code = "just_reset"

    def __init__(self, until: datetime) -> None:
        local = clock.local(until)
        super().__init__(
            _("The password of this account was set by a link. It pays and approves from %(at)s.")
            % {"at": f"{local:%Y-%m-%d %H:%M}"}
        )
        self.until = until


class QuoteMoved(WalletError):
    """Less would arrive now than was shown."""

    code = "quote_moved"

    def __init__(self, then_fen: int, now_fen: int) -> None:
        super().__init__(
            _("Nothing was withdrawn: %(now)s would arrive now instead of %(then)s. Check again.")
            % {"now": yuan(now_fen), "then": yuan(then_fen)}
        )


class ChannelNotConfigured(WalletError):
    """Money can only be paid through a channel that this installation has."""

    code = "channel_not_configured"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("The payout channel “%(name)s” is not configured. Nothing was paid.") % {"name": name}
        )
        self.name = name


class IllegalStep(WalletError):
    """The state does not allow this step."""

    code = "illegal_step"

    def __init__(self, state: str) -> None:
        super().__init__(
            _("Not possible any more: the withdrawal is in the state “%(state)s”.")
            % {"state": state}
        )


class SamePerson(WalletError):
    """Who approved a withdrawal neither pays it nor books its result (四眼)."""

    code = "same_person"

    def __init__(self) -> None:
        super().__init__(_("You approved this one, so a colleague pays it and books the result."))


class TwoDecide(WalletError):
    """Its payout is asked for, and another person approves it in the approvals."""

    code = "two_decide"

    def __init__(self, threshold_fen: int) -> None:
        super().__init__(
            _("Above %(fen)s who pays asks for the payout, and somebody else approves it.")
            % {"fen": yuan(threshold_fen)}
        )


class NotStaff(WalletError):
    """Only active staff decide on withdrawals."""

    code = "not_staff"

    def __init__(self) -> None:
        super().__init__(_("Only staff can do this."))


class OwnMoney(WalletError):
    """Nobody decides on their own withdrawal."""

    code = "own_money"

    def __init__(self) -> None:
        super().__init__(_("This is your own withdrawal. A colleague has to decide on it."))


class ReasonNeeded(WalletError):
    """The member must be told why."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__(_("Say why: the member reads this reason."))


class PayeeRetired(WalletError):
    """The member has since removed or changed the account."""

    code = "payee_retired"

    def __init__(self) -> None:
        super().__init__(
            _("The member has changed or removed this account since. Reject the withdrawal.")
        )


class WrongChannel(WalletError):
    """The channel does not pay to this kind of account, or did not pay this withdrawal."""

    code = "wrong_channel"

    def __init__(self) -> None:
        super().__init__(_("This channel does not fit the withdrawal."))


class BadPayee(WalletError):
    """An account's field that cannot be right."""

    code = "bad_payee"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
