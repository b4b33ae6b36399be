"""The kinds of journal entries (凭证种类) in words: what caused an entry."""

from typing import Any

from django.utils.translation import gettext_lazy as _

ENTRY_KINDS: dict[str, Any] = {
    "order": _("order settled"),
    "payment": _("payment received"),
    "suspense": _("money in suspense"),
    "suspense_refund": _("money sent back from suspense"),
    "sale": _("points sold"),
    "subsidise": _("subsidy into the pool"),
    "grant": _("points granted"),
    "convert": _("points to shares"),
    "refund": _("refund"),
    "expire": _("points expired"),
    "wind_down": _("pool wound down"),
    "withdrawal": _("withdrawal"),
    "withdrawal_back": _("withdrawal came back"),
    "payout": _("withdrawal paid out"),
    "bonus": _("bonus"),
    "bonus_pending": _("bonus pending"),
    "bonus_reversed": _("bonus taken back"),
    "dividend": _("dividend"),
    "dividend_profit": _("profit into the dividend pool"),
    "remainder": _("unallocated rest moved"),
}


def kind_label(kind: str) -> str:
    """A kind of journal entry in the reader's language; one without words as it is stored."""
    return str(ENTRY_KINDS.get(kind, kind))
