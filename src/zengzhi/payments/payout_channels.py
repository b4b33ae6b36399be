"""The payout channels with an interface, one place: those that this installation has."""

from zengzhi.payments.demo_payout import DemoChannel
from zengzhi.records.ledger.chart import PROVIDERS
from zengzhi.records.wallet.channels import is_configured
from zengzhi.records.wallet.errors import ChannelNotConfigured
from zengzhi.records.wallet.payout import PayoutChannel

CHANNELS: tuple[PayoutChannel, ...] = (DemoChannel(),)


def configured_channels() -> dict[str, PayoutChannel]:
    """Those that can be chosen, by name."""
    return {PROVIDERS[c.provider]: c for c in CHANNELS if is_configured(c.provider)}


def channel_named(name: str) -> PayoutChannel:
    """The channel that was chosen. Errors: ``channel_not_configured``."""
    try:
        return configured_channels()[name]
    except KeyError as error:
        raise ChannelNotConfigured(name) from error


def channel_of(provider: int) -> PayoutChannel:
    """The channel that a withdrawal was sent through. Errors: ``channel_not_configured``."""
    return channel_named(PROVIDERS.get(provider, str(provider)))
