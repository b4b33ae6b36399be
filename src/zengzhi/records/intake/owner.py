"""The owner of a pool: answers what waits, in the order it came, in transactions of its own.

One at a time: whoever holds the lock on the pool's row is the owner. In a web process it runs right
after the commit of a command, in production beside it the settler takes what waits, up to a cap.
What follows from a reply (bonuses, an after-sale) is written in the owner's transaction, by whoever
is above and said so once, at the start.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import OperationalError
from django.db.models import F

from zengzhi.core.economy.events import (
    Convert,
    Event,
    Expire,
    Grant,
    Refund,
    Sell,
    Subsidise,
    WindDown,
)
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.units import Fen, PointUnits
from zengzhi.records.intake.commands import Answer, answer_of
from zengzhi.records.intake.conditions import check_funds, sale_units
from zengzhi.records.intake.models import Command, Refusal, Waiting
from zengzhi.records.intake.refusals import numbers_of
from zengzhi.records.intake.rest import bring_back
from zengzhi.records.settlement.models import Lot, Op
from zengzhi.records.settlement.parties import parties_from_text
from zengzhi.records.settlement.replies import Reply
from zengzhi.records.settlement.settle import Owner, Request, owning
from zengzhi.records.store import clock

logger = logging.getLogger(__name__)
CAP = 500
"""Commands at one go at most."""


@dataclass(frozen=True, slots=True)
class Follower:
    """What the room above does in the owner's transaction with commands of one verb."""

    before: Callable[[Command], None]
    """The pool will accept the command: what must stand in the journal first."""
    after: Callable[[Command, Answer], None]
    """The command is answered."""


_followers: dict[int, Follower] = {}


def follow(op: Op, follower: Follower) -> None:
    """Say who follows the commands of a verb."""
    _followers[op] = follower


def ask(command: Command) -> Answer:
    """Have a committed command answered, now, by this process as the pool's owner."""
    for act in (lambda: None, partial(answer_waiting, command.pool_id), partial(_mine, command)):
        act()
        answer = answer_of(command)
        if answer is not None:
            return answer
    raise RuntimeError(f"command {command.event_id} neither waits nor has a reply")


def _mine(command: Command) -> None:
    """Answer this one by itself. Errors: whatever its owner failed with."""
    _answer(command.pool_id, command.pk)


def reply_to(command: Command) -> Reply:
    """Have a committed command answered. Errors: whatever the owner refused it with."""
    answer = ask(command)
    if isinstance(answer, ZengzhiError):
        raise answer
    return answer


def answer_waiting(pool_pk: int, cap: int = CAP) -> int:
    """Answer what waits for a pool, up to the cap; how many. Each has a transaction of its own:
    whose purses a command moves is known once the economy has applied it, and within one
    transaction they are locked in one order. One that its owner cannot answer is in nobody's way.

    Errors: the failure of a command that waits alone.
    """
    alone = Waiting.objects.filter(pool_id=pool_pk).count() == 1
    tried: list[int] = []
    answered = 0
    while answered < cap and (pk := _next(pool_pk, tried)) is not None:
        tried.append(pk)
        answered += _answer(pool_pk, pk) if alone else _tried(pool_pk, pk)
    return answered


def _next(pool_pk: int, tried: Sequence[int]) -> int | None:
    rows = Waiting.objects.filter(pool_id=pool_pk).exclude(pk__in=tried)
    return rows.order_by("failures", "pk").values_list("pk", flat=True).first()


def _tried(pool_pk: int, pk: int) -> bool:
    try:
        return _answer(pool_pk, pk)
    except OperationalError:
        raise
    except Exception:
        logger.exception("pool %s: command %s could not be answered", pool_pk, pk)
        Waiting.objects.filter(pk=pk).update(failures=F("failures") + 1)
        return False


def _answer(pool_pk: int, pk: int) -> bool:
    """Answer a command in a transaction of the pool's owner; false when it waits no longer."""
    with owning(pool_pk) as owner:
        command = Command.objects.select_related("member").filter(waiting__pk=pk).first()
        if command is None:
            return False
        answer = _one(owner, command)
        follower = _followers.get(command.op)
        if follower is not None:
            follower.after(command, answer)
        Waiting.objects.filter(pk=pk).delete()
        return True


def _one(owner: Owner, command: Command) -> Answer:
    """One command against the live state, under the lock of its pool."""
    known = answer_of(command)
    if known is not None:
        return known
    try:
        event = _event(owner, command)
    except ZengzhiError as error:
        Refusal.objects.create(
            command=command,
            code=error.code,
            message=error.message[:200],
            numbers=numbers_of(error),
            refused_at=clock.now(),
        )
        return error
    parties = parties_from_text(command.parties)
    owner.settle([Request(event, command.happened_at, parties)])
    answer = answer_of(command)
    assert answer is not None  # noqa: S101
    return answer


def _event(owner: Owner, command: Command) -> Event:
    """The event a command stands for. Errors: a condition that is not met."""
    name, amount = command.event_id, command.amount
    member, fen = str(command.member_id), Fen(amount)
    units = None if amount < 0 else PointUnits(amount)
    match command.op:
        case Op.SELL:
            sold = PointUnits(sale_units(owner.pool, command))
            return Sell(name, member, sold, command.target or None)
        case Op.SUBSIDISE:
            check_funds(command)
            return Subsidise(name, fen)
        case Op.GRANT:
            check_funds(command)
            return Grant(name, member, fen)
        case Op.REFUND:
            lot = _refundable(owner, command)
            if lot is not None:
                follower = _followers.get(Op.REFUND)
                if follower is not None:
                    follower.before(command)
                bring_back(lot, amount, name, command.happened_at)
            return Refund(name, command.target, None if amount < 0 else fen)
        case Op.CONVERT:
            return Convert(name, member, units)
        case Op.EXPIRE:
            return Expire(name, member, units)
        case Op.WIND_DOWN:
            return WindDown(name)
    raise ValueError(f"no command of verb {command.op}")


def _refundable(owner: Owner, command: Command) -> Lot | None:
    """The lot of a refund that the rule of the core takes: it is there and has so much left."""
    lot = Lot.objects.filter(pool=owner.pool, event_id=command.target, is_grant=False).first()
    if lot is None:
        return None
    left_fen = lot.spend_fen - lot.refunded_fen
    fits = left_fen > 0 and (command.amount < 0 or 0 < command.amount <= left_fen)
    return lot if fits else None
