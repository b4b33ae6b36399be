"""Refusals of the owner of a pool, with the numbers that explain them: stored and read again."""

import json
from datetime import datetime

from zengzhi.core.errors import InsufficientPoints, ZengzhiError
from zengzhi.core.units import format_points, format_yuan
from zengzhi.records.settlement.holdings import PointsLocked
from zengzhi.records.settlement.refusals import Refused


class PriceMoved(ZengzhiError):
    """The payout would now be below the quoted one; nothing was sold."""

    code = "price_moved"

    def __init__(self, quoted_fen: int, payout_fen: int) -> None:
        super().__init__(f"quoted {format_yuan(quoted_fen)}, now {format_yuan(payout_fen)}")
        self.quoted_fen = quoted_fen
        self.payout_fen = payout_fen


class DailySaleLimit(ZengzhiError):
    """More than a member may sell in a day (spec 1.5.1)."""

    code = "daily_sale_limit"

    def __init__(self, left_units: int) -> None:
        super().__init__(f"{format_points(left_units)} points are left of today's limit")
        self.left_units = left_units


class DailyPayoutLimit(ZengzhiError):
    """More than the pool pays for sales in a day (spec 6.2)."""

    code = "daily_payout_limit"

    def __init__(self, left_fen: int) -> None:
        super().__init__(f"{format_yuan(left_fen)} are left of what the pool pays today")
        self.left_fen = left_fen


class InsufficientFunds(ZengzhiError):
    """The account that would pay holds less."""

    code = "insufficient_funds"

    def __init__(self, asked_fen: int, held_fen: int) -> None:
        super().__init__(f"{format_yuan(asked_fen)} asked, {format_yuan(held_fen)} held")
        self.asked_fen = asked_fen
        self.held_fen = held_fen


KNOWN: dict[str, type[ZengzhiError]] = {
    kind.code: kind
    for kind in (
        PriceMoved,
        DailySaleLimit,
        DailyPayoutLimit,
        InsufficientFunds,
        InsufficientPoints,
        PointsLocked,
    )
}


def numbers_of(error: ZengzhiError) -> str:
    """The numbers of a refusal as JSON, "" for one that has none."""
    if error.code not in KNOWN:
        return ""
    return json.dumps(
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(error).items()
        }
    )


def refusal_of(code: str, message: str, numbers: str) -> ZengzhiError:
    """The refusal as it was, from what is stored."""
    if code not in KNOWN:
        return Refused(code, message)
    values = {
        name: datetime.fromisoformat(value) if isinstance(value, str) else value
        for name, value in json.loads(numbers).items()
    }
    return KNOWN[code](**values)
