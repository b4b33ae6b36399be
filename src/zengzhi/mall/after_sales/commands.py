"""The command that takes a refund of a settled order back out of the pool, and its answer."""

from datetime import datetime

from django.db.models import Sum

from zengzhi.core.economy.events import Refund
from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.models import AfterSale
from zengzhi.mall.orders.money import MERCHANT
from zengzhi.records.intake.commands import Answer, submit
from zengzhi.records.intake.models import Command
from zengzhi.records.intake.owner import ask
from zengzhi.records.ledger.batches import row_id
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.models import Leg
from zengzhi.records.settlement.parties import Parties


def ask_for_refund(after_sale: AfterSale, at: datetime) -> Command:
    """The command that takes a refund of a settled order back out of the pool, in the transaction
    that approves it. The money goes out through the order's provider."""
    order = after_sale.order
    event = Refund(after_sale.number, order.number, after_sale.amount_fen)
    parties = Parties(MERCHANT, Account(Kind.CLEARING, order.provider))
    return submit(order.pool_id, event, at, parties, submitted_by=after_sale.decided_by_id)


def await_refund(after_sale: AfterSale) -> Answer:
    """Have the committed command of an after-sale answered."""
    pool_pk = after_sale.order.pool_id
    return ask(Command.objects.get(pool_id=pool_pk, event_id=after_sale.number))


def back_fen(command: Command, answer: Answer) -> int:
    """How much of a refund goes back to the buyer through the order's provider."""
    if isinstance(answer, ZengzhiError):
        return 0
    legs = Leg.objects.filter(
        transaction_id=row_id(command.pool_id, answer.sequence), kind=Kind.CLEARING
    )
    return int(legs.aggregate(fen=Sum("amount"))["fen"] or 0)
