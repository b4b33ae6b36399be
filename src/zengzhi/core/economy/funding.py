"""Money into the pool: subsidise (融资补贴入池), fund and grant (legacy release, campaigns)."""

from zengzhi.core.economy.pool import Economy, Outcome
from zengzhi.core.units import Fen


def subsidise(economy: Economy, amount_fen: Fen) -> Outcome:
    """A' = A + d. Errors: ``pool_closed``, ``limit_exceeded``."""
    economy.check_open()
    economy.check_limits(economy.pool_fen + amount_fen, economy.outstanding_units)
    economy.pool_fen = Fen(economy.pool_fen + amount_fen)
    economy.put_in_fen = Fen(economy.put_in_fen + amount_fen)
    return Outcome(contribution_fen=amount_fen)


def grant(economy: Economy, event_id: str, member: str, amount_fen: Fen) -> Outcome:
    """Money d first, then points = ⌊d·S/A⌋ at the price before it; A' = A + d; S' = S + points.

    Points without money do not exist. Such a lot is a lot like any other: its spend is d, so that
    it exits at m × d and counts in its member's cycle; it is no order and cannot be refunded.
    Errors: ``pool_closed``, ``limit_exceeded``.
    """
    economy.check_open()
    points_units = economy.points_for(amount_fen)
    return economy.take_in(event_id, member, amount_fen, amount_fen, points_units, is_grant=True)
