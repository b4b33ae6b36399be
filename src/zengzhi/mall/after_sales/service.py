"""Refunds of the mall: every one is an after-sale. Before settlement the pool knows nothing of it;
after it the refund is a command, and the rule of the core decides.

Locks: the order, its products, members' purses. The pool's owner holds the pool's row before them.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zengzhi.core.errors import IdReused
from zengzhi.core.units import format_yuan
from zengzhi.mall.after_sales.commands import ask_for_refund, await_refund
from zengzhi.mall.errors import NotPossibleNow, NotRefundable
from zengzhi.mall.models import AfterSale, AfterSaleKind, AfterSaleState, Order
from zengzhi.mall.orders.placing import give_back_stock
from zengzhi.mall.orders.states import DeliveryAxis, PaymentAxis
from zengzhi.payments.paybacks import send_back
from zengzhi.records.bonuses.refunded import order_refunded
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import ask, done_at, wanted_of
from zengzhi.records.control.audit import note
from zengzhi.records.control.errors import ReasonNeeded
from zengzhi.records.control.models import Approval
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.holds import HoldKind, HoldState, must_move, note_done
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.members.models import User
from zengzhi.records.store import clock

REFUND = "refund"
WATCHED = timedelta(days=30)
"""How far back refunds of settled orders count against a member."""


def refund_order(
    order_pk: int,
    amount_fen: int | None,
    token: uuid.UUID,
    at: datetime,
    by: User | None = None,
    why: str = "",
    kind: str = AfterSaleKind.REFUND_ONLY,
) -> AfterSale:
    """Refund ``amount_fen`` (``None``: all that is left) of what was paid: an after-sale decided at
    once. The same token and content get the same answer.

    Above ``REFUND_BOUND_FEN``, or above ``REFUND_CAP`` refunds of settled orders by one member in
    30 days, it waits for a second person instead. Staff give a reason. Errors: ``reason_needed``,
    ``not_possible_now``, ``not_refundable``, ``id_reused``, and those of asking.
    """
    if by is not None and not why.strip():
        raise ReasonNeeded
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_pk)
        after_sale = AfterSale.objects.filter(token=token).first()
        if after_sale is not None:
            if after_sale.order_id != order.pk or amount_fen not in (None, after_sale.amount_fen):
                raise IdReused(after_sale.number)
        else:
            after_sale = _request(order, amount_fen, token, at, by, why, kind)
            if not _needs_two(after_sale, at):
                after_sale = _approve(after_sale, by, at)
            elif by is not None:
                ask_for(after_sale, by, why)
    return _answered(after_sale)


def _needs_two(after_sale: AfterSale, at: datetime) -> bool:
    order = after_sale.order
    often = order.is_settled and refunds_watched(order.member_id, at) > settings.REFUND_CAP
    return often or after_sale.amount_fen > settings.REFUND_BOUND_FEN


def ask_for(after_sale: AfterSale, by: User, why: str) -> Approval:
    """Ask for what waits. Errors: those of asking."""
    return ask(REFUND, f"after_sale:{after_sale.number}", {}, by, why)


def _answered(after_sale: AfterSale) -> AfterSale:
    """Committed and approved, a refund of a settled order is answered by the pool's owner."""
    if after_sale.state == AfterSaleState.APPROVED:
        await_refund(after_sale)
        after_sale.refresh_from_db()
    if after_sale.state == AfterSaleState.REFUSED:
        raise NotRefundable(after_sale.refusal)
    return after_sale


def _request(
    order: Order,
    amount_fen: int | None,
    token: uuid.UUID,
    at: datetime,
    by: User | None,
    why: str,
    kind: str,
) -> AfterSale:
    if order.payment != PaymentAxis.PAID:
        raise NotPossibleNow(order.get_state_display())
    left_fen = _left_fen(order)
    if not 0 < (left_fen if amount_fen is None else amount_fen) <= left_fen:
        raise NotRefundable(
            _("At most ¥%(left)s is left to refund.") % {"left": format_yuan(left_fen)}
        )
    return AfterSale.objects.create(
        number=f"{order.number}-R{order.after_sales.count() + 1}",
        order=order,
        token=token,
        kind=kind,
        amount_fen=left_fen if amount_fen is None else amount_fen,
        reason=why.strip()[:300],
        requested_by=by,
        requested_at=at,
    )


