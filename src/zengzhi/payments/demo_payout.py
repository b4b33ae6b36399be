"""The demo payout channel: accepts at once, knows the result when asked, moves no real money.

An account ending in 0004 is refused by its bank; one ending in 0009 never gets an answer.
"""

from zengzhi.payments.models import DemoPayout
from zengzhi.records.wallet.payout import Answer, PayoutOrder, Result

PROVIDER = 1
REFUSED_END = "0004"
SILENT_END = "0009"


class DemoChannel:
    """Behaves like a provider's transfer interface."""

    provider = PROVIDER

    def pays(self, kind: str) -> bool:
        """To every kind of account: it is a demo."""
        return True

    def submit(self, order: PayoutOrder) -> None:
        """Take the order; the same number is taken once."""
        DemoPayout.objects.get_or_create(
            number=order.number,
            defaults={"amount_fen": order.amount_fen, "account": order.account},
        )

    def query(self, number: str) -> Result:
        """What became of it."""
        order = DemoPayout.objects.filter(number=number).first()
        if order is None:
            return Result(Answer.ABSENT)
        if order.account.endswith(SILENT_END):
            return Result(Answer.UNKNOWN)
        if order.account.endswith(REFUSED_END):
            return Result(Answer.FAILED, "收款账户已注销 account closed")
        return Result(Answer.PAID)
