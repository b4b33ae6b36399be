"""Bonuses in the reader's words: the state, the sum, why it is nothing."""

from datetime import date

from django import template
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zengzhi.core import regions
from zengzhi.records.bonuses.models import BonusKind, LineState
from zengzhi.records.bonuses.team import Shown

register = template.Library()


@register.filter
def bonus_state(bonus: Shown) -> str:
    """Pending, available, reversed, not received."""
    return {
        LineState.PENDING: _("Pending"),
        LineState.AVAILABLE: capfirst(_("available")),
        LineState.REVERSED: _("Taken back"),
        LineState.NOTHING: _("Not received"),
    }[bonus.state]


@register.filter
def bonus_sum(bonus: Shown) -> str:
    """Rate × base = amount, in the language of the request."""
    english = (get_language() or "").startswith("en")
    return capfirst(bonus.sum_text[0]) if english else bonus.sum_text[1]


@register.filter
def bonus_reason(bonus: Shown) -> str:
    """Why it is nothing, in a sentence."""
    agents = {
        BonusKind.DISTRICT_AGENT: _("district agent"),
        BonusKind.CITY_AGENT: _("city agent"),
        BonusKind.PROVINCE_AGENT: _("province agent"),
    }
    match bonus.reason:
        case "suspended":
            return _("Your bonuses were suspended when the order was paid.")
        case "own_order":
            return _("It was your own order; nobody is paid on their own order.")
        case "budget" | "budget_used":
            return _("The order's distribution budget was used up before this bonus.")
        case "not_agent":
            return _("The delivery is in %(region)s, and you are not its %(agent)s.") % {
                "region": bonus.detail,
                "agent": agents.get(bonus.kind, ""),
            }
        case "unmapped":
            return _("The delivery address names no district, so no agent is paid.")
        case "target_missed":
            return _("Your team's sales of the month had not reached the target of the plan.")
        case "no_plan":
            return _("No bonus plan was active when the order was paid.")
        case "kind_off" | "generation_not_paid":
            return _("The plan of that moment does not pay this kind.")
        case "no_rank":
            return _("This kind skips members without a rank, and you had none then.")
        case "not_sponsor" | "not_above":
            return _("You did not stand above the buyer when the order was paid.")
        case "under_a_fen":
            return _("The order is so small that the bonus is less than one fen.")
        case _:
            return ""


@register.filter
def month_name(month: date) -> str:
    """6月, or June."""
    english = (get_language() or "").startswith("en")
    return f"{month:%B}" if english else f"{month.month}月"


@register.filter
def region_name(code: str) -> str:
    """A region with its parents: 浙江省杭州市西湖区."""
    return regions.full_name(code)
