"""The refusal behind an error number of a batch, with the words of the reference."""

from zengzhi.core.economy.refund import more_than_left
from zengzhi.core.errors import (
    AlreadyRefunded,
    InsufficientPoints,
    InvalidAmount,
    LimitExceeded,
    PoolClosed,
    UnknownMember,
    UnknownOrder,
    ZengzhiError,
)
from zengzhi.core.kernel import layout as at


def refusal(number: int, detail: int, amount: int, member: str, order: str) -> ZengzhiError:
    """The refusal of one event: its error number and detail, and what it said."""
    match number:
        case at.LIMIT_ORDER:
            return LimitExceeded("the order", "100000000 yuan")
        case at.LIMIT_POOL:
            return LimitExceeded("the pool", "2^53 fen")
        case at.LIMIT_OUTSTANDING:
            return LimitExceeded("the points in circulation", "2^60 units")
        case at.POOL_CLOSED:
            return PoolClosed()
        case at.UNKNOWN_MEMBER:
            return UnknownMember(member)
        case at.UNKNOWN_ORDER:
            return UnknownOrder(order)
        case at.ALREADY_REFUNDED:
            return AlreadyRefunded(order)
        case at.INSUFFICIENT_POINTS:
            return InsufficientPoints(max(amount, 0), detail)
    if detail:
        return more_than_left(amount, detail)
    return InvalidAmount(str(amount), "an amount above 0")
