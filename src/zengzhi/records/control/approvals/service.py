"""Ask, sign, approve, refuse, withdraw: the only writers of approvals.

Both persons are active staff with the right for it, neither cools down, and they are two. The
approval binds the exact content: when the thing is no longer what it was when it was asked for,
or would become something else, it is stale. Approved, the act is done in the same transaction,
once, at the clock's time.

In the mode of one person time is the second pair of eyes (see :mod:`.mode`): what was asked for
ripens, is announced to those it touches, and can be withdrawn until then.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.control.approvals import mode, presence
from zengzhi.records.control.approvals.acts import Approvable, Values, act_of
from zengzhi.records.control.approvals.cooling import cools_until
from zengzhi.records.control.audit import note, reason
from zengzhi.records.control.errors import (
    ApprovalOver,
    ApprovalStale,
    CoolingDown,
    NothingChanges,
    NotPresent,
    NotRipe,
    NotYours,
    RightMissing,
    SecondPersonNeeded,
)
from zengzhi.records.control.models import Approval, ApprovalState
from zengzhi.records.control.records import values_of
from zengzhi.records.control.sealing import text_of
from zengzhi.records.store import clock

State = ApprovalState
EXPIRY_DAYS_BOUNDS = (4, 30)
"""Longer than what ripens takes."""


def ask(act_name: str, subject: str, wanted: Values, by: AbstractBaseUser, why: str) -> Approval:
    """Ask for an act; it waits for a second person. Outside a signed-in session it waits first
    for ``by`` to sign for it.

    Errors: ``reason_needed``, ``right_missing``, ``cooling_down``, ``nothing_changes``, and what
    the act itself refuses.
    """
    act, why = act_of(act_name), reason(why)
    _entitled(by.pk, act.may_ask)
    with transaction.atomic():
        before, after = act.compare(subject, wanted)
        texts = [text_of(part) for part in (wanted, before, after)]
        if texts[1] == texts[2]:
            raise NothingChanges
        now, session = clock.now(), presence.session_of(by.pk)
        least, most = EXPIRY_DAYS_BOUNDS
        days = max(least, min(most, int(settings.APPROVAL_DAYS)))
        row = Approval.objects.create(
            act=act_name,
            subject=subject,
            wanted=texts[0],
            before=texts[1],
            after=texts[2],
            digest=digest_of(act_name, subject, *texts),
            reason=why,
            asked_by_id=by.pk,
            asked_in=session,
            asked_at=now,
            expires_at=now + timedelta(days=days),
            ripe_at=mode.ripe_at(act_name, now),
            state=State.WAITING if session else State.UNSIGNED,
        )
        note(by, "approval_asked", f"{act_name} {subject}", why, before=before, after=after)
        mode.announce(row)
    return row


def digest_of(act: str, subject: str, wanted: str, before: str, after: str) -> str:
    """What an approval binds."""
    return sha256(text_of([act, subject, wanted, before, after]).encode()).hexdigest()


def sign(pk: int, by: AbstractBaseUser) -> Approval:
    """Say that one asked for it: what was asked for in one's name outside the office counts then.

    Errors: ``not_present``, ``not_yours``, ``approval_over``.
    """
    with transaction.atomic():
        row = _locked(pk)
        session = must_be_present(by)
        if row.asked_by_id != by.pk:
            raise NotYours
        row.asked_in = session
        _move(row, State.WAITING, clock.now())
        note(by, "approval_signed", f"{row.act} {row.subject}")
    return row


def approve(pk: int, digest: str, by: AbstractBaseUser, why: str = "") -> Approval:
    """A second person, who is signed in and saw this content, approves it, and it is done.

    Errors: ``not_present``, ``second_person_needed``, ``right_missing``, ``cooling_down``,
    ``approval_over``, ``approval_stale``, and what the act itself refuses.
    """
    with transaction.atomic():
        row = _locked(pk)
        act = act_of(row.act)
        session = must_be_present(by)
        if row.asked_by_id == by.pk or session == row.asked_in:
            raise SecondPersonNeeded
        _entitled(by.pk, act.may_approve)
        _entitled(row.asked_by_id, act.may_ask)
        if row.state != State.WAITING or row.expires_at <= clock.now():
            raise ApprovalOver
        if row.digest != digest:
            raise ApprovalStale
        _still(row, act)
        now = clock.now()
        row.decided_by_id, row.decided_in, row.decision = by.pk, session, why.strip()[:300]
        _do(row, act, now)
        said = {"before": values_of(row.before), "after": values_of(row.after)}
        about = f"{row.act} {row.subject}"
        note(row.asked_by, "approval_given", about, row.reason, approver=by, **said)
    act.then(row)
    return row


def ripened(pk: int, by: AbstractBaseUser | None = None) -> Approval:
    """In the mode of one person: what has waited long enough is done.

    Errors: ``not_ripe``, ``right_missing``, ``cooling_down``, ``approval_over``,
    ``approval_stale``, and what the act itself refuses.
    """
    with transaction.atomic():
        row = _locked(pk)
        act = act_of(row.act)
        now = clock.now()
        if row.ripe_at is None or now < row.ripe_at or not mode.time_decides(row.act):
            raise NotRipe
        _entitled(row.asked_by_id, act.may_ask)
        _still(row, act)
        _do(row, act, now)
        note(by, "approval_ripe", f"{row.act} {row.subject}")
    act.then(row)
    return row


def refuse(pk: int, by: AbstractBaseUser, why: str) -> Approval:
    """A second person refuses, with a reason.

    Errors: ``reason_needed``, ``not_present``, ``second_person_needed``, ``right_missing``,
    ``approval_over``.
    """
    why = reason(why)
    with transaction.atomic():
        row = _locked(pk)
        act = act_of(row.act)
        row.decided_in = must_be_present(by)
        if row.asked_by_id == by.pk:
            raise SecondPersonNeeded
        _right(by.pk, act.may_approve)
        row.decided_by_id, row.decision = by.pk, why
        _move(row, State.REFUSED, clock.now())
        act.refused(row)
        note(by, "approval_refused", f"{row.act} {row.subject}", why)
    return row


def withdraw(pk: int, by: AbstractBaseUser) -> Approval:
    """Who asked takes it back. Errors: ``not_present``, ``not_yours``, ``approval_over``."""
    with transaction.atomic():
        row = _locked(pk)
        row.decided_in = must_be_present(by)
        if row.asked_by_id != by.pk:
            raise NotYours
        row.decided_by_id = by.pk
        _move(row, State.WITHDRAWN, clock.now())
        act_of(row.act).refused(row)
        note(by, "approval_withdrawn", f"{row.act} {row.subject}")
    return row


def may_approve(row: Approval, by: Any) -> bool:
    """Whether the inbox offers this person a decision."""
    return bool(
        row.state == State.WAITING
        and row.asked_by_id != by.pk
        and by.has_perm(act_of(row.act).may_approve)
    )


def wanted_of(row: Approval, act_name: str) -> dict[str, Any]:
    """What an approved act is to do: what a service takes instead of a person's name.

    Errors: ``approval_over`` unless it is approved, of this act, and in the middle of being done.
    """
    if row.act != act_name or row.state != State.APPROVED:
        raise ApprovalOver
    return asked_values(row)


def asked_values(row: Approval) -> dict[str, Any]:
    """What was asked for."""
    values: dict[str, Any] = values_of(row.wanted) or {}
    return values


def done_at(row: Approval) -> datetime:
    """The moment of the decision: the clock's, and the only time that its result may say."""
    if row.decided_at is None:
        raise ApprovalOver
    return row.decided_at


