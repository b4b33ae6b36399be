"""Refusals in the reader's words: what is wrong, by how much, and what works."""

from django.utils.translation import gettext as _

from zengzhi.core.errors import InsufficientPoints, InvalidAmount, ZengzhiError
from zengzhi.core.units import format_points
from zengzhi.doors.shared.templatetags.zengzhi_tags import grouped_yuan, moment
from zengzhi.mall.errors import MallError
from zengzhi.records.intake.refusals import DailyPayoutLimit, DailySaleLimit, PriceMoved
from zengzhi.records.settlement.holdings import PointsLocked
from zengzhi.records.wallet.errors import WalletError


def short_points(units: int) -> str:
    """Points as one would say them: no trailing zeros."""
    return format_points(units).rstrip("0").rstrip(".")


def explain(error: ZengzhiError) -> str:
    """The sentence for a refusal, in the language of the request."""
    match error:
        case MallError() | WalletError():
            return error.message
        case InvalidAmount():
            return _(
                "Enter a number of points above 0 in plain digits, with at most 8 decimals, "
                "such as 12.5."
            )
        case InsufficientPoints() if error.held_units:
            return _("%(over)s too many. You can sell at most %(held)s.") % {
                "over": short_points(error.asked_units - error.held_units),
                "held": short_points(error.held_units),
            }
        case InsufficientPoints():
            return _("You hold no points to sell.")
        case PointsLocked():
            return _("%(free)s points can be sold now, more from %(until)s.") % {
                "free": short_points(error.sellable_units),
                "until": moment(error.until),
            }
        case DailySaleLimit():
            return _("Today you can still sell %(left)s points. More from tomorrow.") % {
                "left": short_points(error.left_units)
            }
        case DailyPayoutLimit():
            return _("Today the pool still pays ¥%(left)s for sales. More from tomorrow.") % {
                "left": grouped_yuan(error.left_fen)
            }
        case PriceMoved():
            return _(
                "Nothing was sold: the payout would now be ¥%(now)s instead of ¥%(then)s. "
                "Check the new quote."
            ) % {"now": grouped_yuan(error.payout_fen), "then": grouped_yuan(error.quoted_fen)}
        case _:
            return {
                "unknown_order": _("There is no such lot among yours."),
                "unknown_member": _("You hold no points to sell."),
                "limit_exceeded": _("This is more than one order can take."),
                "id_reused": _("This form was sent before with other content. Open it again."),
                "bad_callback": _("The payment could not be confirmed. No money moved."),
            }.get(error.code, _("This could not be done. Nothing was changed."))
