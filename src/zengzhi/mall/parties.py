"""The parties of the mall's events: its merchant, the pending orders, the provider of a payment."""

from zengzhi.mall.models import Order
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.settlement.parties import Parties

MERCHANT = 1
"""The mall's own merchant."""


def of_order(order: Order) -> Parties:
    """An order settles out of its pool's pending money; its cost part goes to the merchant."""
    pending = Account(Kind.ORDERS_PENDING, order.pool_id)
    return Parties(Account(Kind.MERCHANT, MERCHANT), pending)


def of_refund(order: Order) -> Parties:
    """A settled order is refunded through its provider; the merchant gives the cost part back."""
    return Parties(Account(Kind.MERCHANT, MERCHANT), Account(Kind.CLEARING, order.provider))
