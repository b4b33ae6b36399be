"""Which withdrawal terms hold now."""

from zengzhi.records.wallet.models import WithdrawalTerms


def current_terms() -> WithdrawalTerms:
    """The newest version; the defaults become the first on first use.

    Its number is the database's to give: an explicit one would leave PostgreSQL's sequence behind.
    """
    newest = WithdrawalTerms.objects.order_by("-pk").first()
    return newest or WithdrawalTerms.objects.create()
