"""Payment providers behind one small interface, by their number in ``ledger.chart.PROVIDERS``."""

from typing import Protocol

from django.conf import settings

from zengzhi.payments.demo_gateway import DemoGateway
from zengzhi.records.wallet.payout import Result


class Provider(Protocol):
    """Somebody through whom members pay, and get back."""

    number: int

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether the provider signed these bytes."""

    def send_back(self, number: str, reference: str, amount_fen: int) -> Result:
        """Pay back a part of a payment; asked again with the same number, nothing more happens.

        Errors: :class:`~zengzhi.records.wallet.payout.ChannelTimeout`.
        """


def provider_of(number: int) -> Provider | None:
    """The provider with this number; ``None`` when this installation has not configured it."""
    return DemoGateway() if settings.DEMO and number == DemoGateway.number else None
