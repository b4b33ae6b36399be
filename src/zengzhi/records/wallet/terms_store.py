"""Which withdrawal terms hold now."""

from zengzhi.records.wallet.models import WithdrawalTerms


def current_terms() -> WithdrawalTerms:
    """The newest version; the defaults become version 1 on first use."""
    newest = WithdrawalTerms.objects.order_by("-pk").first()
    return newest or WithdrawalTerms.objects.get_or_create(pk=1)[0]
