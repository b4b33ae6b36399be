"""The sentence behind an error number of the core's batches."""

from zengzhi.core.economy.refund import more_than_left
from zengzhi.core.errors import (
    AlreadyRefunded,
    InsufficientPoints,
    InvalidAmount,
    LimitExceeded,
    UnknownMember,
    UnknownOrder,
    ZengzhiError,
)
from zengzhi.core.kernel import layout as at
from zengzhi.records.settlement.incoming import Incoming


class Refused(ZengzhiError):
    """A pool's own refusal, as it answered: code and sentence are the stored ones."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # of this refusal, not of the class


def refusal(events: Incoming, row: int, number: int, detail: int) -> ZengzhiError:
    """The refusal of the event of a row, with the words of the reference."""
    amount = int(events.amount[row])
    match number:
        case at.LIMIT_ORDER:
            return LimitExceeded("the order", "100000000 yuan")
        case at.LIMIT_POOL:
            return LimitExceeded("the pool", "2^53 fen")
        case at.LIMIT_OUTSTANDING:
            return LimitExceeded("the points in circulation", "2^60 units")
        case at.UNKNOWN_MEMBER:
            return UnknownMember(str(events.member[row]))
        case at.UNKNOWN_ORDER:
            return UnknownOrder(events.targets.get(row, ""))
        case at.ALREADY_REFUNDED:
            return AlreadyRefunded(events.targets.get(row, ""))
        case at.INSUFFICIENT_POINTS:
            return InsufficientPoints(max(amount, 0), detail)
    if detail:
        return more_than_left(amount, detail)
    return InvalidAmount(str(amount), "an amount above 0")
