"""Wallet."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletConfig(AppConfig):
    """Balances and withdrawals."""

    name = "zengzhi.records.wallet"
    label = "wallet"
    verbose_name = _("Wallet")

    def ready(self) -> None:
        """Its acts of two people."""
        from zengzhi.records.control.approvals.acts import register
        from zengzhi.records.wallet import payout_act, terms_store

        register(terms_store.ACT)
        register(payout_act.ACT)