def _left_fen(order: Order) -> int:
    """What can still be asked back: also what others asked for and wait to get is gone."""
    on_the_way = order.after_sales.filter(
        state__in=(AfterSaleState.REQUESTED, AfterSaleState.APPROVED)
    )
    return order.left_fen - (on_the_way.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def _watched(at: datetime) -> QuerySet[AfterSale]:
    """After-sales of settled orders in the last 30 days, refused ones aside."""
    recent = AfterSale.objects.filter(requested_at__gt=at - WATCHED)
    return recent.exclude(state=AfterSaleState.REFUSED).exclude(order__settled_at=None)


def refunds_watched(member_pk: int, at: datetime) -> int:
    """How many of a member's settled orders came back in the last 30 days, or are to."""
    return _watched(at).filter(order__member_id=member_pk).count()


def frequent_refunders(at: datetime, most: int = 10) -> list[dict[str, Any]]:
    """Members with ``REFUND_ALERT`` of them or more, the most first: order and refund again and
    again lift the price of what a member holds, and the refund reserve bears it."""
    rows = (
        _watched(at)
        .values(member=F("order__member_id"), nickname=F("order__member__nickname"))
        .annotate(refunds=Count("pk"))
        .filter(refunds__gte=settings.REFUND_ALERT)
    )
    return list(rows.order_by("-refunds", "member")[:most])


def refund_approved(approval: Approval) -> str:
    """What waited goes back to the buyer, as two people want it.

    Errors: ``not_possible_now``, ``not_refundable``.
    """
    wanted_of(approval, REFUND)
    after_sale = _of_approval(approval)
    person = User.objects.get(pk=approval.decided_by_id or approval.asked_by_id)
    _approve(after_sale, person, done_at(approval))
    return f"{after_sale._meta.db_table}:{after_sale.pk}"


def refund_refused(approval: Approval) -> None:
    """What waited stays with the mall."""
    after_sale = _of_approval(approval)
    if after_sale.state == AfterSaleState.REQUESTED and approval.decided_by_id is not None:
        person = User.objects.get(pk=approval.decided_by_id)
        why = approval.decision or _("withdrawn")
        _refuse(after_sale, why, person, approval.decided_at or clock.now())


def _of_approval(approval: Approval) -> AfterSale:
    """The after-sale of an approval, its order locked."""
    number = approval.subject.removeprefix("after_sale:")
    order_pk = AfterSale.objects.get(number=number).order_id
    order = Order.objects.select_for_update().get(pk=order_pk)
    after_sale = AfterSale.objects.select_for_update().get(number=number)
    after_sale.order = order
    return after_sale


def _compare(subject: str, _wanted: Values) -> tuple[Values, Values]:
    rows = AfterSale.objects.select_related("order__member")
    after_sale = rows.get(number=subject.removeprefix("after_sale:"))
    order = after_sale.order
    if after_sale.state != AfterSaleState.REQUESTED:
        raise NotPossibleNow(after_sale.get_state_display())
    if order.payment != PaymentAxis.PAID or after_sale.amount_fen > order.left_fen:
        raise NotPossibleNow(order.get_state_display())
    refunded_fen = order.refunded_fen + after_sale.amount_fen
    return {"refunded_fen": order.refunded_fen}, {"refunded_fen": refunded_fen}


def _needed_two() -> Iterator[Result]:
    """After-sales that went back to the buyer and needed two: by their amount, or by how many of
    the member's settled orders had gone back in the 30 days before."""
    gone = AfterSale.objects.filter(state__in=(AfterSaleState.APPROVED, AfterSaleState.DONE))
    recent: dict[int, list[datetime]] = {}
    for row in gone.select_related("order").order_by("requested_at", "pk"):
        times = recent.setdefault(row.order.member_id, [])
        if row.after_settlement:
            times.append(row.requested_at)
        count = sum(at > row.requested_at - WATCHED for at in times)
        often = row.after_settlement and count > settings.REFUND_CAP
        if often or row.amount_fen > settings.REFUND_BOUND_FEN:
            yield Result(row._meta.db_table, str(row.pk), None)


def _words(subject: str) -> str:
    rows = AfterSale.objects.select_related("order__member")
    after_sale = rows.get(number=subject.removeprefix("after_sale:"))
    return f"{after_sale.number} · {after_sale.order.member}"


def _answered_later(approval: Approval) -> None:
    number = approval.subject.removeprefix("after_sale:")
    _answered(AfterSale.objects.select_related("order").get(number=number))


ACT = Approvable(
    name=REFUND,
    title=gettext_lazy("refund"),
    may_ask="mall.refund_order",
    may_approve="control.approve_money",
    compare=_compare,
    execute=refund_approved,
    results=_needed_two,
    then=_answered_later,
    refused=refund_refused,
    labels={"refunded_fen": gettext_lazy("refunded of the order")},
    words=_words,
)


def _refuse(after_sale: AfterSale, why: str, by: User, at: datetime) -> None:
    if not after_sale.move(AfterSaleState.REFUSED, refusal=why, decided_by=by, done_at=at):
        raise NotPossibleNow(after_sale.get_state_display())
    note(by, "after_sale_refused", after_sale.number, why)


def _approve(after_sale: AfterSale, by: User | None, at: datetime) -> AfterSale:
    """From approved on the refund is on its way; its order is locked."""
    order = after_sale.order
    approved = after_sale.move(
        AfterSaleState.APPROVED, decided_by=by, after_settlement=order.is_settled
    )
    if not approved:
        raise NotPossibleNow(after_sale.get_state_display())
    if by is not None:
        note(by, "refund", after_sale.number, after_sale.reason)
    if order.is_settled:
        ask_for_refund(after_sale, at)
        return after_sale
    _take_bonuses_back(after_sale, at)
    back_fen = _out_of_pending(after_sale, at)
    return _book(after_sale, back_fen, at)


def before_refund(number: str, at: datetime) -> None:
    """The pool is about to take a refund back: first the bonuses of the order give their part.
    In the owner's transaction."""
    after_sale = _locked(number)
    if after_sale is not None:
        _take_bonuses_back(after_sale, at)


def after_refund(number: str, refusal: str, back_fen: int, at: datetime) -> None:
    """The owner of the pool answered a refund, in this transaction."""
    after_sale = _locked(number)
    if after_sale is None:
        return
    if refusal:
        after_sale.move(AfterSaleState.REFUSED, refusal=refusal[:300], done_at=at)
    else:
        _book(after_sale, back_fen, at)


def _locked(number: str) -> AfterSale | None:
    """An approved after-sale, its order locked."""
    rows = AfterSale.objects.filter(number=number, state=AfterSaleState.APPROVED)
    after_sale = rows.first()
    if after_sale is not None:
        after_sale.order = Order.objects.select_for_update().get(pk=after_sale.order_id)
    return after_sale


def _take_bonuses_back(after_sale: AfterSale, at: datetime) -> None:
    """The order's bonuses follow its refunds by the same fractions."""
    order = after_sale.order
    refunded_fen = order.refunded_fen + after_sale.amount_fen
    order_refunded(order.number, refunded_fen, at, lock_also=[order.member_id])


def _out_of_pending(after_sale: AfterSale, at: datetime) -> int:
    """Before settlement: out of the orders' pending money; the order settles for the rest."""
    order = after_sale.order
    facts = {"order": order.number, "member": order.member_id}
    entry = Entry("refund", after_sale.number, at, values=facts)
    entry.money(Account(Kind.ORDERS_PENDING, order.pool_id), -after_sale.amount_fen)
    post([entry.money(Account(Kind.CLEARING, order.provider), after_sale.amount_fen)])
    return after_sale.amount_fen


def _book(after_sale: AfterSale, back_fen: int, at: datetime) -> AfterSale:
    """The order remembers its refund; its goods are for sale again when none has left, and the
    provider is asked to pay the buyer."""
    order = after_sale.order
    refunded_fen = order.refunded_fen + after_sale.amount_fen
    note_done(HoldKind.ORDER, order.number, refunded_fen)
    if refunded_fen == order.total_fen:
        must_move(HoldKind.ORDER, order.number, HoldState.VOID, at)
        order.move("payment", PaymentAxis.REFUNDED, refunded_fen=refunded_fen)
        if order.delivery == DeliveryAxis.WAITING:
            give_back_stock(order)
    else:
        Order.objects.filter(pk=order.pk).update(refunded_fen=refunded_fen)
        order.refresh_from_db()
    if back_fen > 0:
        send_back(after_sale.number, order.provider, order.payment_reference, back_fen, at)
    after_sale.move(AfterSaleState.DONE, done_at=at)
    after_sale.order = order
    return after_sale
