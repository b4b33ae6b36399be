"""Two people of the demo: what needs both is asked for by one and approved by the other, as the
office would say it of their sessions."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from zengzhi.mall.after_sales.service import refund_order
from zengzhi.mall.models import AfterSaleState
from zengzhi.records.control.approvals.presence import present
from zengzhi.records.control.approvals.service import approve, ask
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.store import clock


@contextmanager
def speaking(by: User, at: datetime) -> Iterator[None]:
    """For a while this person is signed in, at a moment."""
    with clock.at(at), present(by.pk, f"demo session of {by.pk}"):
        yield


def asked(
    act: str, subject: str, wanted: Mapping[str, Any], by: User, why: str, at: datetime
) -> Approval:
    """One asks, at a moment."""
    with speaking(by, at):
        return ask(act, subject, wanted, by, why)


def decided(row: Approval, by: User, at: datetime) -> Approval:
    """Another one approves, a minute after a moment."""
    with speaking(by, at + timedelta(minutes=1)):
        return approve(row.pk, row.digest, by)


def refunded(
    order_pk: int, fen: int | None, token: uuid.UUID, people: tuple[User, User], why: str
) -> None:
    """One refunds; where it needs two, the other approves."""
    one, other = people
    with present(one.pk, f"demo session of {one.pk}"):
        after_sale = refund_order(order_pk, fen, token, clock.now(), by=one, why=why)
    if after_sale.state == AfterSaleState.REQUESTED:
        row = Approval.objects.get(subject=f"after_sale:{after_sale.number}")
        decided(row, other, clock.now())
