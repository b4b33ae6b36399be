"""Order split (订单拆分): cost, distribution budget, platform profit, legacy, pool contribution."""

from typing import NamedTuple

from zengzhi.core.economy.rules import Split
from zengzhi.core.rounding import Rounding, mul_div, shares
from zengzhi.core.units import PPM, Fen, Ppm


class OrderParts(NamedTuple):
    """The five parts of a paid amount, in fen; they always add up to it."""

    cost_fen: Fen
    distribution_fen: Fen
    platform_fen: Fen
    legacy_fen: Fen
    contribution_fen: Fen


def split_order(paid_fen: Fen, split: Split) -> OrderParts:
    """Cost 货款, distribution 分销总拨比, platform 平台利润 and the part for the legacy reserve are
    rounded down to the fen; the pool contribution 进入盈利池 takes the remainder.

    >>> split_order(Fen(100_000), Split())[:4], split_order(Fen(100_000), Split()).contribution_fen
    ((30000, 30000, 10000, 0), 30000)
    """
    cost, distribution, platform, legacy = map(Fen, shares(split, paid_fen))
    rest_fen = Fen(paid_fen - cost - distribution - platform - legacy)
    return OrderParts(cost, distribution, platform, legacy, rest_fen)


def reward_value(contribution_fen: Fen, reward_ppm: Ppm) -> Fen:
    """r = ⌊c × reward rate⌋ in fen, rounded down ("每笔订单利润的70%").

    >>> reward_value(Fen(30_000), Ppm(700_000))
    21000
    """
    return Fen(mul_div(contribution_fen, reward_ppm, PPM, Rounding.DOWN))
