"""The empty pool (空池, spec 1.5): money without points is swept and a new epoch opens."""

from zengzhi.core.economy.pool import Economy
from zengzhi.core.units import Fen


def sweep_if_empty(economy: Economy) -> Fen:
    """When S is 0 and A above 0, A goes to the pool reserve and the epoch ends; returns A.

    Left in place, 100 000 yuan would let the next 1-yuan order take 80 000.
    """
    if economy.outstanding_units or not economy.pool_fen:
        return Fen(0)
    swept_fen = economy.pool_fen
    economy.pool_reserve_fen = Fen(economy.pool_reserve_fen + swept_fen)
    economy.pool_fen = Fen(0)
    economy.epoch += 1
    return swept_fen
