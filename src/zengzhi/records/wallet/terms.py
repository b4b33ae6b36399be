"""The withdrawal terms in one place: limits, fee, thresholds, cooling period, tax table.

These are the first version's; the back office adds versions, a withdrawal pins the one it was
requested under.
"""

from dataclasses import dataclass

from zengzhi.core.withholding_tax import DATED


@dataclass(frozen=True, slots=True)
class Terms:
    """Money in fen. The fee is ``fee_fen`` + ``fee_ppm`` of the amount, rounded down."""

    minimum_fen: int = 10_00
    maximum_fen: int = 5_000_00
    daily_fen: int = 10_000_00
    daily_count: int = 3
    fee_fen: int = 0
    fee_ppm: int = 0
    four_eyes_above_fen: int = 2_000_00
    """Above this, one person releases, another approves, and the approver books no result."""
    cooling_hours: int = 72
    """A changed or further payee account can be used after so many hours (冷静期)."""
    arrival_days: int = 3
    tax_table: str = DATED
    """One of ``zengzhi.core.withholding_tax.METHODS``."""


DEFAULTS = Terms()
