"""Commands ↔ replies, and every other cause of an entry; accounts that nothing explains."""

from collections.abc import Iterator

from zengzhi.records.control.models import Act as Audited
from zengzhi.records.intake.models import Command, Refusal, Waiting
from zengzhi.records.ledger.chart import Account, Kind, Unit
from zengzhi.records.ledger.models import SETTLED_FROM, Leg, Transaction
from zengzhi.records.settlement.models import Event, Op
from zengzhi.verify.entries import HEAD, LEG, acts_of, compare_money, money
from zengzhi.verify.problem import Problem, select

COMMAND, WAITING, REFUSAL = "intake_command", "intake_waiting", "intake_refusal"
EVENT = "settlement_event"
KINDS = (
    "payment",
    "suspense",
    "suspense_refund",
    "refund",
    "bonus_pending",
    "bonus",
    "bonus_reversed",
    "dividend",
    "dividend_profit",
    "remainder",
    "withdrawal",
    "withdrawal_back",
    "payout",
)
"""The kinds of single acts; each is held against its causes by a check of its own."""


def known_kinds() -> Iterator[Problem]:
    """Every single act is of a kind whose causes are known."""
    others = Transaction.objects.filter(pk__lt=SETTLED_FROM).exclude(kind__in=KINDS)
    for key, kind, reference in others.values_list("pk", "kind", "reference"):
        message = f"{kind} {reference}: nothing makes entries of this kind"
        yield Problem(HEAD, str(key), "kind", message)


def remainders() -> Iterator[Problem]:
    """Each move of the unallocated rest to the platform is on the audit log; back it comes for a
    refund that took as much or more of it."""
    noted = [
        why.split(" ", 1)[0]
        for why in Audited.objects.filter(what="move_rest").values_list("why", flat=True)
    ]
    for act in acts_of("remainder"):
        fen = act.fen(Kind.PLATFORM)
        if fen < 0:
            taken_fen = _rest_taken_fen(act.reference)
            if not -fen <= taken_fen:
                yield act.wrong("reference", f"{-fen} came back, its refund took {taken_fen}")
        elif str(fen) not in noted:
            yield act.wrong("reference", f"no audited act moved {fen}")
            continue
        else:
            noted.remove(str(fen))
        wanted = money((Kind.UNALLOCATED_DISTRIBUTION, 0, -fen), (Kind.PLATFORM, 0, fen))
        yield from compare_money(act, wanted)


def _rest_taken_fen(refund: str) -> int:
    """What a settled refund took of the unallocated rest."""
    events = Event.objects.filter(event_id=refund, op=Op.REFUND, error="")
    legs = Leg.objects.filter(
        transaction_id__in=events.values("pk"), kind=Kind.UNALLOCATED_DISTRIBUTION
    )
    return -sum(legs.values_list("amount", flat=True))


def commands() -> Iterator[Problem]:
    """A command waits, was refused, or is the settled event of its id; an event that no order
    caused is somebody's command."""
    events = {
        (pool, name): (key, op, member, target)
        for key, pool, name, op, member, target in Event.objects.exclude(
            op=Op.ORDER, error=""
        ).values_list("pk", "pool_id", "event_id", "op", "member_id", "target")
    }
    waiting = dict(Waiting.objects.values_list("pk", "pool_id"))
    refused = set(Refusal.objects.values_list("pk", flat=True))
    for command in Command.objects.order_by("pk"):
        event = events.pop((command.pool_id, command.event_id), None)
        pool = waiting.pop(command.pk, None)
        replies = (event is not None) + (command.pk in refused) + (pool is not None)
        if replies != 1:
            table, message = (COMMAND, "it neither waits nor has a reply")
            if replies > 1:
                table, message = (WAITING if pool is not None else COMMAND, "it has its reply")
            yield Problem(table, str(command.pk), "", message)
        if pool is not None and pool != command.pool_id:
            yield Problem(
                WAITING, str(command.pk), "pool_id", f"the command's is {command.pool_id}"
            )
        if event is not None:
            said = (command.op, command.member_id, command.target)
            for name, value, found in zip(
                ("op", "member_id", "target"), said, event[1:], strict=True
            ):
                if value != found:
                    message = f"is {value!r}, the settled event says {found!r}"
                    yield Problem(COMMAND, str(command.pk), name, message)
        refused.discard(command.pk)
    for key in waiting:
        yield Problem(WAITING, str(key), "", "there is no such command")
    for key in sorted(refused):
        yield Problem(REFUSAL, str(key), "", "it refuses a command that nobody gave")
    for (_pool, name), (key, *_rest) in events.items():
        yield Problem(EVENT, str(key), "event_id", f"nobody asked for {name}")


NEVER_NEGATIVE = (
    Kind.MERCHANT,
    Kind.POOL,
    Kind.POOL_RESERVE,
    Kind.PLATFORM,
    Kind.UNALLOCATED_DISTRIBUTION,
    Kind.DIVIDEND_POOL,
    Kind.SUBSIDY_FUND,
    Kind.LEGACY_RESERVE,
    Kind.TAX_WITHHELD,
    Kind.ORDERS_PENDING,
    Kind.FEES,
    Kind.SUSPENSE,
)
"""Accounts that hold what they were given; the refund reserve alone may owe, as pools count it."""


def negative_accounts() -> Iterator[Problem]:
    """No platform, fund or reserve account is below zero."""
    kinds = ", ".join(str(int(kind)) for kind in NEVER_NEGATIVE)
    for kind, owner, fen in select(
        f"SELECT kind, owner, sum(amount) FROM {LEG} WHERE unit = {int(Unit.CNY)} "  # noqa: S608
        f"AND kind IN ({kinds}) GROUP BY kind, owner HAVING sum(amount) < 0 ORDER BY 1, 2"
    ):
        last = Leg.objects.filter(kind=kind, owner=owner).order_by("-transaction_id").first()
        name = f"{last.transaction_id}/{last.position}" if last else ""
        message = f"{Account(Kind(kind), owner).code} is {fen}: nothing explains it"
        yield Problem(LEG, name, "amount", message)
