"""What of a withdrawal can no longer change: frozen in the entries that reserve, pay, return it."""

from zengzhi.records.wallet.models import Withdrawal


def frozen_values(row: Withdrawal) -> dict[str, str | int | None]:
    """Number, sums in fen, and the keyed digest of the account: none of them is ever changed."""
    return {
        "number": row.number,
        "amount_fen": row.amount_fen,
        "fee_fen": row.fee_fen,
        "commission_fen": row.commission_fen,
        "tax_fen": row.tax_fen,
        "net_fen": row.net_fen,
        "payee": row.payee.digest,
    }
