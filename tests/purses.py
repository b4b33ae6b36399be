"""What members' purses hold, as the tests compare it."""

from zengzhi.records.ledger.models import Purse
from zengzhi.records.ledger.purses import COLUMNS, PURSE_KINDS


def all_balances() -> list[tuple[int, int, int]]:
    """(kind, member, amount) of every balance that is not 0; what is owed is negative."""
    return sorted(
        (int(kind), row.member, -fen if column == "owed_fen" else fen)
        for row in Purse.objects.all()
        for kind, column in PURSE_KINDS.items()
        if (fen := getattr(row, column))
    )


def all_purses() -> list[dict[str, int]]:
    """Every purse that holds something, row by row."""
    rows = Purse.objects.order_by("pk").values("member", *COLUMNS)
    return [row for row in rows if any(row[name] for name in COLUMNS)]
