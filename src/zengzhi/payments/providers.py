"""Payment providers behind one small interface, by their number in ``ledger.chart.PROVIDERS``."""

from datetime import datetime
from typing import Protocol

from django.conf import settings

from zengzhi.payments.demo_gateway import DemoGateway
from zengzhi.payments.notice import Notice
from zengzhi.records.wallet.payout import Result


class Provider(Protocol):
    """Somebody through whom members pay, and get back."""

    number: int

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether the provider signed these bytes."""

    def read(self, body: bytes, received_at: datetime) -> Notice:
        """What a callback says that was received then. Errors: ``bad_callback``."""

    def send_back(self, number: str, reference: str, amount_fen: int) -> Result:
        """Pay back a part of a payment; asked again with the same number, nothing more happens.

        Errors: :class:`~zengzhi.records.wallet.payout.ChannelTimeout`.
        """


KNOWN: dict[int, Provider] = {DemoGateway.number: DemoGateway()}
"""Every provider by its number: what it once said can be read where it is not configured too."""


def provider_of(number: int) -> Provider | None:
    """The provider with this number; ``None`` when this installation has not configured it."""
    return KNOWN.get(number) if settings.DEMO else None
