"""What happens when money arrives: the app above says so once, when it is ready. No signals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """The fact that the app above is told: money is there, and nobody has booked it yet."""

    subject: str
    reference: str
    provider: int
    amount_fen: int
    at: datetime


Claim = Callable[[Arrived], str]
"""Book the money in the caller's transaction and answer "", or leave it alone and say why
(:class:`~zengzhi.payments.models.Unclaimed`)."""


ClaimTogether = Callable[[Sequence[Arrived]], list[str]]
"""The same for much at once: each answer in its place."""


def _nobody(_arrived: Arrived) -> str:
    return "unknown"


def _nothing(_arrived: Arrived) -> None:
    return


_claim: Claim = _nobody
_booked: Callable[[Arrived], None] = _nothing
_claim_together: ClaimTogether | None = None


def on_arrival(
    claim: Claim,
    booked: Callable[[Arrived], None] = _nothing,
    together: ClaimTogether | None = None,
) -> None:
    """Set who claims money that arrives, and what is done once that is committed. The latter may be
    lost with the process, and is then done by whoever looks for what is due; so it is for money
    that is claimed ``together``."""
    global _claim, _booked, _claim_together
    _claim, _booked, _claim_together = claim, booked, together


def claim(arrived: Arrived) -> str:
    """Offer the money; "" when it was claimed and booked, else why not."""
    return _claim(arrived)


def claim_together(arrived: Sequence[Arrived]) -> list[str]:
    """Offer the money of many; each answer as :func:`claim` gives it."""
    if _claim_together is None:
        return [claim(each) for each in arrived]
    return _claim_together(arrived)


def booked(arrived: Arrived) -> None:
    """Say that claimed money is committed."""
    _booked(arrived)
