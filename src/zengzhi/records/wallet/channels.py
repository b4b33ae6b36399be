"""Which payout channels this installation has: the setting ``PAYOUT_CHANNELS``, by name."""

from django.conf import settings

from zengzhi.records.ledger.chart import PROVIDERS
from zengzhi.records.wallet.errors import ChannelNotConfigured

DEMO = 1


def is_configured(provider: int) -> bool:
    """Whether money can be paid through a provider. The demo channel moves no money: without the
    demo it does not exist, whatever the list says."""
    if provider == DEMO and not settings.DEMO:
        return False
    return PROVIDERS.get(provider) in settings.PAYOUT_CHANNELS


def require(provider: int) -> None:
    """Errors: ``channel_not_configured``."""
    if not is_configured(provider):
        raise ChannelNotConfigured(PROVIDERS.get(provider, str(provider)))