def is_stale(row: Approval) -> bool:
    """Whether the thing is no longer what it was when it was asked for."""
    act = act_of(row.act)
    try:
        _still(row, act)
    except (ZengzhiError, ValidationError, ObjectDoesNotExist):
        return True
    return False


def _do(row: Approval, act: Approvable, now: datetime) -> None:
    _move(row, State.APPROVED, now)
    row.result = act.execute(row)[:80]
    _move(row, State.EXECUTED, now)


def _locked(pk: int) -> Approval:
    return Approval.objects.select_for_update(of=("self",)).get(pk=pk)


def _move(row: Approval, to: str, now: datetime) -> None:
    if (row.state, to) not in EDGES:
        raise ApprovalOver
    if row.decided_at is None and now >= row.expires_at and to != State.WITHDRAWN:
        raise ApprovalOver
    row.state = to
    if to != State.WAITING:
        row.decided_at = now
    row.save()


def must_be_present(by: AbstractBaseUser) -> str:
    """The digest of the session in which this person speaks now. Errors: ``not_present``."""
    session = presence.session_of(by.pk)
    if not session:
        raise NotPresent
    return session


def _right(user_pk: int, right: str) -> None:
    person: Any = get_user_model()._default_manager.get(pk=user_pk)
    if not (person.is_active and person.is_staff and person.has_perm(right)):
        raise RightMissing


def _entitled(user_pk: int, right: str) -> None:
    _right(user_pk, right)
    until = cools_until(user_pk)
    if until is not None:
        raise CoolingDown(until)


def _still(row: Approval, act: Approvable) -> None:
    wanted = values_of(row.wanted) or {}
    before, after = act.compare(row.subject, wanted)
    if (text_of(before), text_of(after)) != (row.before, row.after):
        raise ApprovalStale


EDGES = frozenset(
    {
        (State.UNSIGNED, State.WAITING),
        (State.UNSIGNED, State.WITHDRAWN),
        (State.WAITING, State.APPROVED),
        (State.WAITING, State.REFUSED),
        (State.WAITING, State.WITHDRAWN),
        (State.APPROVED, State.EXECUTED),
    }
)
"""The one table of edges; the database refuses every other one too."""
