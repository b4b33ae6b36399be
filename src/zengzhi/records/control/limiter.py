"""One limiter for every door: so many tries at once, then one every so often (leaky bucket).

What is limited stands in the database, one row for each thing and holder that has spent tries, so
that all processes see it and a restart forgets nothing. A row says until when tries are spent: a
try adds ``every_s`` seconds and is refused where that would lie more than ``burst`` tries ahead.
In any ``w`` seconds there are thus at most ``burst + w // every_s`` tries. A try is one statement
in a transaction of its own: it waits for nobody but who tries for the same at that moment, and
counts whatever becomes of the act behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction

from zengzhi.records.control.errors import TooManyTries
from zengzhi.records.control.models import Budget
from zengzhi.records.store import clock, keys
from zengzhi.records.store.bulk import microseconds

SECOND = 1_000_000
CLOCK_WENT_BACK = 3600 * SECOND
"""A budget spent further ahead than its size and this is of a clock that has been put right."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` tries at once, then one every ``every_s`` seconds."""

    name: str
    burst: int
    every_s: float

    @property
    def step_us(self) -> int:
        """What one try spends, in microseconds."""
        return int(self.every_s * SECOND)

    def most_in(self, seconds: int) -> int:
        """The most tries that any so many seconds can hold.

        >>> Limit("guess", 5, 180).most_in(900)
        10
        """
        return self.burst + seconds * SECOND // self.step_us


GUESS = Limit("guess", 5, 180)
"""Guesses of an account's password: at most 10 in 15 minutes, from wherever they come."""
CODE = Limit("code", 5, 180)
"""Guesses of a second factor, or of a code that was sent."""
PASSKEY = Limit("passkey", 5, 180)
"""Signatures by a passkey that were wrong: nobody guesses one, but nobody tries for free."""
DEVICE = Limit("device", 5, 180)
"""Guesses from a device on which the account's owner has signed in before: a budget of its own, so
that whoever else guesses never locks the owner out."""
FROM_ADDRESS = Limit("address", 30, 20)
"""Guesses from one address, for whichever accounts."""
SEND = Limit("send", 3, 300)
"""Links and codes sent for one account."""
SIGN_UP = Limit("sign_up", 30, 60)
"""New accounts from one address."""
WRITE = Limit("write", 240, 0.25)
"""Forms that write, from one address or by one account."""
BAD_CALLBACK = Limit("callback", 120, 1)
"""Callbacks that were refused, from one address: who signs rightly is never slowed."""
ONCE = Limit("once", 1, 180)
"""A code of an authenticator app works once."""

Try = tuple[Limit, object]


def key_of(limit: Limit, holder: object) -> str:
    """The row of a limit and its holder; nobody reads an address or a name in it."""
    return keys.digest(f"budget:{limit.name}:{holder}".encode())


def take(*tries: Try) -> None:
    """Spend one try of each. What was spent before one is refused is given back.

    Errors: ``too_many_tries``, with the seconds to wait.
    """
    taken: list[Try] = []
    for limit, holder in tries:
        wait_us = _take(limit, holder)
        if wait_us:
            give_back(*taken)
            raise TooManyTries(-(-wait_us // SECOND))
        taken.append((limit, holder))


def give_back(*tries: Try) -> None:
    """The try was none: the password was right."""
    for limit, holder in tries:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE control_budget SET spent_until_us = spent_until_us - %s WHERE key = %s",
                (limit.step_us, key_of(limit, holder)),
            )


def refuse_if_spent(limit: Limit, holder: object) -> None:
    """Whether a try would be refused, without spending one. Errors: ``too_many_tries``."""
    now = _now_us()
    spent = Budget.objects.filter(key=key_of(limit, holder)).values_list("spent_until_us")
    for (until,) in spent:
        ahead = until - now - (limit.burst - 1) * limit.step_us
        if 0 < ahead <= limit.step_us + CLOCK_WENT_BACK:
            raise TooManyTries(-(-ahead // SECOND))


def _take(limit: Limit, holder: object) -> int:
    """0, or the microseconds to wait."""
    now = _now_us()
    row = (key_of(limit, holder), now + limit.step_us)
    latest = now + (limit.burst - 1) * limit.step_us
    greatest, least = ("GREATEST", "LEAST") if connection.vendor == "postgresql" else ("MAX", "MIN")
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO control_budget (key, spent_until_us) VALUES (%s, %s) "  # noqa: S608 (own)
            "ON CONFLICT (key) DO UPDATE SET spent_until_us = "
            f"{greatest}(%s, {least}(control_budget.spent_until_us, %s)) + %s "
            "WHERE control_budget.spent_until_us <= %s OR control_budget.spent_until_us > %s "
            "RETURNING key",
            (*row, now, latest, limit.step_us, latest, latest + limit.step_us + CLOCK_WENT_BACK),
        )
        if cursor.fetchone():
            return 0
        cursor.execute("SELECT spent_until_us FROM control_budget WHERE key = %s", (row[0],))
        found: Sequence[int] | None = cursor.fetchone()
        return max(1, (found[0] if found else latest) - latest)


def _now_us() -> int:
    """The whole second it is."""
    return microseconds(clock.now()) // SECOND * SECOND


def forget_spent() -> int:
    """Rows that say nothing any more go; how many. A chore, so that the table stays small."""
    before = microseconds(clock.now() - timedelta(seconds=1))
    return Budget.objects.filter(spent_until_us__lt=before).delete()[0]
