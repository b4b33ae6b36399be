"""The accounts of the journal (spec 5.1): a kind and an owner's number, and their code as text.

Two small integers instead of a text keep a leg narrow; the code is derived and never stored.
Balances are Σ legs. An account holds what it was given: ``pool`` positive means money in the pool,
``clearing`` negative means money that came in through that provider.
"""

from dataclasses import dataclass
from enum import IntEnum


class Unit(IntEnum):
    """What a leg counts: fen or point units. Legs of a transaction sum to zero per unit."""

    CNY = 1
    POINT = 2


class Kind(IntEnum):
    """The kind of an account; its owner is the number of a provider, merchant, pool, member."""

    CLEARING = 1
    """Money at a payment provider (negative: came in)."""
    MERCHANT = 2
    """货款 owed to a merchant."""
    POOL = 3
    """The profit pool: equals A."""
    POOL_RESERVE = 4
    REFUND_RESERVE = 5
    PLATFORM = 6
    UNALLOCATED_DISTRIBUTION = 7
    DIVIDEND_POOL = 8
    SUBSIDY_FUND = 9
    LEGACY_RESERVE = 10
    MEMBER_PENDING = 11
    MEMBER_AVAILABLE = 12
    MEMBER_RESERVED = 13
    MEMBER_DEBT = 14
    """Negative: the member owes."""
    COINS = 15
    CLAIM = 16
    TAX_WITHHELD = 17
    EQUITY = 18
    ORDERS_PENDING = 19
    """Paid orders that have not settled (spec 1.6)."""
    FEES = 20
    SUSPENSE = 21
    """Money that arrived through a provider and found nothing to pay (挂账)."""
    OUTSIDE = 29
    """Whoever an event that names no party moves money with."""
    ISSUED = 30
    """Points issued by a pool (negative)."""
    POINTS = 31
    """Points of a member."""


MEMBER_KINDS = {
    Kind.MEMBER_PENDING: "pending",
    Kind.MEMBER_AVAILABLE: "available",
    Kind.MEMBER_RESERVED: "reserved",
    Kind.MEMBER_DEBT: "debt",
}
SINGLE_KINDS = frozenset(
    {
        Kind.POOL_RESERVE,
        Kind.REFUND_RESERVE,
        Kind.PLATFORM,
        Kind.UNALLOCATED_DISTRIBUTION,
        Kind.DIVIDEND_POOL,
        Kind.LEGACY_RESERVE,
        Kind.TAX_WITHHELD,
        Kind.EQUITY,
        Kind.FEES,
        Kind.OUTSIDE,
    }
)
PROVIDERS = {1: "demo", 2: "bank", 3: "wechat", 4: "alipay"}
"""Payment providers by number."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One account: ``Account(Kind.POOL, 1)`` is ``pool:1``."""

    kind: Kind
    owner: int = 0

    @property
    def code(self) -> str:
        """The code of spec 5.1: ``member:17:available``, ``clearing:demo``, ``platform``."""
        if self.kind in MEMBER_KINDS:
            return f"member:{self.owner}:{MEMBER_KINDS[self.kind]}"
        name = self.kind.name.lower()
        if self.kind in SINGLE_KINDS:
            return name
        if self.kind in (Kind.CLEARING, Kind.SUSPENSE):
            return f"{name}:{PROVIDERS.get(self.owner, self.owner)}"
        return f"{name}:{self.owner}"


OWNERS = {name: number for number, name in PROVIDERS.items()}


def account_of(code: str) -> Account:
    """The account that a code names. Errors: ``ValueError``.

    >>> account_of("member:17:available"), account_of("clearing:demo")
    (Account(kind=<Kind.MEMBER_AVAILABLE: 12>, owner=17), Account(kind=<Kind.CLEARING: 1>, owner=1))
    """
    name, _colon, owner = code.partition(":")
    if name == "member":
        owner, _colon, state = owner.partition(":")
        name = f"member_{state}"
    number = OWNERS.get(owner, owner) or 0
    try:
        account = Account(Kind[name.upper()], int(number))
    except (KeyError, ValueError):
        raise ValueError(f"no account has the code {code!r}") from None
    if account.code != code or account.owner >= 1 << 63:
        raise ValueError(f"no account has the code {code!r}")
    return account
