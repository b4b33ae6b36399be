"""Refunds (退款): a pending order is undone wholly, a settled one by the rule of the core."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from zengzhi.core.economy.events import Refund
from zengzhi.core.units import format_yuan
from zengzhi.mall.errors import NotPossibleNow, NotRefundable
from zengzhi.mall.models import PENDING_STATES, Order, OrderState, Product
from zengzhi.mall.parties import of_refund
from zengzhi.records.bonuses.service import order_refunded
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.settlement.models import Event
from zengzhi.records.settlement.settle import event_name, settle_one


def refund_order(order_pk: int, amount_fen: int | None, token: uuid.UUID, at: datetime) -> Order:
    """Refund ``amount_fen`` (``None``: all that is left) of what was paid; once per token.

    Pending: only in full; the money goes back through its provider and the pool knows nothing of
    it. Settled: the core burns the points by count, and what the lot had paid out is set off.
    Errors: ``not_possible_now``, ``not_refundable``.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_pk)
        event_id = event_name("refund", token)
        done = Event.objects.filter(pool_id=order.pool_id, event_id=event_id, error="").first()
        if done is not None and done.target == order.number:
            return order
        if done is not None:
            raise NotRefundable(_("This form was used for another order."))
        left_fen = order.total_fen - order.refunded_fen
        if order.state not in {*PENDING_STATES, OrderState.SETTLED}:
            raise NotPossibleNow(order.get_state_display())
        if amount_fen is not None and not 0 < amount_fen <= left_fen:
            raise NotRefundable(
                _("At most ¥%(left)s is left to refund.") % {"left": format_yuan(left_fen)}
            )
        if order.state != OrderState.SETTLED:
            return _undo_pending(order, amount_fen, at)
        return _refund_settled(order, amount_fen or left_fen, event_id, at)


def _undo_pending(order: Order, amount_fen: int | None, at: datetime) -> Order:
    if amount_fen not in (None, order.total_fen):
        raise NotRefundable(_("Before it settles an order is refunded in full."))
    entry = Entry("refund", order.number, at)
    entry.money(Account(Kind.ORDERS_PENDING, order.pool_id), -order.total_fen)
    entry.money(Account(Kind.CLEARING, order.provider), order.total_fen)
    post([entry])
    if order.state == OrderState.PAID:
        for line in order.lines.all():
            Product.objects.filter(pk=line.product_id).update(
                stock=F("stock") + line.quantity, sold=F("sold") - line.quantity
            )
    order.state, order.refunded_fen = OrderState.REFUNDED, order.total_fen
    order.save(update_fields=["state", "refunded_fen"])
    order_refunded(order.number, order.refunded_fen, at)
    return order


def _refund_settled(order: Order, amount_fen: int, event_id: str, at: datetime) -> Order:
    event = Refund(event_id, order.number, amount_fen)
    reply = settle_one(order.pool_id, event, at, of_refund(order))
    if not reply.ok:
        raise NotRefundable(reply.message)
    order.refunded_fen += amount_fen
    if order.refunded_fen == order.total_fen:
        order.state = OrderState.REFUNDED
    order.save(update_fields=["state", "refunded_fen"])
    order_refunded(order.number, order.refunded_fen, at)
    return order
