"""Order split (订单拆分): cost, distribution budget, platform profit, pool contribution."""

from typing import NamedTuple

from zengzhi.core.economy.rules import Split
from zengzhi.core.units import PPM


class OrderParts(NamedTuple):
    """The four parts of a paid amount, in fen; they always add up to it."""

    cost_fen: int
    distribution_fen: int
    platform_fen: int
    contribution_fen: int


def split_order(paid_fen: int, split: Split) -> OrderParts:
    """Cost 货款, distribution 分销总拨比 and platform 平台利润 are rounded down to the fen; the
    pool contribution 进入盈利池 takes the remainder.

    >>> split_order(100_000, Split())
    OrderParts(cost_fen=30000, distribution_fen=30000, platform_fen=10000, contribution_fen=30000)
    """
    cost_fen = paid_fen * split.cost_ppm // PPM
    distribution_fen = paid_fen * split.distribution_ppm // PPM
    platform_fen = paid_fen * split.platform_ppm // PPM
    rest_fen = paid_fen - cost_fen - distribution_fen - platform_fen
    return OrderParts(cost_fen, distribution_fen, platform_fen, rest_fen)


def reward_value(contribution_fen: int, reward_ppm: int) -> int:
    """r = ⌊c × reward rate⌋ in fen, rounded down ("每笔订单利润的70%").

    >>> reward_value(30_000, 700_000)
    21000
    """
    return contribution_fen * reward_ppm // PPM
