"""The unpaid rest of the distribution budgets: to the platform or into the pool, as the plan says.

Until it is moved it waits on ``unallocated_distribution``, where refunds take their share from.
"""

import uuid
from datetime import datetime

from django.db import transaction

from zengzhi.core.economy.events import Subsidise
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.units import Fen
from zengzhi.records.bonuses.errors import NothingToMove
from zengzhi.records.bonuses.plan_at import parsed
from zengzhi.records.bonuses.plans import active_plan
from zengzhi.records.control.audit import note, reason
from zengzhi.records.intake.commands import submit
from zengzhi.records.intake.owner import ask
from zengzhi.records.intake.rest import MOVED, PLATFORM, REST, unallocated_fen
from zengzhi.records.ledger.journal import Entry, post
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Pool
from zengzhi.records.settlement.parties import Parties
from zengzhi.records.store import clock


def destination() -> str:
    """``platform`` or ``pool``, from the active plan; without one the platform."""
    plan = active_plan()
    return "platform" if plan is None else parsed(plan.text).remainder


def move_rest(pool_pk: int, by: User, why: str, at: datetime | None = None) -> int:
    """Move all of it; returns the fen. To the platform at once, to the pool by a command that its
    owner answers: refused, nothing moves. Errors: ``nothing_to_move``; what the owner answers."""
    why, at = reason(why), at or clock.now()
    with transaction.atomic():
        Pool.objects.select_for_update().get(pk=pool_pk)
        fen, to = unallocated_fen(), destination()
        if fen <= 0:
            raise NothingToMove
        name = f"rest-{uuid.uuid4().hex}"
        command = None
        if to == "platform":
            post([Entry(MOVED, name, at).money(REST, -fen).money(PLATFORM, fen)])
        else:
            event, parties = Subsidise(name, Fen(fen)), Parties(counterparty=REST)
            command = submit(pool_pk, event, at, parties, submitted_by=by.pk)
        note(by, "move_rest", to, f"{fen} fen: {why}")
    if command is not None:
        answer = ask(command)
        if isinstance(answer, ZengzhiError):
            note(by, "move_rest_refused", to, f"{fen} fen: {answer.code}")
            raise answer
    return fen
