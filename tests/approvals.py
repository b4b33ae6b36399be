"""Two people who are signed in: how tests do what needs both."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from zengzhi.records.bonuses.dividends import PAY_DIVIDEND
from zengzhi.records.bonuses.models import DividendRun
from zengzhi.records.bonuses.shareholders import HOLD_SHARES
from zengzhi.records.control.approvals import service
from zengzhi.records.control.approvals.presence import present
from zengzhi.records.control.models import Approval
from zengzhi.records.members.changes import APPOINT_AGENT, agent_wanted
from zengzhi.records.members.models import Member, RegionAgent, User
from zengzhi.records.store import clock
from zengzhi.records.wallet import bank_file, payout, review
from zengzhi.records.wallet.models import PayoutBatch, Withdrawal
from zengzhi.records.wallet.payout import PayoutChannel


@contextmanager
def signed_in(user: User) -> Iterator[None]:
    """This person, in a session of their own, as the office's middleware says it."""
    with present(user.pk, f"session of {user.pk}"):
        yield


def person(name: str) -> User:
    """Somebody of the staff who may ask and approve everything."""
    found = User.objects.filter(username=name).first()
    return found or User.objects.create_superuser(name, password=None)


def asked(
    act: str,
    subject: str,
    wanted: Mapping[str, Any],
    by: User | None = None,
    why: str = "as agreed",
) -> Approval:
    """One person asks, signed in."""
    by = by or person("asker")
    with signed_in(by):
        return service.ask(act, subject, wanted, by, why)


def approve(row: Approval, by: User | None = None) -> Approval:
    """Another one approves, signed in."""
    by = by or person("approver")
    with signed_in(by):
        return service.approve(row.pk, row.digest, by)


def approved(
    act: str,
    subject: str,
    wanted: Mapping[str, Any],
    by: User | None = None,
    second: User | None = None,
    why: str = "as agreed",
) -> Approval:
    """One asks, another approves; it is done."""
    return approve(asked(act, subject, wanted, by, why), second)


def pay_dividend(run: DividendRun) -> DividendRun:
    """A frozen list is paid by two people."""
    approved(PAY_DIVIDEND, f"dividend:{run.period}", {})
    run.refresh_from_db()
    return run


def hold_shares(member: Member, shares: int, at: datetime | None = None) -> None:
    """Shares of a member by two people, at a moment."""
    with clock.at(at or clock.now()):
        approved(HOLD_SHARES, f"member:{member.pk}", {"shares": shares})


def appoint(
    region: str, member: Member, since: datetime | None = None, until: datetime | None = None
) -> RegionAgent:
    """An agent by two people."""
    wanted = agent_wanted(member, since or clock.now(), until)
    done = approved(APPOINT_AGENT, f"region:{region}", wanted)
    return RegionAgent.objects.get(pk=int(done.result.rpartition(":")[2]))


def let_go(pk: int, by: User, note: str = "", at: datetime | None = None) -> Withdrawal:
    """Somebody approves a withdrawal that needs no second person, signed in."""
    with clock.at(at or clock.now()), signed_in(by):
        return review.approve(pk, by, note)


def send(pk: int, channel: PayoutChannel, by: User, at: datetime | None = None) -> Withdrawal:
    """Somebody pays through a channel, signed in."""
    with signed_in(by):
        return payout.submit(pk, channel, by, at)


def bank_batch(by: User, token: UUID, at: datetime | None = None) -> PayoutBatch:
    """Somebody makes a bank file, signed in."""
    with signed_in(by):
        return bank_file.make_batch(by, token, at)
