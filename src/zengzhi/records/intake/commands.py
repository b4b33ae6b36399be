"""Submit a command to the owner of a pool, and read its reply.

A command is committed before anybody acts on it, alone or with what its submitter writes beside it
(an audit row, an after-sale). The same id with the same content is the same command.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from zengzhi.core.economy.events import Event, Sell
from zengzhi.core.errors import IdReused, ZengzhiError
from zengzhi.records.intake.models import Command, Refusal, Waiting
from zengzhi.records.intake.refusals import refusal_of
from zengzhi.records.settlement import models
from zengzhi.records.settlement.incoming import Request, incoming
from zengzhi.records.settlement.parties import UNNAMED, Parties
from zengzhi.records.settlement.refusals import Refused
from zengzhi.records.settlement.replies import Reply, stored_reply
from zengzhi.records.store import clock

CONTENT = ("op", "member_id", "amount", "target", "parties", "minimum_payout_fen")
"""What may not differ when an id comes again."""
Answer = Reply | ZengzhiError
"""The reply of the pool, or why the command was refused."""


def submit(
    pool_pk: int,
    event: Event,
    at: datetime | None = None,
    parties: Parties = UNNAMED,
    minimum_payout_fen: int = 0,
    submitted_by: int | None = None,
) -> Command:
    """Write a command, in the caller's transaction or in one of its own; asked again, it is there.

    Errors: ``id_reused`` when the id stands for other content; ``malformed`` for a long id.
    """
    at = at or clock.now()
    op, member, amount, target, _split, party_text = incoming(
        [Request(event, at, parties)]
    ).content(0)
    wanted = Command(
        pool_id=pool_pk,
        event_id=event.id,
        op=op,
        member_id=member or None,
        amount=amount,
        target=target,
        parties=party_text,
        minimum_payout_fen=minimum_payout_fen if isinstance(event, Sell) else 0,
        happened_at=at,
        submitted_at=clock.now(),
        submitted_by_id=submitted_by,
    )
    known = _known(wanted)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
            Waiting.objects.create(command=wanted, pool_id=pool_pk)
    except IntegrityError as error:
        known = _known(wanted)
        if known is None:
            raise  # not the id: its cause is the database's own
        del error
        return known
    return wanted


def _known(wanted: Command) -> Command | None:
    """The command of this id, if it was submitted before. Errors: ``id_reused``."""
    known = Command.objects.filter(pool_id=wanted.pool_id, event_id=wanted.event_id).first()
    if known is None:
        return None
    if any(getattr(known, name) != getattr(wanted, name) for name in CONTENT):
        raise IdReused(wanted.event_id)
    return known


def answer_of(command: Command) -> Answer | None:
    """What the owner answered; ``None`` while the command waits."""
    row = models.Event.objects.filter(pool_id=command.pool_id, event_id=command.event_id).first()
    if row is not None:
        return _answer_of_event(command, row)
    refusal = Refusal.objects.filter(pk=command.pk).first()
    if refusal is not None:
        return refusal_of(refusal.code, refusal.message, refusal.numbers)
    return None


def _answer_of_event(command: Command, row: models.Event) -> Answer:
    same = (row.op, row.member_id, row.target) == (command.op, command.member_id, command.target)
    if not same or command.amount not in (-1, row.amount):
        return IdReused(command.event_id)  # an event that no command asked for took the id
    if row.error:
        return Refused(row.error, row.message)
    return stored_reply(row)
