"""What a provider's callback says, whichever form the provider gives it."""

from dataclasses import dataclass

from zengzhi.core.errors import ZengzhiError


class BadCallback(ZengzhiError):
    """The callback is forged, stale, or no callback at all."""

    code = "bad_callback"


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider says: this much money arrived for this reference, under this number of mine."""

    reference: str
    subject: str
    amount_fen: int
    transaction: str
