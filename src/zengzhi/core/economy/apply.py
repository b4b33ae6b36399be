"""Apply one event: its verb, then the exits it makes due, then the sweep of an empty pool."""

from zengzhi.core.economy.empty_pool import sweep_if_empty
from zengzhi.core.economy.events import (
    Convert,
    Event,
    Expire,
    Grant,
    Order,
    Refund,
    Sell,
    Subsidise,
    WindDown,
)
from zengzhi.core.economy.forced_exit import run_exits
from zengzhi.core.economy.funding import grant, subsidise
from zengzhi.core.economy.pool import Economy, Outcome
from zengzhi.core.economy.refund import refund
from zengzhi.core.economy.sale import convert, expire, sell
from zengzhi.core.economy.settle_order import settle_order
from zengzhi.core.economy.wind_down import wind_down


def _verb(economy: Economy, event: Event) -> Outcome:
    match event:
        case Order():
            return settle_order(economy, event.id, event.member, event.paid_fen, event.split)
        case Sell():
            return sell(economy, event.member, event.units, event.order)
        case Subsidise():
            return subsidise(economy, event.amount_fen)
        case Grant():
            return grant(economy, event.id, event.member, event.amount_fen)
        case Convert():
            return convert(economy, event.member, event.units)
        case Refund():
            return refund(economy, event.order, event.amount_fen)
        case Expire():
            return expire(economy, event.member, event.units)
        case WindDown():
            return wind_down(economy)


def apply(economy: Economy, event: Event) -> Outcome:
    """Apply an event atomically. A refused one raises a ``ZengzhiError`` and changes nothing."""
    return finish(economy, _verb(economy, event))


def finish(economy: Economy, outcome: Outcome) -> Outcome:
    """What follows a verb: the exits that it makes due, the sweep."""
    outcome.exits += run_exits(economy)
    outcome.swept_fen = sweep_if_empty(economy)
    return outcome
