"""What happens when money arrives: the app above says so once, when it is ready. No signals."""

from collections.abc import Callable
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


def _nobody(_arrived: Arrived) -> str:
    return "unknown"


def _nothing(_arrived: Arrived) -> None:
    return


_claim: Claim = _nobody
_booked: Callable[[Arrived], None] = _nothing


def on_arrival(claim: Claim, booked: Callable[[Arrived], None] = _nothing) -> None:
    """Set who claims money that arrives, and what is done once that is committed. The latter may be
    lost with the process, and is then done by whoever looks for what is due."""
    global _claim, _booked
    _claim, _booked = claim, booked


def claim(arrived: Arrived) -> str:
    """Offer the money; "" when it was claimed and booked, else why not."""
    return _claim(arrived)


def booked(arrived: Arrived) -> None:
    """Say that claimed money is committed."""
    _booked(arrived)
