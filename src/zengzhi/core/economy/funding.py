"""Money into the pool: subsidise (融资补贴入池), fund and grant (legacy release, campaigns)."""

from zengzhi.core.economy.pool import Economy, Lot, Outcome


def subsidise(economy: Economy, amount_fen: int) -> Outcome:
    """A' = A + d. Errors: ``limit_exceeded``."""
    economy.check_limits(economy.pool_fen + amount_fen, economy.outstanding_units)
    economy.pool_fen += amount_fen
    economy.put_in_fen += amount_fen
    return Outcome(contribution_fen=amount_fen)


def grant(economy: Economy, event_id: str, member: str, amount_fen: int) -> Outcome:
    """Money d first, then points = ⌊d·S/A⌋ at the price before it; A' = A + d; S' = S + points.

    Points without money do not exist. Such a lot has no spend and no forced exit.
    Errors: ``limit_exceeded``.
    """
    points_units = economy.points_for(amount_fen)
    economy.check_limits(economy.pool_fen + amount_fen, economy.outstanding_units + points_units)
    economy.pool_fen += amount_fen
    economy.outstanding_units += points_units
    economy.put_in_fen += amount_fen
    lot = Lot(
        sequence=len(economy.lots),
        event_id=event_id,
        member=member,
        is_grant=True,
        spend_fen=0,
        contribution_fen=amount_fen,
        granted_units=points_units,
        remaining_units=points_units,
    )
    economy.open_lot(lot)
    return Outcome(points_units=points_units, contribution_fen=amount_fen, opened=lot)
